import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "../clock.js";
import type { RefusalReason } from "../diagnostics.js";

/**
 * How an upgrade request is turned down: a value that every stage of the upgrade may give, and the one function that writes it on a raw
 * socket. The text is ours, by reason; nothing of the request ever comes back (T30).
 */

/** What the peer is told. For people with a terminal; programs read the status. */
const BODIES: Readonly<Record<RefusalReason, string>> = {
  address: "There are too many connections from your address.",
  authentication: "This endpoint needs to know who you are.",
  body: "An upgrade request has no body.",
  busy: "Too many handshakes are waiting. Try again later.",
  connections: "This server is full. Try again later.",
  draining: "This server is being stopped. Try again later.",
  encoding: "The path is not well encoded.",
  headers: "There are too many header fields, or they are too large.",
  hook: "The handshake failed.",
  host: "An upgrade request is HTTP/1.1 and has one valid Host.",
  instance: "The handshake failed.",
  internal: "The handshake failed.",
  key: "Sec-WebSocket-Key must be sent once, 16 bytes in base64.",
  memory: "This server is busy. Try again later.",
  method: "An upgrade request is a GET.",
  origin: "This origin may not connect.",
  parameters: "There are too many query parameters.",
  path: "There is no endpoint at this path.",
  principal: "You have too many connections.",
  rate: "There are too many handshakes from your address. Try again later.",
  refused: "This connection was refused.",
  role: "You may not connect to this endpoint.",
  secure: "This endpoint needs a connection over TLS.",
  subprotocol: "Sec-WebSocket-Protocol is not a list of distinct names, or too long.",
  syntax: "This is not an HTTP request that can be read.",
  target: "The request target is not a plain path, or too long.",
  timeout: "The handshake took too long. Try again later.",
  upgrade: "This is a WebSocket endpoint: Upgrade must be websocket.",
  version: "The only Sec-WebSocket-Version is 13.",
};

/** Longest life of a socket after its refusal was written, milliseconds. */
const LINGER = 1_000;

export interface RefusalOptions {
  /** Header lines beside those that describe the body. */
  readonly headers?: Iterable<readonly [string, string]>;
  /** Plain text. Default: a sentence for the reason. */
  readonly body?: string | undefined;
  /** The template of the endpoint that was asked for; undefined when none matched. */
  readonly endpoint?: string | undefined;
}

/** The answer to an upgrade request that does not become a connection. */
export class Refusal {
  readonly status: number;
  /** `abandoned`: nobody is left to be told; not counted as a refusal. */
  readonly reason: RefusalReason | "abandoned";
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  /** The template of the endpoint that was asked for; undefined when none matched. */
  readonly endpoint: string | undefined;

  constructor(status: number, reason: RefusalReason | "abandoned", options: RefusalOptions = {}) {
    this.status = status;
    this.reason = reason;
    this.headers = withRetry(status, [...(options.headers ?? [])]);
    this.body = options.body ?? (reason === "abandoned" ? "" : `${BODIES[reason]}\n`);
    this.endpoint = options.endpoint;
  }

  /** The same answer, known to be an endpoint's. */
  of(endpoint: string): Refusal {
    return new Refusal(this.status, this.reason, { headers: this.headers, body: this.body, endpoint });
  }
}

/** Who is refused for now only is told when to come again, whoever refuses. */
function withRetry(status: number, headers: Refusal["headers"]): Refusal["headers"] {
  const temporary = status === 429 || status === 503;
  if (!temporary || headers.some(([name]) => name.toLowerCase() === "retry-after")) return headers;
  return [...headers, ["Retry-After", "1"]];
}

/**
 * Writes a refusal on a socket that nothing was written to, and ends it: at once for us, after a second at the latest for a peer that
 * keeps its side open. What the peer still sends is thrown away. Never throws.
 */
export function writeRefusal(socket: Duplex, refusal: Refusal, clock: Clock): void {
  if (socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  // The peer may be gone before it has read the answer; there is nobody else to tell.
  socket.on("error", () => socket.destroy());
  const timer = clock.setTimer(() => socket.destroy(), LINGER);
  socket.once("close", () => timer.cancel());
  socket.end(head(refusal) + refusal.body);
  // Read on, so that the peer's own end is seen, and unread bytes do not turn the answer into a reset.
  socket.resume();
}

function head({ status, headers, body }: Refusal): string {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Refused"}`,
    "Connection: close",
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}
