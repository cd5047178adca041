import { setImmediate } from "node:timers";
import { Arrivals } from "./arrivals.js";
import { MemoryTransport, type MemoryOptions, type MemoryPeer } from "./memory-transport.js";
import {
  closePayload,
  Opcode,
  readClose,
  type PeerFrame,
  type ReceivedClose,
  type ReceivedFrame,
} from "./peer-frame.js";

/**
 * The peer of a memory transport, for tests of endpoints without a port: talks in messages, or in frames where a test needs it. What it
 * sends in one tick arrives as one chunk, in a later turn of the event loop.
 */

/** Says what `memoryPair` makes. */
export interface MemoryPairOptions extends MemoryOptions {
  /** Whether the client answers pings and the close frame by itself, as browsers do. Default true. */
  readonly answers?: boolean;
  /** Milliseconds of real time that `next` and `nextFrame` wait at most. Default: for ever, which the test's own time limit ends. */
  readonly patience?: number;
}

/** Holds both ends of a connection in memory. */
export interface MemoryPair {
  readonly transport: MemoryTransport;
  readonly client: MemoryClient;
}

/** Makes a transport and the client at its other end. Hand the transport to `admission.open`. */
export function memoryPair(options: MemoryPairOptions = {}): MemoryPair {
  const wire = new Wire();
  const transport = new MemoryTransport(wire, options);
  const client = new MemoryClient(wire, transport, options);
  wire.client = client;
  return { transport, client };
}

/** What arrives together: frames, then perhaps the end of the connection. */
type Delivery = readonly PeerFrame[] | "end" | Error;

class Wire implements MemoryPeer {
  stalled = false;
  client!: MemoryClient;

  take(frames: readonly ReceivedFrame[]): void {
    this.client.take(frames);
  }

  severed(): void {
    this.client.severed();
  }
}

