import type { DeployedEndpoint, Reservation } from "../deployment/deployed-endpoint.js";
import { IllegalStateError } from "../errors.js";
import type { Extension } from "../extension.js";
import type { HandshakeRequest } from "../handshake-request.js";
import type { Session } from "../session/session.js";
import type { Transport } from "../session/transport.js";
import type { Place } from "./turnstile.js";

/**
 * What a handshake that succeeded gives: the answer to write, and the session that waits for its transport. Made by the handshake, used by
 * whoever has a transport: the ws acceptor, a test, a fallback.
 */
export class Admission {
  readonly endpoint: DeployedEndpoint;
  /** What was agreed on; `""` for none. */
  readonly subprotocol: string;
  /** What was agreed on: `permessage-deflate` or nothing. A transport that cannot compress leaves it out of its answer. */
  readonly extensions: readonly Extension[];
  /** Name and value of each header line that `modifyHandshake` added to the answer. */
  readonly headers: readonly (readonly [string, string])[];
  readonly #request: HandshakeRequest;
  readonly #place: Place | undefined;
  #reservation: Reservation | undefined;
  /** What the session was opened from. */
  #opened: Reservation | undefined;

  /** @internal */
  constructor(
    endpoint: DeployedEndpoint,
    request: HandshakeRequest,
    answer: Pick<Admission, "subprotocol" | "extensions" | "headers">,
    reservation: Reservation,
    place?: Place,
  ) {
    this.endpoint = endpoint;
    this.subprotocol = answer.subprotocol;
    this.extensions = answer.extensions;
    this.headers = answer.headers;
    this.#request = request;
    this.#reservation = reservation;
    this.#place = place;
  }

  /**
   * Starts the session's life on a transport. Throws `IllegalStateError`, code `WS_ADMISSION_USED`, when this admission was opened or
   * abandoned before.
   */
  open(transport: Transport): Session {
    const reservation = this.#take();
    if (reservation === undefined)
      throw new IllegalStateError(
        `an admission to ${this.endpoint.config.path} opens one session only: call admit again for another`,
        "WS_ADMISSION_USED",
      );
    const place = this.#place;
    this.#opened = reservation;
    try {
      return reservation.open(transport, place && (() => place.leave()));
    } catch (error) {
      place?.leave();
      throw error;
    }
  }

  /**
   * Whether the application is at work for the session: `@OnOpen`, a message handler or `@OnClose` runs, or something that has arrived waits
   * for one. False before `open`. For tests, which want to know that nothing comes any more.
   */
  get isBusy(): boolean {
    return this.#opened?.isBusy === true;
  }

  /** There will be no session: what was made for it is disposed, and no handler runs. Does nothing after `open` or a first `abandon`. */
  abandon(): void {
    const reservation = this.#take();
    if (reservation === undefined) return;
    this.#place?.leave();
    reservation.abandon();
  }

  /** One of both calls gets the reservation, once. */
  #take(): Reservation | undefined {
    const reservation = this.#reservation;
    this.#reservation = undefined;
    this.#request.release();
    return reservation;
  }
}
