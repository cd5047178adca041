import type { Refusal } from "wirespring/spi";

/**
 * The error of a test whose handshake is refused; expected by many. Thrown by the test application.
 */

/** Tells that an endpoint has refused a client, with the HTTP answer that the client would have got. */
export class HandshakeRefused extends Error {
  override readonly name = "HandshakeRefused";
  /** Of the HTTP answer, as 403. */
  readonly status: number;
  /** The label of the measurements, as `origin`. */
  readonly reason: string;
  /** Of the HTTP answer; names in lower case, each with all its values. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Of the HTTP answer: plain text. */
  readonly body: string;

  /** @internal */
  constructor(path: string, { status, reason, headers, body }: Refusal, said: string, options?: ErrorOptions) {
    super(`the handshake for ${path} was refused with ${status} (${reason}): ${body.trim()}${said}`, options);
    this.status = status;
    this.reason = reason;
    this.headers = headersOf(headers);
    this.body = body;
  }
}

/** Gathers header lines by name, in lower case. */
export function headersOf(lines: Iterable<readonly [string, string]>): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  for (const [name, value] of lines) {
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), value]);
  }
  return headers;
}