/** Plays the client of a memory transport: sends, receives, closes, stalls and loses its connection as a test wants. */
export class MemoryClient {
  readonly #wire: Wire;
  readonly #transport: MemoryTransport;
  readonly #answers: boolean;
  readonly #messages: Arrivals<string | Buffer>;
  readonly #frames: Arrivals<ReceivedFrame>;
  #parts: { readonly text: boolean; readonly payloads: Buffer[] } | undefined;
  #sendsParts = false;
  #outgoing: PeerFrame[] = [];
  /** Nothing can be sent any more. */
  #ended = false;
  #closeSent = false;
  #closeReceived: ReceivedClose | undefined;
  #writes = 0;
  #resolveClosed!: (close: ReceivedClose) => void;
  /** Resolves when the connection is over for this side: with the code and reason of the server's close frame, or 1006. */
  readonly closed: Promise<ReceivedClose> = new Promise((resolve) => (this.#resolveClosed = resolve));

  /** @internal Made by `memoryPair`. */
  constructor(wire: Wire, transport: MemoryTransport, options: MemoryPairOptions) {
    this.#wire = wire;
    this.#transport = transport;
    this.#answers = options.answers ?? true;
    this.#messages = new Arrivals("message", options.patience);
    this.#frames = new Arrivals("frame", options.patience);
  }

  /** The whole messages received so far. */
  get received(): readonly (string | Buffer)[] {
    return this.#messages.all;
  }

  /** All frames received so far. */
  get frames(): readonly ReceivedFrame[] {
    return this.#frames.all;
  }

  /** How many writes of the transport have left so far: what it sent in one tick is one. */
  get writes(): number {
    return this.#writes;
  }

  /** The next message that was not taken yet. Rejects when the connection is over and there is none. */
  next(): Promise<string | Buffer> {
    return this.#messages.next();
  }

  /** The next frame that was not taken yet. Rejects when the connection is over and there is none. */
  nextFrame(): Promise<ReceivedFrame> {
    return this.#frames.next();
  }

  /** Sends a whole message. Throws when this side has closed. */
  send(message: string | Uint8Array): void {
    this.sendPart(message, true);
  }

  /** Sends a part of a message, in a frame of its own. Throws when this side has closed. */
  sendPart(part: string | Uint8Array, last: boolean): void {
    const opcode = this.#sendsParts ? Opcode.CONTINUATION : typeof part === "string" ? Opcode.TEXT : Opcode.BINARY;
    this.#sendsParts = !last;
    this.frame({ opcode, payload: part, fin: last });
  }

  ping(data: string | Uint8Array = ""): void {
    this.frame({ opcode: Opcode.PING, payload: data });
  }

  pong(data: string | Uint8Array = ""): void {
    this.frame({ opcode: Opcode.PONG, payload: data });
  }

  /** Sends a close frame; empty without a code, which is not checked. `closed` resolves with the answer. */
  close(code?: number, reason?: string): void {
    this.frame({ opcode: Opcode.CLOSE, payload: closePayload(code, reason) });
  }

  /** Sends frames as they are, valid or not. Throws when this side has closed; without `answers`, only when it has ended. */
  frame(...frames: PeerFrame[]): void {
    if (this.#ended || (this.#answers && this.#closeSent))
      throw new Error("this client has closed: it can send nothing more");
    this.#write(frames);
  }

  /** Ends the connection without a close frame, after what was sent: the server sees 1006. */
  end(): void {
    this.#leave("end");
  }

  /** Loses the connection, after what was sent: the server sees an error and 1006. */
  drop(): void {
    this.#leave(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
  }

  /** Reads nothing from now on: what the server sends stays in its `bufferedAmount`. */
  stall(): void {
    this.#wire.stalled = true;
  }

  /** Reads again. */
  unstall(): void {
    this.#wire.stalled = false;
    setImmediate(() => this.#transport.flush());
  }

  /** @internal A write of the transport: arrives in a later turn. */
  take(frames: readonly ReceivedFrame[]): void {
    this.#writes++;
    setImmediate(() => {
      for (const frame of frames) this.#receive(frame);
    });
  }

  /** @internal The transport has ended the connection: known behind everything it wrote. */
  severed(): void {
    setImmediate(() => {
      this.#ended = true;
      this.#over();
    });
  }

  #write(frames: readonly PeerFrame[]): void {
    if (frames.some(({ opcode }) => opcode === Opcode.CLOSE)) this.#closeSent = true;
    if (this.#outgoing.push(...frames) === frames.length) this.#deliverLater();
  }

  #deliverLater(): void {
    setImmediate(() => this.#deliver(this.#outgoing.splice(0)));
  }

  #leave(how: "end" | Error): void {
    if (this.#ended) return;
    this.#ended = true;
    setImmediate(() => this.#deliver(how));
    if (how !== "end") setImmediate(() => this.#over());
  }

  #deliver(delivery: Delivery): void {
    if (delivery === "end") this.#transport.peerEnded();
    else if (delivery instanceof Error) this.#transport.peerLost(delivery);
    else this.#transport.arrive(delivery);
  }

  #receive(frame: ReceivedFrame): void {
    const { opcode, payload, fin } = frame;
    this.#frames.push(frame);
    if (opcode === Opcode.CLOSE) {
      this.#closeReceived = readClose(payload);
      if (this.#answers && !this.#closeSent && !this.#ended) this.#write([{ opcode, payload }]);
      this.#over();
    } else if (opcode === Opcode.PING) {
      if (this.#answers && !this.#closeSent && !this.#ended) this.#write([{ opcode: Opcode.PONG, payload }]);
    } else if (opcode !== Opcode.PONG) {
      const parts = (this.#parts ??= { text: opcode === Opcode.TEXT, payloads: [] });
      parts.payloads.push(payload);
      if (!fin) return;
      this.#parts = undefined;
      const whole = Buffer.concat(parts.payloads);
      this.#messages.push(parts.text ? whole.toString() : whole);
    }
  }

  #over(): void {
    const close = this.#closeReceived ?? { code: 1006, reason: "" };
    this.#resolveClosed(close);
    const why = `the connection is closed (${close.code})`;
    this.#messages.end(why);
    this.#frames.end(why);
  }
}
