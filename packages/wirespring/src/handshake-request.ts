import type { X509Certificate } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { BRAND } from "./brand.js";
import type { Principal } from "./principal.js";
import { ReadOnlyMap } from "./read-only-map.js";

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
    /** TLS only: whether the certificate of the peer, if it has sent one, was verified. */
    readonly authorized?: boolean;
    /** TLS only. */
    getPeerX509Certificate?(): X509Certificate | undefined;
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

/** Who sent a request, as far as anybody can be believed. */
export interface Peer {
  readonly address: string | undefined;
  /** -1 where nobody knows. */
  readonly port: number;
  readonly isSecure: boolean;
}

/** What the router found out about a request before anybody was asked. */
export interface RequestFacts {
  readonly pathParameters: ReadonlyMap<string, string>;
  /** Text after the `?`, undecoded; null when there is none. */
  readonly queryString: string | null;
  /** The endpoint's `allowedOrigins`, for the default of `checkOrigin`. Default: none. */
  readonly allowedOrigins?: readonly string[];
  /** Who is behind the trusted proxies. Default: whoever has the other end of the socket. */
  readonly peer?: Peer;
}

/**
 * Shows the request of an opening handshake, read-only: to `ServerEndpointConfigurator` hooks, to `@OnOpen`, to a constructor.
 * Jakarta's `HandshakeRequest`.
 *
 * `raw` is Node's request until the answer was sent, undefined afterwards; everything else stays.
 */
export class HandshakeRequest {
  static readonly [BRAND] = "HandshakeRequest";
  /** Names of the fields of an opening handshake (J-178). */
  static readonly SEC_WEBSOCKET_KEY = "Sec-WebSocket-Key";
  static readonly SEC_WEBSOCKET_PROTOCOL = "Sec-WebSocket-Protocol";
  static readonly SEC_WEBSOCKET_VERSION = "Sec-WebSocket-Version";
  static readonly SEC_WEBSOCKET_EXTENSIONS = "Sec-WebSocket-Extensions";
  /** The variables of the endpoint's path, percent-decoded. */
  readonly pathParameters: ReadonlyMap<string, string>;
  /** Text after the `?`, undecoded; null when there is none. */
  readonly queryString: string | null;
  /** The request target as sent. */
  readonly target: string;
  /** The `Host` header as sent; undefined without one. */
  readonly host: string | undefined;
  /** Whether the peer speaks TLS: with us, or with a trusted proxy that says so; false behind any other proxy that ends it. */
  readonly isSecure: boolean;
  /** The address of the peer, or of the proxy in front that is not one of `trustedProxies` (J-177); undefined where there is none. */
  readonly remoteAddress: string | undefined;
  /** The port of the peer; -1 where there is none, and behind a trusted proxy. */
  readonly remotePort: number;
  /** @internal What the endpoint admits beside its own host. */
  readonly allowedOrigins: readonly string[];
  readonly #rawHeaders: readonly string[];
  readonly #signal: AbortSignal | (() => AbortSignal);
  #raw: UpgradeRequest | undefined;
  #principal: Principal | null = null;
  #httpSession: unknown = null;
  /** The request is let go, its socket lives as long as the session. */
  readonly #socket: UpgradeRequest["socket"];
  #certificates: readonly X509Certificate[] | null | undefined;
  #headers: Headers | undefined;
  #cookies: ReadonlyMap<string, string> | undefined;
  #query: URLSearchParams | undefined;
  #parameters: ReadonlyMap<string, readonly string[]> | undefined;

  /** @internal Made by the router. */
  constructor(request: UpgradeRequest, facts: RequestFacts, signal: AbortSignal | (() => AbortSignal)) {
    this.#raw = request;
    this.#rawHeaders = request.rawHeaders;
    this.#signal = signal;
    this.pathParameters = facts.pathParameters;
    this.queryString = facts.queryString;
    this.target = request.url ?? "/";
    this.host = request.headers.host;
    const { peer } = facts;
    this.isSecure = peer === undefined ? request.socket.encrypted === true : peer.isSecure;
    this.remoteAddress = peer === undefined ? request.socket.remoteAddress : peer.address;
    this.remotePort = peer?.port ?? request.socket.remotePort ?? -1;
    this.#socket = request.socket;
    this.allowedOrigins = facts.allowedOrigins ?? [];
  }

