import type { Sendable } from "./outbox.js";
import { Prepared } from "./transport.js";

/**
 * Messages that are held back while batching is allowed (J-141). Owned by the remote endpoint. Bytes are copied, because a held send counts as complete.
 */

/** A message, or a part of one. */
export interface HeldMessage {
  readonly message: Sendable;
  readonly fin: boolean;
}

/** So much is held at most; then it leaves. */
const MOST_BYTES = 65_536;

export class SendBatch {
  #held: HeldMessage[] = [];
  #bytes = 0;

  /** Holds a message. True: it is time to let everything leave. */
  hold(message: Sendable, fin: boolean): boolean {
    this.#held.push({ message: copyOf(message), fin });
    this.#bytes += message.length;
    return this.#bytes >= MOST_BYTES;
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
