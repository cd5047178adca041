import type { CloseReason } from "../close-reason.js";

/**
 * What carries messages between a session and its peer: a `ws` socket, memory in a test, later a fallback. The seam that
 * everything else stands on; `transportContract` of `@wirespring/testing` is its executable description.
 *
 * A transport starts held: it keeps what the peer sends until `listen` was called, and calls the sink from the next I/O event on,
 * never from within `listen`. It validates UTF-8 itself. None of its methods throws, in any state.
 */
export interface Transport {
  /** Names the receiver of everything that arrives. Called once, synchronously after the transport was handed over. */
  listen(sink: TransportSink): void;
  /**
   * Sends one message, or with `fin: false` a part of one. `done` is called once, never before `send` returns: without an error when
   * the bytes were handed to the network, else with the reason. On a closing transport `done` gets an error.
   */
  send(message: string | Uint8Array | Prepared, options?: SendOptions, done?: SendCallback): void;
  /** Lets everything sent so far leave now; without it, it leaves at the end of this tick at the latest, in one write. */
  flush(): void;
  /** Sends a ping of at most 125 bytes. Keeps its place among the messages. */
  ping(data?: Uint8Array, done?: SendCallback): void;
  /** Sends a pong of at most 125 bytes that answers no ping; pings are answered by the transport itself. */
  pong(data?: Uint8Array, done?: SendCallback): void;
  /**
   * Stops delivery at the next message border, in parts at the next frame's, also inside a chunk that was read already; then reading. Pings and
   * pongs behind that border wait, too. Does nothing after `close`.
   */
  pause(): void;
  /** Goes on where `pause` stopped; the sink is never called from within. */
  resume(): void;
  /**
   * Sends what is waiting, then a close frame, and lifts a pause so that the answer can be read. Only the first call counts. `closed` of
   * the sink follows when the peer has answered, or its time is up.
   */
  close(reason: CloseReason): void;
  /** Ends the connection at once. `closed` of the sink follows if it has not been called. */
  terminate(): void;
  /** Bytes accepted by `send` that the network has not taken yet. */
  readonly bufferedAmount: number;
  /** Bytes read from the network so far, frames that are not complete included: shows that a large frame goes on. */
  readonly bytesRead: number;
  /** Bytes that the network has taken so far, of a message that is half-way, too: shows that the peer reads. */
  readonly bytesWritten: number;
  /** When bytes were read last, by the clock of the transport; when it was made, if none were. */
  readonly heardAt: number;
}

/** Says how a message, or a part of one, is sent. */
export interface SendOptions {
  /** Whether this part ends its message. Default true. */
  readonly fin?: boolean;
  /** Whether a negotiated permessage-deflate may be used. Default true. */
  readonly compress?: boolean;
}

/** Tells, once, that a message was handed to the network, or why it was not. */
export interface SendCallback {
  (error?: Error): void;
  /** It comes with message after message: what a transport makes of it is worth keeping. */
  readonly isLasting?: true;
}

/** What a session does with what its transport receives. None of these throws. */
export interface TransportSink {
  /**
   * Asked at the first frame of every data message: how it is wanted, and how many bytes of it, or of each frame in parts. `complete`: all of it has
   * arrived already.
   */
  begin(binary: boolean, complete: boolean): Delivery;
  /** A whole message. Text is valid UTF-8. The bytes are the sink's to keep. */
  message(data: Buffer, binary: boolean): void;
  /** One frame of a message that was asked for in parts; `last` ends it. A text part may end inside a character. */
  part(data: Buffer, binary: boolean, last: boolean): void;
  /** A ping that the transport has answered. */
  ping(data: Buffer): void;
  /** A pong, asked for or not. */
  pong(data: Buffer): void;
  /** Something went wrong that ends the connection; `closed` follows. */
  failed(error: Error): void;
  /**
   * The connection is over for the session: the peer's close frame has arrived, it broke the protocol, or it is gone. `reason` is what
   * the wire says (1002, 1007, 1008, 1009 when the transport itself refused the peer's bytes; 1005 for an empty close frame; 1006 for
   * none at all). `clean` tells whether both close frames were exchanged. Called once, after the last message.
   */
  closed(reason: CloseReason, clean: boolean): void;
}

/** Says how a message that has begun is wanted. */
export interface Delivery {
  /** True: `part` for each frame as it arrives. False: `message` when it is whole. */
  readonly parts: boolean;
  /** Largest whole message, or largest frame when in parts; beyond, the transport closes with 1009. */
  readonly maxBytes: number;
}

const NO_BYTES = new Uint8Array(0);

/** What a heartbeat carries, so that its answer is told from a pong that the application is to see. Never changes: its frame may be kept. */
export const HEARTBEAT: Uint8Array = Buffer.from("wsprng");

/**
 * The bytes of one message, or of several in a row, that go to many receivers. Each kind of transport keeps its own framed form of it in a slot, so that
 * a broadcast is framed and deflated once.
 */
export class Prepared {
  readonly binary: boolean;
  #bytes: Uint8Array;
  #messages: readonly Prepared[] | undefined;
  /** Bytes of all payloads. */
  readonly length: number;
  /** Whether a negotiated permessage-deflate may be used. */
  readonly compress: boolean;
  readonly #slots = new Map<symbol, unknown>();

  constructor(message: string | Uint8Array | readonly Prepared[], compress = true) {
    this.compress = compress;
    if (typeof message !== "string" && !(message instanceof Uint8Array)) {
      this.#messages = message;
      this.binary = true;
      this.#bytes = NO_BYTES;
      this.length = message.reduce((sum, { length }) => sum + length, 0);
      return;
    }
    this.binary = typeof message !== "string";
    this.#bytes = typeof message === "string" ? Buffer.from(message) : message;
    this.length = this.#bytes.length;
  }

  /** The payload: for text, its UTF-8. Must not change while any send of it is pending. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** The messages, where it is several; `bytes` is empty then. */
  get messages(): readonly Prepared[] | undefined {
    return this.#messages;
  }

  /** Makes one of several, which are sent in a row. */
  static join(messages: readonly Prepared[]): Prepared {
    return new Prepared(messages);
  }

  /** Makes one that is never compressed. */
  static plain(message: string | Uint8Array): Prepared {
    return new Prepared(message, false);
  }

  /**
   * Keeps its payloads where a transport has copied them to, and lets go where they were: a framed message is in memory once. One payload for each
   * of its messages, the same bytes.
   */
  moveTo(payloads: readonly Uint8Array[]): void {
    if (this.#messages === undefined) this.#bytes = payloads[0]!;
    else this.#messages = this.#messages.map((message, index) => message.#movedTo(payloads[index]!));
  }

  /** Another one: this one may be sent by itself, and must not keep the others in memory. */
  #movedTo(bytes: Uint8Array): Prepared {
    const moved = new Prepared(bytes, this.compress);
    (moved as { binary: boolean }).binary = this.binary;
    return moved;
  }

  /** Gives what `make` made for this kind of transport; calls it at most once. */
  slot<T>(kind: symbol, make: (bytes: Uint8Array, binary: boolean) => T): T {
    let made = this.#slots.get(kind) as T | undefined;
    if (made === undefined) {
      made = make(this.#bytes, this.binary);
      this.#slots.set(kind, made);
    }
    return made;
  }
}
