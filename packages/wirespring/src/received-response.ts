import { headersOf, type Headers } from "./handshake-request.js";

/** What a server has answered to a client's opening handshake, for `afterResponse`. Read-only; Jakarta's `HandshakeResponse` on clients. */
export class ReceivedResponse {
  /** The HTTP status: 101 when the server has agreed; 0 when there was no HTTP answer at all. */
  readonly status: number;
  /** The header fields as received; none without an answer. */
  readonly headers: Headers;

  /** @internal `rawHeaders`: names and values in turn. */
  constructor(status: number, rawHeaders: readonly string[]) {
    this.status = status;
    this.headers = headersOf(rawHeaders);
    Object.freeze(this);
  }
}
