import { Broadcaster, OnClose, OnMessage, OnOpen, ServerEndpoint, Session } from "wirespring";
import { readdirSync, writeSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate, setTimeout } from "node:timers/promises";
import type { HostileProgram, Running } from "../hostile/hostile-program.js";

/**
 * The server that the proofs load, and what it is asked about itself. A program of the server process that hostile peers get, `hostile-server.ts`.
 */

let echoed = 0;

@ServerEndpoint("/echo")
class Echo {
  @OnMessage()
  said(text: string): string {
    echoed++;
    return text;
  }
}

/** Bytes of a message that nobody reads; each message has its own. */
const SIZE = 16_384;

/** Milliseconds from one to the next. */
const PACE = 20;

/** Sends without end, whether anybody reads or not. */
async function pour(session: Session): Promise<void> {
  for (let count = 1; session.isOpen; count++) {
    void session.remote.sendBinary(Buffer.alloc(SIZE, count));
    await setTimeout(PACE);
  }
}

@ServerEndpoint("/pour")
class Pour {
  @OnOpen()
  opened(session: Session): void {
    void pour(session);
  }
}

@ServerEndpoint({ value: "/pour-block", slowConsumer: "block" })
class PourAndBlock {
  @OnOpen()
  opened(session: Session): void {
    void pour(session);
  }
}

/** Once for all who hear it, as long as anybody does. */
async function announce(topics: Broadcaster): Promise<void> {
  for (let count = 1; topics.subscribers("news").size > 0; count++) {
    void topics.publish("news", Buffer.alloc(SIZE, count));
    await setTimeout(PACE);
  }
}

@ServerEndpoint("/news")
class News {
  constructor(private readonly topics: Broadcaster) {}

  @OnOpen()
  opened(session: Session): void {
    this.topics.subscribe(session, "news");
    if (this.topics.subscribers("news").size === 1) void announce(this.topics);
  }
}

let begun = 0;

/** Takes as many milliseconds as it is told. */
@ServerEndpoint("/work")
class Work {
  @OnMessage()
  async said(text: string): Promise<string> {
    begun++;
    await setTimeout(Number(text));
    return "done";
  }
}

const ages: number[] = [];

/** Notes how long its sessions have lived. */
@ServerEndpoint("/aged")
class Aged {
  readonly #opened = performance.now();

  @OnClose()
  closed(): void {
    ages.push(performance.now() - this.#opened);
  }
}

/** What there is of everything that a connection may leave behind. */
export interface Standing {
  readonly sessions: number;
  readonly timers: number;
  readonly listeners: number;
  /** 0 where the system does not say. */
  readonly descriptors: number;
  /** Bytes in use behind a collection. */
  readonly heap: number;
}

async function standing({ context, sockets, clock }: Running): Promise<Standing> {
  const { gc } = globalThis as { gc?: () => void };
  for (let round = 0; round < 3; round++) {
    gc!();
    await setImmediate();
  }
  const emitters = [process, context.server];
  const listeners = emitters.flatMap((each) => each.eventNames().map((name) => each.listenerCount(name as never)));
  return {
    sessions: sockets.metrics().sessionsOpen,
    timers: clock.pending,
    listeners: listeners.reduce((sum, count) => sum + count, 0),
    descriptors: descriptors(),
    heap: process.memoryUsage().heapUsed,
  };
}

function descriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    // Not Linux.
    return 0;
  }
}

let mostMemory: NodeJS.MemoryUsage | undefined;

function sampleMemory(): NodeJS.MemoryUsage {
  const now = process.memoryUsage();
  return (mostMemory = mostMemory === undefined || now.rss > mostMemory.rss ? now : mostMemory);
}

const lag = monitorEventLoopDelay({ resolution: 1 });

process.on("SIGTERM", () => {
  // The suite is not to keep alive what was asked to end.
  process.channel?.unref();
  lag.reset();
  lag.enable();
});
process.on("exit", () => {
  // In time for whoever reads: the stream that the log uses may have no time left.
  if (lag.max > 0) writeSync(2, `${JSON.stringify({ event: "ended", longestLag: lag.max / 1e6 })}\n`);
});

export const program: HostileProgram = {
  endpoints: [Echo, Pour, PourAndBlock, News, Work, Aged],
  commands: {
    standing,
    /** Begins to note when the process occupies the most memory, and gives what it occupies now. */
    watchMemory: () => {
      setInterval(sampleMemory, 50).unref();
      return sampleMemory();
    },
    mostMemory: sampleMemory,
    /** So far, milliseconds. */
    processorTime: () => {
      const { user, system } = process.cpuUsage();
      return { user: user / 1_000, system: system / 1_000 };
    },
    /** Has the event loop stand still. */
    stall: (_running, milliseconds) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds as number);
    },
    /** How many messages came to `/echo`. */
    echoed: () => echoed,
    /** How many handlers of `/work` were called. */
    begun: () => begun,
    /** How long the sessions of `/aged` have lived that have ended, milliseconds. */
    ages: () => ages,
  },
};
