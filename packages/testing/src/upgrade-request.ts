import type { IncomingHttpHeaders } from "node:http";
import type { UpgradeRequest } from "wirespring/spi";

/** Says what differs from the request of a well-behaved client. */
export interface UpgradeRequestOptions {
  /** Path and query. Default `/`. */
  readonly path?: string;
  /** Further header fields, names in any case; a list sends the field several times; undefined takes one of the defaults away. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Whether the connection is TLS. Default false. */
  readonly secure?: boolean;
  /** Default `127.0.0.1`. */
  readonly remoteAddress?: string;
}

/** The key of RFC 6455 section 1.2; its answer is `s3pPLMBiTxaQ9kYGzzhZRbK+xOo=`. */
export const RFC_KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/**
 * Writes down the upgrade request of a well-behaved client, for `UpgradeRouter.admit` without a port.
 *
 * Has `Host: localhost` and the fields of RFC 6455, no `Origin` and no cookie.
 */
export function upgradeRequest(options: UpgradeRequestOptions = {}): UpgradeRequest {
  const rawHeaders = headerLines(options.headers ?? {}).flat();
  return {
    method: "GET",
    url: options.path ?? "/",
    httpVersion: "1.1",
    headers: joined(rawHeaders),
    rawHeaders,
    socket: {
      encrypted: options.secure ?? false,
      remoteAddress: options.remoteAddress ?? "127.0.0.1",
      remotePort: 50_000,
      localAddress: "127.0.0.1",
      localPort: options.secure ? 443 : 80,
    },
  };
}

/** Gives name and value of each header line of an upgrade request: the protocol's own, then the given ones, which replace those. */
export function headerLines(
  given: Readonly<Record<string, string | readonly string[] | undefined>>,
  host = "localhost",
): [string, string][] {
  const fields = new Map<string, readonly [string, string | readonly string[] | undefined]>();
  const defaults = {
    Host: host,
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": RFC_KEY,
    "Sec-WebSocket-Version": "13",
  };
  for (const [name, value] of [...Object.entries(defaults), ...Object.entries(given)])
    fields.set(name.toLowerCase(), [name, value]);
  const lines: [string, string][] = [];
  for (const [name, value] of fields.values())
    for (const each of value === undefined ? [] : [value].flat()) lines.push([name, each]);
  return lines;
}

/** Joins fields that came several times as Node's parser does. */
function joined(raw: readonly string[]): IncomingHttpHeaders {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase();
    const value = raw[index + 1]!;
    if (headers[name] === undefined) headers[name] = value;
    else if (name !== "host") headers[name] += `${name === "cookie" ? "; " : ", "}${value}`;
  }
  return headers;
}
