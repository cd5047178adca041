import { clearTimeout, setTimeout } from "node:timers";
import type { Delivery, SendCallback, Transport } from "wirespring/spi";
import type { PeerFrame, ReceivedFrame } from "../peer-frame.js";
import { settle } from "../settle.js";
import { Recorder } from "./recorder.js";

/**
 * What a kind of transport gives to be tried, and what a case of the contract works with.
 */

/** The other end of a transport under test. Answers nothing by itself. */
export interface ContractPeer {
  /** Sends frames so that the transport gets them in one chunk. */
  send(...frames: PeerFrame[]): void;
  /** The next frame from the transport. Rejects when there is none in time. */
  nextFrame(): Promise<ReceivedFrame>;
  /** Reads nothing from now on. */
  stall(): void;
  unstall(): void;
  /** Ends its side of the connection, without a close frame. */
  end(): void;
  /** Loses the connection, as a reset does. */
  drop(): void;
}

/** A connection to try. */
export interface ContractConnection {
  readonly peer: ContractPeer;
  /** The transport's time for the closing handshake, in milliseconds. */
  readonly closeTimeout: number;
  /** Moves the transport's clock. */
  advance(milliseconds: number): Promise<void>;
  /** How many writes have left the transport; undefined where that cannot be seen. */
  readonly writes: (() => number) | undefined;
  /** Closes whatever is open. */
  dispose(): Promise<void>;
}

/** How a case wants its connection. */
export interface ContractOpening {
  /** To be called once, with the new transport, in the moment that a session would get it. */
  opened(transport: Transport): void;
  /** Frames that the peer sends so early that they are there when the transport is made, where that is possible. */
  readonly early: readonly PeerFrame[];
}

/** Makes a transport and the other end of it. */
export type MakeConnection = (opening: ContractOpening) => Promise<ContractConnection>;

export interface SubjectOptions {
  readonly early?: readonly PeerFrame[];
  readonly delivery?: Delivery;
  /** Called with each event of the sink, within the transport's call. */
  readonly react?: Recorder["react"];
}

/** A transport under test with its sink and its peer. */
export class Subject {
  readonly transport: Transport;
  readonly sink: Recorder;
  readonly peer: ContractPeer;
  /** How much the sink was told before `listen` returned. */
  readonly toldWithinListen: number;
  readonly connection: ContractConnection;
  readonly #patience: number;

  constructor(
    transport: Transport,
    sink: Recorder,
    connection: ContractConnection,
    toldWithinListen: number,
    patience: number,
  ) {
    this.transport = transport;
    this.sink = sink;
    this.connection = connection;
    this.peer = connection.peer;
    this.toldWithinListen = toldWithinListen;
    this.#patience = patience;
  }

  /** Makes a connection, with a recorder as the sink. */
  static async open(make: MakeConnection, patience: number, options: SubjectOptions): Promise<Subject> {
    const sink = new Recorder(options.delivery ?? { parts: false, maxBytes: 65_536 }, patience);
    if (options.react !== undefined) sink.react = options.react;
    let transport: Transport | undefined;
    let within = 0;
    const connection = await make({
      early: options.early ?? [],
      opened: (made) => {
        transport = made;
        made.listen(sink);
        within = sink.events.length;
      },
    });
    if (transport === undefined)
      throw new Error("the transport under test was not opened: call opening.opened(transport)");
    return new Subject(transport, sink, connection, within, patience);
  }

  /** The next frames from the transport, in short: `text:a`, `binary:01`, `more:b`, `ping:`, `close:1000:bye`; `+` before one that goes on. */
  async frames(count: number): Promise<readonly string[]> {
    const frames: string[] = [];
    while (frames.length < count) frames.push(shortFrame(await this.peer.nextFrame()));
    return frames;
  }

  /** Sends, and gives the promise of `done`: what it was called with. Rejects when it is not called in time. */
  done(call: (done: SendCallback) => void): Promise<Error | undefined> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`done was not called within ${this.#patience} ms`)),
        this.#patience,
      );
      call((error) => {
        clearTimeout(timer);
        resolve(error ?? undefined);
      });
    });
  }

  /** Waits for what nobody is told of. Rejects when it does not come in time. */
  async until(reached: () => boolean, what: string): Promise<void> {
    const late = performance.now() + this.#patience;
    while (!reached()) {
      if (performance.now() > late) throw new Error(`waited for ${what} for ${this.#patience} ms`);
      await settle(1);
    }
  }

  /** Lets run what is ready, so that what must not happen would have happened. */
  settle(): Promise<void> {
    return settle(20);
  }
}

const NAMES: Readonly<Record<number, string>> = {
  0: "more",
  1: "text",
  2: "binary",
  8: "close",
  9: "ping",
  10: "pong",
};

function shortFrame({ opcode, fin, payload }: ReceivedFrame): string {
  const name = `${fin ? "" : "+"}${NAMES[opcode] ?? `opcode ${opcode}`}`;
  if (opcode === 8 && payload.length >= 2) return `${name}:${payload.readUInt16BE(0)}:${payload.toString("utf8", 2)}`;
  return `${name}:${opcode === 2 ? payload.toString("hex") : payload.toString()}`;
}
