import type { Writable } from "node:stream";
import { BRAND } from "../brand.js";

/** What became of a send: its bytes were handed to the network, or the endpoint's policy dropped them. */
export type SendOutcome = "sent" | "dropped";

/**
 * The sending side of a session, `session.remote`. Jakarta's `RemoteEndpoint`, its Basic and Async views in one: every send returns at
 * once and its promise settles later. Messages leave in call order (J-140); those of one tick leave in one write.
 *
 * A send on a session that is not open rejects with `SessionException`, code `WS_SESSION_CLOSED`. A promise that nobody awaits never
 * becomes an unhandled rejection: its failure is counted and published on `wirespring:send.failed`.
 */
export abstract class RemoteEndpoint {
  static readonly [BRAND] = "RemoteEndpoint";

  /**
   * Sends a text message, or with `last` a part of one (J-132). A part never cuts a character: half of one leaves with the next part.
   *
   * While a message is unfinished, whole messages and returned values wait for its end, pings and pongs do not; a part of another message
   * rejects with `IllegalStateError` (J-133). Rejects with `TypeError` for anything but a string.
   *
   * @param last Whether this part ends its message. Without it, `text` is a whole message.
   */
  abstract sendText(text: string, last?: boolean): Promise<SendOutcome>;

  /**
   * Sends a binary message, or with `last` a part of one; see `sendText`. Exactly the bytes of the view, which must not change until the promise
   * has settled (J-145). Rejects with `TypeError` for anything else.
   */
  abstract sendBinary(bytes: ArrayBuffer | ArrayBufferView, last?: boolean): Promise<SendOutcome>;

  /**
   * Sends a value through the endpoint's encoders, in their order, else as what it is: a string, number, boolean or bigint as text, bytes
   * as binary. Rejects with `EncodeException` when no encoder takes it, with the encoder's own error when that fails; nothing is sent
   * then and the session stays usable. `null` and `undefined` reject with `TypeError`, and so does a callback: the promise is one.
   */
  abstract sendObject(value: unknown): Promise<SendOutcome>;

  /** Sends a ping of at most 125 bytes, beyond which it rejects with `RangeError`. */
  abstract sendPing(applicationData?: Uint8Array): Promise<SendOutcome>;

  /** Sends a pong nobody asked for, of at most 125 bytes, beyond which it rejects with `RangeError`. */
  abstract sendPong(applicationData?: Uint8Array): Promise<SendOutcome>;

  /**
   * Gives a writer for one text message: each chunk leaves as a part, `end` ends the message, and when the network is slow, `write` gives false (J-135).
   * Nothing is sent when nothing is written. Jakarta's `getSendWriter`.
   *
   * The message begins with the first `write`, which waits for its turn; whole messages wait from then on until it ends. A writer that is destroyed in
   * the middle of its message closes the session with 1011, because half a message must not look whole. A write on a session that is not open fails
   * with `SessionException`; a failure that nobody listens to is counted and does no harm. Throws `IllegalStateError` after close.
   */
  abstract textWriter(): Writable;

  /** Gives a writer for one binary message; see `textWriter` (J-134). Jakarta's `getSendStream`. */
  abstract binaryWriter(): Writable;

  /**
   * Whether messages may be held back until `flushBatch` (J-141). Default false. A send that is held counts as `"sent"` at once; its bytes are copied. What
   * is held leaves, in order, with `flushBatch`, beyond 65 536 bytes or 2 048 messages, with a ping, a pong or `close`, and when this is set to false. Setting it throws
   * `IllegalStateError` after close.
   */
  abstract batchingAllowed: boolean;

  /** Lets what is held back leave. Settles when all of it was handed to the network. */
  abstract flushBatch(): Promise<SendOutcome>;

  /**
   * Milliseconds that each send may take from its call on; then its promise rejects with `SessionException`, code `WS_SEND_TIMEOUT`, though the
   * message may still arrive (J-139). 0 or less: any time. Default: the container's `defaultSendTimeout`, 0. Setting it throws `TypeError` for
   * anything but a number, `IllegalStateError` after close.
   */
  abstract sendTimeout: number;

  /** Bytes that were accepted and that the network has not taken yet; 0 after the end. */
  abstract readonly bufferedAmount: number;
}
