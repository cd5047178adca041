import { OnMessage, ServerEndpoint, type Class, type Session } from "wirespring";
import { setImmediate } from "node:timers/promises";
import type { HostileProgram, Running } from "../hostile-program.js";

/** Endpoints for peers that send too much, and that read too little. */

@ServerEndpoint("/echo")
class Echo {
  @OnMessage()
  said(text: string): string {
    return text;
  }
}

@ServerEndpoint("/sink")
class Sink {
  @OnMessage()
  said(_text: string): void {}
}

/** Works on each message for a twentieth of a millisecond. */
@ServerEndpoint("/busy")
class Busy {
  @OnMessage()
  said(_text: string): void {
    const until = performance.now() + 0.05;
    while (performance.now() < until);
  }
}

@ServerEndpoint({ value: "/limited", messageRate: 100, messageBurst: 200 })
class Limited {
  @OnMessage()
  said(_text: string): void {}
}

@ServerEndpoint("/close")
class Close {}

@ServerEndpoint({ value: "/block", slowConsumer: "block" })
class Block {}

@ServerEndpoint({ value: "/drop-newest", slowConsumer: "drop-newest" })
class DropNewest {}

@ServerEndpoint({ value: "/drop-oldest", slowConsumer: "drop-oldest" })
class DropOldest {}

const poured: Readonly<Record<string, Class>> = {
  "/close": Close,
  "/block": Block,
  "/drop-newest": DropNewest,
  "/drop-oldest": DropOldest,
};

/** What is sent to every session of an endpoint. */
export interface Pour {
  readonly path: string;
  /** How many messages; they begin with their number and a colon. */
  readonly messages: number;
  readonly size: number;
  /** Stops when so many bytes wait for the network, or the session has ended. Default: never. */
  readonly until?: number;
  /** Whether each send waits for the one before. Default false. */
  readonly awaits?: boolean;
}

/** What became of it. */
export interface Poured {
  readonly sent: readonly number[];
  readonly dropped: readonly number[];
  /** Codes of rejections, by the message. */
  readonly failed: Readonly<Record<number, string>>;
  /** Most bytes that ever waited. */
  readonly buffered: number;
}

/** What was given to sessions and is not known to have got anywhere. */
const pours: Promise<Poured>[] = [];

async function pour(session: Session, { messages, size, until = Infinity, awaits = false }: Pour): Promise<number> {
  const outcome = { sent: [] as number[], dropped: [] as number[], failed: {} as Record<number, string>, buffered: 0 };
  const sends: Promise<void>[] = [];
  const filling = "x".repeat(size);
  for (let index = 0; index < messages && !(await isWaiting(session, until)); index++) {
    const send = session.remote.sendText(`${index}:${filling}`).then(
      (became) => void outcome[became].push(index),
      (error: { code?: string }) => void (outcome.failed[index] = String(error.code)),
    );
    outcome.buffered = Math.max(outcome.buffered, session.remote.bufferedAmount);
    if (awaits) await send;
    else sends.push(send);
    if (index % 16 === 0) await setImmediate();
  }
  const settled = Promise.all(sends).then(() => outcome);
  pours.push(settled);
  return outcome.buffered;
}

/** Whether so many bytes wait that the network does not take, or the session has ended over it. */
async function isWaiting({ isOpen, remote }: Session, bytes: number): Promise<boolean> {
  if (!isOpen && bytes !== Infinity) return true;
  for (let turn = 0; turn < 5; turn++) {
    if (remote.bufferedAmount < bytes) return false;
    await setImmediate();
  }
  return true;
}

const sessionsAt = ({ sockets }: Running, path: string): readonly Session[] => [...sockets.sessions(poured[path])];

export const program: HostileProgram = {
  endpoints: [Echo, Sink, Busy, Limited, Close, Block, DropNewest, DropOldest],
  commands: {
    /** Answers when all of it has been given to the sessions, or when enough waits: the most that has waited in each. */
    pour: async (running, argument) => {
      const given = argument as Pour;
      pours.length = 0;
      return Promise.all(sessionsAt(running, given.path).map((session) => pour(session, given)));
    },
    /** Answers when all of it has got somewhere. */
    poured: () => Promise.all(pours.splice(0)),
    /** Answers in a later turn of the event loop. */
    turn: () => setImmediate(),
  },
};
