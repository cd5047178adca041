/**
 * Compares the `Origin` of a handshake (RFC 6454) with the host it was sent to and the origins that an endpoint admits. Called by the
 * handshake and by `ServerEndpointConfigurator.checkOrigin`; calls nothing.
 */

/** What the comparison needs to know of a request; `HandshakeRequest` has it. */
export interface OriginFacts {
  /** The `Host` header as sent. */
  readonly host: string | undefined;
  /** Whether the connection itself is TLS. */
  readonly isSecure: boolean;
  /** The endpoint's `allowedOrigins`. */
  readonly allowedOrigins: readonly string[];
  readonly headers: { has(name: string): boolean };
}

/** Scheme, host and port of one origin; user information, a path or a second origin does not fit. */
const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/;

const DEFAULT_PORTS: ReadonlyMap<string, string> = new Map([
  ["http", "80"],
  ["https", "443"],
]);

/**
 * Tells whether a page of this origin may connect: one of the host that was connected to, whatever its scheme, or one that is listed.
 *
 * `null` never may (T26). Without the header the peer is no browser, unless it sends cookies.
 *
 * @param origin The `Origin` header's value; null when it was not sent.
 */
export function admitsOrigin(origin: string | null, facts: OriginFacts): boolean {
  const { allowedOrigins } = facts;
  const all = allowedOrigins.includes("*");
  if (origin === null) return all || !facts.headers.has("cookie");
  // Two headers arrive joined (T11); a browser sends exactly one.
  if (origin === "null" || origin === "" || origin.includes(",")) return false;
  if (all) return true;
  const serialised = serialise(origin);
  if (allowedOrigins.some((allowed) => serialise(allowed) === serialised)) return true;
  return sameHost(serialised, facts);
}

/** Lower case and without the scheme's default port; what is no origin of that form stays as it is, so that it can be listed exactly. */
function serialise(origin: string): string {
  const match = ORIGIN.exec(origin.toLowerCase());
  if (match === null) return origin;
  const [, scheme, host, port] = match as unknown as [string, string, string, string | undefined];
  return port === undefined || DEFAULT_PORTS.get(scheme) === port
    ? `${scheme}://${host}`
    : `${scheme}://${host}:${port}`;
}

/**
 * Host and port must be equal, the scheme need not: behind a proxy that ends TLS, an `https` page is the same host's. A port that is the
 * connection's default counts as none.
 */
function sameHost(origin: string, { host, isSecure }: OriginFacts): boolean {
  const from = /^https?:\/\/([^/?#@\s]+)$/.exec(origin)?.[1];
  if (from === undefined || host === undefined) return false;
  const suffix = isSecure ? ":443" : ":80";
  const to = host.toLowerCase();
  return from === (to.endsWith(suffix) ? to.slice(0, -suffix.length) : to);
}
