import { validateHeaderName, validateHeaderValue } from "node:http";
import { illegalArgument, IllegalStateError } from "./errors.js";

/** Fields that RFC 6455 section 4.2.2 or the message framing decide; nobody else may. */
const PROTECTED = new Set([
  "connection",
  "content-length",
  "sec-websocket-accept",
  "sec-websocket-extensions",
  "sec-websocket-protocol",
  "sec-websocket-version",
  "transfer-encoding",
  "upgrade",
]);

/** How `modifyHandshake` refused; a plain value that the router answers with. */
export interface HandshakeRefusal {
  readonly status: number;
  readonly reason: string | undefined;
}

/**
 * What the handshake will be answered with, for `modifyHandshake`. Jakarta's `HandshakeResponse`, with `refuse` added.
 *
 * Names are case-insensitive. Fields of the protocol itself, `Upgrade` or `Sec-WebSocket-Accept` for instance, are set by the container; setting them has no
 * effect, so that copying all request headers is harmless (J-166). A value that HTTP forbids throws `TypeError` (T30).
 */
export class HandshakeResponse {
  readonly #fields = new Map<string, { readonly name: string; values: string[] }>();
  #refusal: HandshakeRefusal | undefined;

  /** Replaces all values of a field. Throws `TypeError` for a name or value that HTTP does not allow. */
  setHeader(name: string, value: string | readonly string[]): void {
    const values = check(name, value);
    if (!PROTECTED.has(name.toLowerCase())) this.#fields.set(name.toLowerCase(), { name, values });
  }

  /** Adds a value to a field. Throws as `setHeader`. */
  addHeader(name: string, value: string | readonly string[]): void {
    const values = check(name, value);
    if (PROTECTED.has(name.toLowerCase())) return;
    const field = this.#fields.get(name.toLowerCase());
    if (field) field.values.push(...values);
    else this.#fields.set(name.toLowerCase(), { name, values });
  }

  /** Takes a field away. */
  removeHeader(name: string): void {
    this.#fields.delete(name.toLowerCase());
  }

  /** The values of a field that was set, undefined otherwise. */
  getHeader(name: string): readonly string[] | undefined {
    return this.#fields.get(name.toLowerCase())?.values.slice();
  }

  /**
   * Refuses the connection with an HTTP status from 300 to 599, with the headers set so far.
   *
   * @param reason Plain text for the body; default: the status's standard phrase.
   */
  refuse(status: number, reason?: string): void {
    if (!Number.isInteger(status) || status < 300 || status > 599)
      throw illegalArgument(`refuse() takes an HTTP status from 300 to 599, found ${String(status)}`, RangeError);
    if (this.#refusal) throw new IllegalStateError("this handshake was refused already", "WS_HANDSHAKE_REFUSED");
    this.#refusal = { status, reason };
  }

  /** @internal */
  get refusal(): HandshakeRefusal | undefined {
    return this.#refusal;
  }

  /** @internal Name and value of each line to send. */
  *lines(): Iterable<readonly [string, string]> {
    for (const { name, values } of this.#fields.values()) for (const value of values) yield [name, value];
  }
}

function check(name: string, value: string | readonly string[]): string[] {
  validateHeaderName(name);
  const values = typeof value === "string" ? [value] : [...value];
  for (const each of values) validateHeaderValue(name, each);
  return values;
}
