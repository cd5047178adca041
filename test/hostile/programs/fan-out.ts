import { OnMessage, ServerEndpoint, Session } from "wirespring";
import { setImmediate } from "node:timers/promises";
import type { HostileProgram, Running } from "../hostile-program.js";

/** Rooms in which everybody is sent everything. */

@ServerEndpoint("/room")
class Room {}

@ServerEndpoint({ value: "/room/drop", slowConsumer: "drop-oldest" })
class DropRoom {}

/** What is handled when the server is stopped. */
let working = 0;
let finish: (() => void)[] = [];

@ServerEndpoint("/work")
class Work {
  @OnMessage()
  async said(text: string, session: Session): Promise<string> {
    if (text !== "slow") return text;
    working++;
    await new Promise<void>((resolve) => finish.push(resolve));
    working--;
    return `${text} ${session.isOpen}`;
  }
}

/** What is said in a room. */
export interface Broadcast {
  readonly path: "/room" | "/room/drop";
  /** How many messages; they begin with their number and a colon. */
  readonly messages: number;
  readonly size: number;
}

/** How it went. */
export interface Broadcasted {
  /** By what became of them. */
  readonly sends: Readonly<Record<string, number>>;
  /** Most that waited in all sessions together. */
  readonly buffered: number;
}

/** As long as the network has taken all of so many sessions, the next message may come: who is slow is waited for by nobody. */
async function taken(sessions: readonly Session[], count: number): Promise<void> {
  while (sessions.filter(({ isOpen, remote }) => isOpen && remote.bufferedAmount === 0).length < count)
    await setImmediate();
}

async function broadcast({ sockets }: Running, argument: unknown): Promise<Broadcasted> {
  const { path, messages, size } = argument as Broadcast;
  const sessions = [...sockets.sessions(path === "/room" ? Room : DropRoom)];
  const sends: Record<string, number> = {};
  const count = (became: string): void => void (sends[became] = (sends[became] ?? 0) + 1);
  let buffered = 0;
  for (let index = 0; index < messages; index++) {
    const text = `${index}:`.padEnd(size, ".");
    for (const { remote } of sessions)
      void remote.sendText(text).then(count, ({ code }: { code?: string }) => count(String(code)));
    buffered = Math.max(buffered, sockets.metrics().bufferedBytes);
    await taken(sessions, sessions.length - 1);
  }
  return { sends, buffered };
}

export const program: HostileProgram = {
  endpoints: [Room, DropRoom, Work],
  commands: {
    broadcast,
    /** Answers when so many handlers are at work. */
    working: async (_running, count) => {
      while (working < (count as number)) await setImmediate();
    },
    finish: () => {
      for (const each of finish) each();
      finish = [];
    },
  },
};
