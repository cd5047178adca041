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
  /** @internal Runs what calls the transport, and so the application. */
  readonly enter?: (task: () => void) => void;
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
  return { transport, client: new MemoryClient(wire, transport, options) };
}

/** Says how a whole message is sent. */
export interface MessageOptions {
  /** Bytes of a frame at most: the message is cut into so many frames as it takes, in the middle of a character, too. Default: one frame. */
  readonly frameSize?: number;
}

/** What arrives together: frames, then perhaps the end of the connection. */
type Delivery = readonly PeerFrame[] | "end" | Error;

/** @internal The connection: what the transport sees of its client. */
export class Wire implements MemoryPeer {
  stalled = false;
  /** Set by the client. */
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
  readonly #enter: (task: () => void) => void;
  readonly #messages: Arrivals<string | Buffer>;
  readonly #frames: Arrivals<ReceivedFrame>;
  #parts: { readonly text: boolean; readonly payloads: Buffer[] } | undefined;
  #sendsParts = false;
  #outgoing: PeerFrame[] = [];
  /** Nothing can be sent any more. */
  #ended = false;
  #closeSent = false;
  #closeReceived: ReceivedClose | undefined;
  #close: ReceivedClose | undefined;
  /** Nothing arrives any more, here or there. */
  #vanished = false;
  #writes = 0;
  #resolveClosed!: (close: ReceivedClose) => void;
  /** Resolves when the connection is over for this side: with the code and reason of the server's close frame, or 1006. */
  readonly closed: Promise<ReceivedClose> = new Promise((resolve) => (this.#resolveClosed = resolve));

  /** @internal Made by `memoryPair`. */
  constructor(wire: Wire, transport: MemoryTransport, options: MemoryPairOptions) {
    this.#wire = wire;
    wire.client = this;
    this.#transport = transport;
    this.#answers = options.answers ?? true;
    this.#enter = options.enter ?? ((task) => task());
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

  /** @internal The next message if it is there; throws when none comes any more. */
  takeMessage(): string | Buffer | undefined {
    return this.#messages.take();
  }

  /** @internal The next frame if it is there; throws when none comes any more. */
  takeFrame(): ReceivedFrame | undefined {
    return this.#frames.take();
  }

  /** @internal The error of a test that waits for a frame in vain. */
  noFrame(why: string): Error {
    return this.#frames.missing(why);
  }

  /** @internal The messages that were not taken. */
  get untaken(): readonly (string | Buffer)[] {
    return this.#messages.left;
  }

  /** @internal The error of a test that waits for a message in vain. */
  noMessage(why: string): Error {
    return this.#messages.missing(why);
  }

  /** @internal Whether this side has said that it closes. */
  get isClosing(): boolean {
    return this.#closeSent || this.#ended;
  }

  /** Whether `vanish` was called. */
  get hasVanished(): boolean {
    return this.#vanished;
  }

  /** How the connection has ended for this side; undefined until it has. */
  get ending(): ReceivedClose | undefined {
    return this.#close;
  }

  /** Sends a whole message. Throws when this side has closed. */
  send(message: string | Uint8Array, { frameSize }: MessageOptions = {}): void {
    if (frameSize === undefined) return this.sendPart(message, true);
    if (!(frameSize >= 1)) throw new RangeError(`frameSize must be a number from 1, found ${frameSize}`);
    const bytes = Buffer.from(message);
    const opcode = typeof message === "string" ? Opcode.TEXT : Opcode.BINARY;
    const frames: PeerFrame[] = [];
    for (let at = 0; at === 0 || at < bytes.length; at += frameSize)
      frames.push({
        opcode: at === 0 ? opcode : Opcode.CONTINUATION,
        payload: bytes.subarray(at, at + frameSize),
        fin: at + frameSize >= bytes.length,
      });
    this.frame(...frames);
  }

  /** Sends a part of a message, in a frame of its own. Throws when this side has closed. */
  sendPart(part: string | Uint8Array, last: boolean): void {
    const opcode = this.#sendsParts ? Opcode.CONTINUATION : typeof part === "string" ? Opcode.TEXT : Opcode.BINARY;
    this.#sendsParts = !last;
    this.frame({ opcode, payload: part, fin: last });
  }

  /** Sends a ping. Throws when this side has closed. */
  ping(data: string | Uint8Array = ""): void {
    this.frame({ opcode: Opcode.PING, payload: data });
  }

  /** Sends a pong that nobody has asked for. Throws when this side has closed. */
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

  /**
   * Is gone without a word, as when a cable is pulled: the server's writes succeed and reach nobody, and nothing comes from here any more, no answer to
   * a ping and no end. `closed` resolves with 1006 when the server has given the connection up.
   */
  vanish(): void {
    this.#vanished = true;
  }

  /** Reads nothing from now on: what the server sends stays in its `bufferedAmount`. */
  stall(): void {
    this.#wire.stalled = true;
  }

  /** Reads again. */
  unstall(): void {
    this.#wire.stalled = false;
    setImmediate(() => this.#enter(() => this.#transport.flush()));
  }

  /** @internal A write of the transport: arrives in a later turn. */
  take(frames: readonly ReceivedFrame[]): void {
    this.#writes++;
    if (this.#vanished) return;
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
    if (this.#vanished) return;
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
    this.#enter(() => this.#hand(delivery));
  }

  #hand(delivery: Delivery): void {
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
    const close = (this.#close ??= this.#closeReceived ?? { code: 1006, reason: "" });
    this.#resolveClosed(close);
    const reason = close.reason === "" ? "" : ` with ${JSON.stringify(close.reason)}`;
    const why = `the connection is closed (${close.code})${reason}`;
    this.#messages.end(why);
    this.#frames.end(why);
  }
}
