import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { BRAND } from "./brand.js";
import type { Principal } from "./principal.js";

/**
 * What the router needs of an HTTP request; Node's `IncomingMessage` has it all, and a test or a fallback can write one down.
 */
export interface UpgradeRequest {
  readonly method?: string | undefined;
  /** The request target as sent: path and query. */
  readonly url?: string | undefined;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as received. */
  readonly rawHeaders: readonly string[];
  readonly socket: {
    readonly encrypted?: boolean;
    readonly remoteAddress?: string | undefined;
    readonly remotePort?: number | undefined;
    readonly localAddress?: string | undefined;
    readonly localPort?: number | undefined;
  };
}

/** Header fields: names in any case, each with all its values in order. Read-only. */
export interface Headers extends Iterable<readonly [string, readonly string[]]> {
  /** All values of a field, undefined when it was not sent. */
  get(name: string): readonly string[] | undefined;
  /** The first value of a field, undefined when it was not sent. */
  first(name: string): string | undefined;
  has(name: string): boolean;
}

/** What the router found out about a request before anybody was asked. */
export interface RequestFacts {
  readonly pathParameters: ReadonlyMap<string, string>;
  /** Text after the `?`, undecoded; null when there is none. */
  readonly queryString: string | null;
  /** The endpoint's `allowedOrigins`, for the default of `checkOrigin`. Default: none. */
  readonly allowedOrigins?: readonly string[];
}

/**
 * Shows the request of an opening handshake, read-only: to `ServerEndpointConfigurator` hooks, to `@OnOpen`, to a constructor.
 * Jakarta's `HandshakeRequest`.
 *
 * `raw` is Node's request until the answer was sent, undefined afterwards; everything else stays.
 */
export class HandshakeRequest {
  static readonly [BRAND] = "HandshakeRequest";
  /** Aborted when the peer leaves, or the time for the handshake is over, before it is answered. */
  readonly signal: AbortSignal;
  /** The variables of the endpoint's path, percent-decoded. */
  readonly pathParameters: ReadonlyMap<string, string>;
  /** Text after the `?`, undecoded; null when there is none. */
  readonly queryString: string | null;
  /** The request target as sent. */
  readonly target: string;
  /** The `Host` header as sent; undefined without one. */
  readonly host: string | undefined;
  /** Whether the connection itself is TLS; false behind a proxy that ends it. */
  readonly isSecure: boolean;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  /** @internal What the endpoint admits beside its own host. */
  readonly allowedOrigins: readonly string[];
  readonly #rawHeaders: readonly string[];
  #raw: UpgradeRequest | undefined;
  #principal: Principal | null = null;
  #headers: Headers | undefined;
  #cookies: ReadonlyMap<string, string> | undefined;
  #query: URLSearchParams | undefined;
  #parameters: ReadonlyMap<string, readonly string[]> | undefined;

  /** @internal Made by the router. */
  constructor(request: UpgradeRequest, facts: RequestFacts, signal: AbortSignal) {
    this.#raw = request;
    this.#rawHeaders = request.rawHeaders;
    this.signal = signal;
    this.pathParameters = facts.pathParameters;
    this.queryString = facts.queryString;
    this.target = request.url ?? "/";
    this.host = request.headers.host;
    this.isSecure = request.socket.encrypted === true;
    this.remoteAddress = request.socket.remoteAddress;
    this.remotePort = request.socket.remotePort;
    this.localAddress = request.socket.localAddress;
    this.localPort = request.socket.localPort;
    this.allowedOrigins = facts.allowedOrigins ?? [];
  }

  /** Node's request while the handshake is not answered yet; undefined afterwards, and where there is none. */
  get raw(): IncomingMessage | undefined {
    return this.#raw as IncomingMessage | undefined;
  }

  get headers(): Headers {
    return (this.#headers ??= new RequestHeaders(this.#rawHeaders));
  }

  /** The cookies of the request, undecoded values without their quotes; the first of a name wins. */
  get cookies(): ReadonlyMap<string, string> {
    return (this.#cookies ??= parseCookies(this.headers.get("cookie") ?? []));
  }

  /** The decoded query. A copy of its own for everybody who asks would cost; treat it as read-only. */
  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.queryString ?? ""));
  }

  /** The query's parameters and the path's variables together (the TCK wants both; `session.requestParameterMap` has the query only). */
  get parameterMap(): ReadonlyMap<string, readonly string[]> {
    if (this.#parameters === undefined) {
      const map = new Map<string, string[]>();
      for (const [name, value] of this.pathParameters) map.set(name, [value]);
      for (const [name, value] of this.query) {
        const values = map.get(name);
        if (values) values.push(value);
        else map.set(name, [value]);
      }
      this.#parameters = map;
    }
    return this.#parameters;
  }

  /** Scheme `ws` or `wss`, host, path and query of this request. */
  get requestURI(): URL {
    return requestURI(this.isSecure, this.host, this.target);
  }

  /** Who `authenticate` said the peer is; null before, and when nobody knows. */
  get userPrincipal(): Principal | null {
    return this.#principal;
  }

  /** Tells whether the principal has a role; false when there is no principal. */
  isUserInRole(role: string): boolean {
    return this.#principal?.isUserInRole?.(role) === true;
  }

  /** @internal Set once, after `authenticate`. */
  identify(principal: Principal | null): void {
    this.#principal = principal;
  }

  /** @internal The answer was sent: lets Node's request go. */
  release(): void {
    this.#raw = undefined;
  }
}

/** Builds the URL of a request from what the client sent; one that no URL can be made of gives `ws://invalid/`. */
export function requestURI(secure: boolean, host: string | undefined, target: string): URL {
  try {
    return new URL(`${secure ? "wss" : "ws"}://${host ?? "localhost"}${target}`);
  } catch {
    // The gate refuses such hosts; a test's request may have one.
    return new URL("ws://invalid/");
  }
}

class RequestHeaders implements Headers {
  readonly #fields = new Map<string, string[]>();

  constructor(raw: readonly string[]) {
    for (let index = 0; index + 1 < raw.length; index += 2) {
      const name = raw[index]!.toLowerCase();
      const values = this.#fields.get(name);
      if (values) values.push(raw[index + 1]!);
      else this.#fields.set(name, [raw[index + 1]!]);
    }
  }

  get(name: string): readonly string[] | undefined {
    return this.#fields.get(name.toLowerCase())?.slice();
  }

  first(name: string): string | undefined {
    return this.#fields.get(name.toLowerCase())?.[0];
  }

  has(name: string): boolean {
    return this.#fields.has(name.toLowerCase());
  }

  *[Symbol.iterator](): Iterator<readonly [string, readonly string[]]> {
    for (const [name, values] of this.#fields) yield [name, values.slice()];
  }
}

function parseCookies(lines: readonly string[]): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of lines.join(";").split(";")) {
    const at = pair.indexOf("=");
    if (at < 0) continue;
    const name = pair.slice(0, at).trim();
    const value = pair.slice(at + 1).trim();
    if (name !== "" && !cookies.has(name)) cookies.set(name, value.replace(/^"(.*)"$/, "$1"));
  }
  return cookies;
}
