import { BRAND } from "../brand.js";

/** What became of a send: its bytes were handed to the network, or the endpoint's policy dropped them. */
export type SendOutcome = "sent" | "dropped";

/**
 * The sending side of a session, `session.remote`. Jakarta's `RemoteEndpoint`, its Basic and Async views in one: every send returns at
 * once and its promise settles later. Messages leave in call order; those of one tick leave in one write.
 *
 * A send on a session that is not open rejects with `SessionException`, code `WS_SESSION_CLOSED`. A promise that nobody awaits never
 * becomes an unhandled rejection: its failure is counted and published on `wirespring:send.failed`.
 */
export abstract class RemoteEndpoint {
  static readonly [BRAND] = "RemoteEndpoint";

  /** Sends a whole text message. Rejects with `TypeError` for anything but a string. */
  abstract sendText(text: string): Promise<SendOutcome>;

  /**
   * Sends a whole binary message: exactly the bytes of the view, which must not change until the promise has settled. Rejects with
   * `TypeError` for anything else.
   */
  abstract sendBinary(bytes: ArrayBuffer | ArrayBufferView): Promise<SendOutcome>;

  /**
   * Sends a value through the endpoint's encoders, in their order, else as what it is: a string, number, boolean or bigint as text, bytes
   * as binary. Rejects with `EncodeException` when no encoder takes it, with the encoder's own error when that fails; nothing is sent
   * then and the session stays usable. `null` and `undefined` reject with `TypeError`.
   */
  abstract sendObject(value: unknown): Promise<SendOutcome>;

  /** Sends a ping of at most 125 bytes, beyond which it rejects with `RangeError`. */
  abstract sendPing(applicationData?: Uint8Array): Promise<SendOutcome>;

  /** Sends a pong nobody asked for, of at most 125 bytes, beyond which it rejects with `RangeError`. */
  abstract sendPong(applicationData?: Uint8Array): Promise<SendOutcome>;

  /** Bytes that were accepted and that the network has not taken yet; 0 after the end. */
  abstract readonly bufferedAmount: number;
}
