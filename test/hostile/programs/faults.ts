import {
  CloseReason,
  Encoder,
  Encodes,
  OnClose,
  OnError,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  ServerEndpointConfigurator,
  Session,
  type Principal,
} from "wirespring";
import { setImmediate } from "node:timers/promises";
import type { HostileProgram, Running } from "../hostile-program.js";

/** Endpoints whose application is the fault: it throws, never ends, closes in the wrong moment, or stands still. */

/** What endpoints were told since somebody asked. */
const heard: string[] = [];

@ServerEndpoint("/echo")
class Echo {
  @OnMessage()
  said(text: string): string {
    return text;
  }
}

/** Throws, or rejects, what it is told. */
abstract class Throwing {
  @OnMessage()
  said(text: string, session: Session): unknown {
    if (text === "throw") throw new Error("a handler has failed");
    if (text === "reject") return Promise.reject(new Error("a handler has failed"));
    if (text === "reject later") return setImmediate().then(() => Promise.reject(new Error("a handler has failed")));
    // Nobody is there any more when it comes.
    if (text === "reject after close") return session.close().then(() => Promise.reject(new Error("too late")));
    if (text === "reject with nothing") return Promise.reject();
    return text;
  }
}

@ServerEndpoint("/throws")
class Throws extends Throwing {
  @OnClose()
  closed({ code }: CloseReason): void {
    heard.push(`close ${code}`);
  }
}

let toldErrors = 0;

@ServerEndpoint("/handles")
class Handles extends Throwing {
  @OnError()
  failed(error: Error): void {
    toldErrors++;
    if (error.message !== "a handler has failed") heard.push(`error ${error.message}`);
  }
}

let depth = 0;

/** Whatever it is told of ends in an error of its own. */
@ServerEndpoint("/worse")
class Worse extends Throwing {
  @OnError()
  failed(_error: Error): void {
    heard.push(`error at depth ${++depth}`);
    try {
      throw new Error("@OnError has failed");
    } finally {
      depth--;
    }
  }

  @OnClose()
  closed({ code }: CloseReason): void {
    heard.push(`close ${code}`);
    throw new Error("@OnClose has failed");
  }
}

/** Whether handlers of `/stuck` were told that their time is over. */
let aborted = 0;
let finish: (() => void)[] = [];
let sticks = true;

/** Handles no message to its end, while it sticks. */
@ServerEndpoint("/stuck")
class Stuck {
  @OnMessage()
  said(text: string, signal: AbortSignal): Promise<void> {
    heard.push(`message ${text.slice(0, 10)}`);
    signal.addEventListener("abort", () => aborted++);
    return sticks ? new Promise((resolve) => finish.push(resolve)) : Promise.resolve();
  }

  @OnClose()
  closed({ code }: CloseReason): void {
    heard.push(`close ${code}`);
  }
}

/** What would end never, were it waited for. */
const never = new Promise<void>(() => {});

/** Its sessions are disposed for ever. */
@ServerEndpoint("/undisposed")
class Undisposed {
  @OnMessage()
  said(text: string): string {
    return text;
  }

  dispose(): Promise<void> {
    return never;
  }
}

@Encodes(Date)
class EndlessEncoder extends Encoder.Text<Date> {
  encode(date: Date): string {
    return date.toISOString();
  }

  override destroy(): Promise<void> {
    return never;
  }
}

@ServerEndpoint({ value: "/undestroyed", encoders: [EndlessEncoder] })
class Undestroyed {
  @OnMessage()
  said(text: string): string {
    return text;
  }

  dispose(): void {
    heard.push("disposed");
  }
}

/** Lives in order, or says so. */
const lives: string[][] = [];

/** Opens for some turns of the event loop, and writes down what happens when. */
@ServerEndpoint("/lives")
class Lives {
  readonly #life: string[] = [];

  @OnOpen()
  async opened(session: Session): Promise<void> {
    lives.push(this.#life);
    this.#life.push("open");
    for (let turn = Number(session.queryString); turn > 0; turn--) await setImmediate();
    this.#life.push("opened");
  }

  @OnMessage()
  async said(_text: string): Promise<void> {
    this.#life.push("message");
    await setImmediate();
    this.#life.push("handled");
  }

  @OnClose()
  closed(): void {
    this.#life.push("close");
  }
}

/** Closes, and goes on talking. */
@ServerEndpoint("/talkative")
class Talkative {
  @OnMessage()
  async said(text: string, session: Session): Promise<void> {
    const closing = session.close(new CloseReason(4000, "enough"));
    // One that nobody awaits, one that somebody does.
    void session.remote.sendText("unheard");
    const how = await session.remote.sendText(text).catch((error: { code?: string }) => String(error.code));
    heard.push(`${how} ${session.isOpen}`);
    await closing;
    heard.push(await session.remote.sendText(text).catch((error: { code?: string }) => `then ${error.code}`));
  }
}

/** What became of large messages to those who left, and how often. */
const sends: Record<string, number> = {};

/** The same bytes for everybody: what grows is not theirs. */
const bytes = Buffer.alloc(16 * 1_048_576);

@ServerEndpoint("/large")
class Large {
  @OnMessage()
  said(size: string, session: Session): void {
    const count = (became: string): void => void (sends[became] = (sends[became] ?? 0) + 1);
    session.remote
      .sendBinary(bytes.subarray(0, Number(size)))
      .then(count, ({ code, cause }: { code?: string; cause?: { code?: string } }) => count(`${code} ${cause?.code}`));
  }

  @OnClose()
  closed({ code }: CloseReason): void {
    heard.push(`close ${code}`);
  }
}

/** Its peers are known for a while. */
class Expiring extends ServerEndpointConfigurator {
  override authenticate(): Principal {
    return { name: "ann", expiresAt: new Date(Date.now() + 7_200_000) } as Principal;
  }
}

@ServerEndpoint({ value: "/expiring", configurator: Expiring })
class Expires {
  @OnMessage()
  said(text: string): string {
    return text;
  }
}

const wallTime = Date.now;

/** Moves the clock on the wall, and nothing else. */
function jump(_running: Running, milliseconds: unknown): void {
  Date.now = () => wallTime() + (milliseconds as number);
}

/** Stands still. */
function stall(_running: Running, milliseconds: unknown): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds as number);
}

export const program: HostileProgram = {
  endpoints: [Echo, Throws, Handles, Worse, Stuck, Undisposed, Undestroyed, Lives, Talkative, Large, Expires],
  commands: {
    heard: () => heard.splice(0),
    /** How many errors `/handles` was told since somebody asked. */
    toldErrors: () => {
      const told = toldErrors;
      toldErrors = 0;
      return told;
    },
    aborted: () => aborted,
    stick: () => void (sticks = true),
    /** Lets handlers of `/stuck` end after all, those that are to come, too. */
    finish: () => {
      sticks = false;
      for (const each of finish) each();
      finish = [];
    },
    /** What has happened to each session of `/lives`. */
    lives: () => lives.splice(0),
    sends: () => ({ ...sends }),
    turn: () => setImmediate(),
    /** Answers when so many sessions are left. */
    left: async ({ sockets }, count) => {
      while (sockets.metrics().sessionsOpen > (count as number)) await setImmediate();
    },
    /** Closes all sessions of an endpoint. */
    closeAll: async ({ sockets }) => {
      await Promise.all([...sockets.sessions()].map((session) => session.close(new CloseReason(1001))));
    },
    jump,
    stall,
  },
};