  /** Node's request while the handshake is not answered yet; undefined afterwards, and where there is none. */
  get raw(): IncomingMessage | undefined {
    return this.#raw as IncomingMessage | undefined;
  }

  /** Aborted when the peer leaves, or the time for the handshake is over, before it is answered. */
  get signal(): AbortSignal {
    return typeof this.#signal === "function" ? this.#signal() : this.#signal;
  }

  /** The address on which the connection was received; undefined where there is none, and when first asked for after the connection has ended. */
  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  /** The port on which the connection was received; -1 where there is none, and when first asked for after the connection has ended. */
  get localPort(): number {
    return this.#socket.localPort ?? -1;
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
      for (const values of map.values()) Object.freeze(values);
      this.#parameters = new ReadOnlyMap(map);
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

  /**
   * The session of a web framework that this request belongs to, as the exporter's `httpSession` gave it; null without one. Its type is the
   * framework's (J-175).
   */
  get httpSession(): unknown {
    return this.#httpSession;
  }

  /**
   * The verified certificate of a TLS client and those that it has sent to vouch for it, in this order; null when it has sent none, or none
   * that was verified (J-177). Also null when first asked for after the connection has ended.
   */
  get userX509CertificateChain(): readonly X509Certificate[] | null {
    return (this.#certificates ??= certificatesOf(this.#socket));
  }

  /** The peer's address: names are not looked up (J-177). */
  get remoteHostName(): string | undefined {
    return this.remoteAddress;
  }

  /** The address on which the connection was received: names are not looked up (J-177). */
  get localHostName(): string | undefined {
    return this.localAddress;
  }

  /**
   * The language that the peer prefers, from `Accept-Language`, as `de-AT`. Without the header, or with nothing valid in it, this server's
   * own (J-177).
   */
  get locale(): string {
    return preferredLocale(this.headers.get("accept-language") ?? []);
  }

  /** @internal Set once, before `authenticate`. */
  joinHttpSession(session: unknown): void {
    this.#httpSession = session ?? null;
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

function certificatesOf(socket: UpgradeRequest["socket"]): readonly X509Certificate[] | null {
  const chain: X509Certificate[] = [];
  let next = socket.authorized === true ? socket.getPeerX509Certificate?.() : undefined;
  while (next !== undefined && !chain.some(({ fingerprint256 }) => fingerprint256 === next!.fingerprint256)) {
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain.length === 0 ? null : Object.freeze(chain);
}

/** RFC 9110 section 12.5.4: the highest weight, the first of equals. */
function preferredLocale(values: readonly string[]): string {
  let best: { readonly locale: string; readonly weight: number } | undefined;
  for (const range of values.join(",").split(",")) {
    const [tag = "", ...parameters] = range.split(";").map((text) => text.trim());
    const locale = canonicalLocale(tag);
    const weight = weightOf(parameters);
    if (locale !== undefined && weight > (best?.weight ?? 0)) best = { locale, weight };
  }
  return best?.locale ?? new Intl.NumberFormat().resolvedOptions().locale;
}

function weightOf(parameters: readonly string[]): number {
  const text = parameters.find((each) => /^q=/i.test(each))?.slice(2);
  if (text === undefined) return 1;
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 0;
}

/** Undefined for `*`, and for what is no language tag. */
function canonicalLocale(tag: string): string | undefined {
  if (tag === "") return undefined;
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    // The peer's own writing: one range less.
    return undefined;
  }
}

/** @internal Shows names and values in turn, as Node receives them, as header fields. */
export function headersOf(rawHeaders: readonly string[]): Headers {
  return new RequestHeaders(rawHeaders);
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
