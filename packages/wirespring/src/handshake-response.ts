import { validateHeaderName, validateHeaderValue } from "node:http";
import { illegalArgument, IllegalStateError } from "./errors.js";
import type { Headers } from "./handshake-request.js";

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
 * The header fields of an answer: names in any case, each with all its values. Those that the protocol decides are there and stay as they
 * are: `set`, `add` and `delete` have no effect on them, so that copying all fields of the request is harmless (J-166).
 */
export class ResponseHeaders implements Headers {
  readonly #fields = new Map<string, Field>();
  readonly #mandatory: () => Iterable<readonly [string, string]>;

  /** @internal `mandatory`: the protocol's own fields, as far as they are known when somebody looks. */
  constructor(mandatory: () => Iterable<readonly [string, string]>) {
    this.#mandatory = mandatory;
  }

  /** All values of a field, undefined when it has none. */
  get(name: string): readonly string[] | undefined {
    return (this.#fields.get(name.toLowerCase()) ?? this.#own(name))?.values.slice();
  }

  /** The first value of a field, undefined when it has none. */
  first(name: string): string | undefined {
    return this.get(name)?.[0];
  }

  /** Tells whether a field has a value. */
  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Replaces all values of a field. Throws `TypeError` for a name or value that HTTP does not allow (T30). */
  set(name: string, value: string | readonly string[]): void {
    const values = check(name, value);
    if (!PROTECTED.has(name.toLowerCase())) this.#fields.set(name.toLowerCase(), { name, values });
  }

  /** Adds values to a field. Throws as `set`. */
  add(name: string, value: string | readonly string[]): void {
    const values = check(name, value);
    if (PROTECTED.has(name.toLowerCase())) return;
    const field = this.#fields.get(name.toLowerCase());
    if (field) field.values.push(...values);
    else this.#fields.set(name.toLowerCase(), { name, values });
  }

  /** Takes a field away; tells whether it was there. */
  delete(name: string): boolean {
    return this.#fields.delete(name.toLowerCase());
  }

  /** Name and values of each field, the protocol's own first. */
  *[Symbol.iterator](): Iterator<readonly [string, readonly string[]]> {
    for (const [name, value] of this.#mandatory()) yield [name, [value]];
    for (const { name, values } of this.#fields.values()) yield [name, values.slice()];
  }

  /** @internal Name and value of each line that the application has added. */
  *lines(): Iterable<readonly [string, string]> {
    for (const { name, values } of this.#fields.values()) for (const value of values) yield [name, value];
  }

  #own(name: string): Field | undefined {
    for (const [own, value] of this.#mandatory())
      if (own.toLowerCase() === name.toLowerCase()) return { name: own, values: [value] };
    return undefined;
  }
}

interface Field {
  readonly name: string;
  readonly values: string[];
}

/**
 * What the handshake will be answered with, for `modifyHandshake`. Jakarta's `HandshakeResponse`, with `refuse` added.
 *
 * Names are case-insensitive. Fields of the protocol itself, `Upgrade` or `Sec-WebSocket-Accept` for instance, are set by the container; setting them has no
 * effect, so that copying all request headers is harmless (J-166). A value that HTTP forbids throws `TypeError` (T30).
 */
export class HandshakeResponse {
  /** Name of the field that proves that the server has understood the request (J-178). */
  static readonly SEC_WEBSOCKET_ACCEPT = "Sec-WebSocket-Accept";
  /** All fields of the answer, those of the protocol included. */
  readonly headers: ResponseHeaders;
  #refusal: HandshakeRefusal | undefined;

  /** @internal Made by the handshake. */
  constructor(mandatory: () => Iterable<readonly [string, string]> = () => []) {
    this.headers = new ResponseHeaders(mandatory);
  }

  /** Replaces all values of a field. Throws `TypeError` for a name or value that HTTP does not allow. */
  setHeader(name: string, value: string | readonly string[]): void {
    this.headers.set(name, value);
  }

  /** Adds a value to a field. Throws as `setHeader`. */
  addHeader(name: string, value: string | readonly string[]): void {
    this.headers.add(name, value);
  }

  /** Takes a field away. */
  removeHeader(name: string): void {
    this.headers.delete(name);
  }

  /** The values of a field, undefined when it has none. */
  getHeader(name: string): readonly string[] | undefined {
    return this.headers.get(name);
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

  /** @internal Name and value of each line to send beside the protocol's own. */
  lines(): Iterable<readonly [string, string]> {
    return this.headers.lines();
  }
}

function check(name: string, value: string | readonly string[]): string[] {
  validateHeaderName(name);
  const values = typeof value === "string" ? [value] : [...value];
  for (const each of values) validateHeaderValue(name, each);
  return values;
}
