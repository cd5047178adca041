import { MESSAGE_OVERHEAD, sizeOf, type Sendable, type WaitingBefore } from "./outbox.js";
import { Prepared } from "./transport.js";

/**
 * Messages that are held back while batching is allowed (J-141). Owned by the remote endpoint. Bytes are copied, because a held send counts as complete.
 */

/** A message, or a part of one. */
export interface HeldMessage {
  readonly message: Sendable;
  readonly fin: boolean;
}

/** So much is held at most; then it leaves. Messages may be empty, so that their bytes bound nothing. */
const MOST_BYTES = 65_536;
const MOST_MESSAGES = 2_048;

export class SendBatch implements WaitingBefore {
  #held: HeldMessage[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#bytes + MESSAGE_OVERHEAD * this.#held.length;
  }

  /** Holds a message. True: it is time to let everything leave. */
  hold(message: Sendable, fin: boolean): boolean {
    this.#held.push({ message: copyOf(message), fin });
    this.#bytes += sizeOf(message);
    return this.#bytes >= MOST_BYTES || this.#held.length >= MOST_MESSAGES;
  }

  /** Gives what is held, in order, and holds it no more. */
  take(): readonly HeldMessage[] {
    const held = this.#held;
    this.#held = [];
    this.#bytes = 0;
    return held;
  }
}

function copyOf(message: Sendable): Sendable {
  if (typeof message === "string") return message;
  if (!(message instanceof Prepared)) return Buffer.from(message);
  // The bytes of text are nobody else's.
  return message.binary ? new Prepared(Buffer.from(message.bytes), message.compress) : message;
}
