import type { UpgradeRequest } from "../handshake-request.js";
import type { Limits } from "../limits.js";
import { Refusal } from "./refusal.js";

/**
 * Judges what can be judged of an upgrade request without asking the application (T01 to T12, T29, T32). The router asks for what holds
 * for every transport, the listener for what makes an HTTP request a WebSocket handshake. Verdicts are data; nothing is written here.
 */

/** The fields of a request that some rule is about, each with all its values in order. */
export interface GateFields {
  readonly count: number;
  /** Bytes of names, values and what is between them. */
  readonly bytes: number;
  readonly contentLength: readonly string[];
  readonly host: readonly string[];
  readonly key: readonly string[];
  readonly origin: readonly string[];
  readonly subprotocol: readonly string[];
  readonly transferEncoding: readonly string[];
  readonly upgrade: readonly string[];
  readonly version: readonly string[];
}

/** What a request that passed asks for. */
export interface Offer {
  /** As sent, several joined; null when there was none. */
  readonly origin: string | null;
  /** In the client's order. */
  readonly subprotocols: readonly string[];
}

/** Real requests have 10 to 30. */
const MAX_FIELDS = 100;

/** A `Map`, so that no name of the peer's reaches a prototype (T28). */
const FIELDS: ReadonlyMap<string, Exclude<keyof GateFields, "count" | "bytes">> = new Map([
  ["content-length", "contentLength"],
  ["host", "host"],
  ["sec-websocket-key", "key"],
  ["origin", "origin"],
  ["sec-websocket-protocol", "subprotocol"],
  ["transfer-encoding", "transferEncoding"],
  ["upgrade", "upgrade"],
  ["sec-websocket-version", "version"],
]);

/** 16 bytes in base64 are 22 characters and two signs of padding. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+;=%-]+)(?::\d{1,5})?$/;
const NOT_ASCII = /[^\t\x20-\x7e]/;
/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

type Collected = { -readonly [Name in keyof GateFields]: GateFields[Name] extends number ? number : string[] };

/** What most requests have of most fields. */
const NONE = Object.freeze([]) as readonly string[] as string[];

/** Collects the fields that the rules are about, as they came: Node joins some that are sent twice, and drops others. */
export function gateFields(request: UpgradeRequest): GateFields {
  const { rawHeaders } = request;
  const found: Collected = {
    count: rawHeaders.length >> 1,
    bytes: 0,
    contentLength: NONE,
    host: NONE,
    key: NONE,
    origin: NONE,
    subprotocol: NONE,
    transferEncoding: NONE,
    upgrade: NONE,
    version: NONE,
  };
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    const value = rawHeaders[index + 1]!;
    found.bytes += name.length + value.length + 4;
    const field = FIELDS.get(name.toLowerCase());
    if (field === undefined) continue;
    if (found[field] === NONE) found[field] = [value];
    else found[field].push(value);
  }
  return found;
}

/**
 * Judges the size of the header block: 431. First of all, because Node lets fields go when there are very many (T07).
 *
 * @param limits The endpoint's.
 */
export function judgeSize(fields: GateFields, limits: Limits): Refusal | undefined {
  return fields.count > MAX_FIELDS || fields.bytes > limits.maxHeaderBytes ? new Refusal(431, "headers") : undefined;
}

/** Judges what RFC 6455 section 4.2.1 asks of a request beyond HTTP: method, `Upgrade`, version, key, in this order. */
export function judgeWebSocket(request: UpgradeRequest, fields: GateFields): Refusal | undefined {
  if (request.method !== "GET") return new Refusal(405, "method", { headers: [["Allow", "GET"]] });
  if (fields.upgrade.length !== 1 || fields.upgrade[0]!.toLowerCase() !== "websocket")
    return new Refusal(426, "upgrade", { headers: [["Upgrade", "websocket"]] });
  // The text, never its number: `0xd` and `1.3e1` are 13, too, and 8 reads another origin header (T06).
  if (fields.version.length !== 1 || fields.version[0] !== "13")
    return new Refusal(426, "version", {
      headers: [
        ["Upgrade", "websocket"],
        ["Sec-WebSocket-Version", "13"],
      ],
    });
  if (fields.key.length !== 1 || !KEY.test(fields.key[0]!)) return new Refusal(400, "key");
  return undefined;
}

/**
 * Judges what holds for every transport: version of HTTP and `Host`, no body, bounded query and subprotocols.
 *
 * @param limits The endpoint's.
 */
export function judgeRequest(
  request: UpgradeRequest,
  fields: GateFields,
  queryString: string | null,
  limits: Limits,
): Offer | Refusal {
  const { host, origin } = fields;
  if (request.httpVersion !== "1.1" || host.length !== 1 || !isHost(host[0]!)) return new Refusal(400, "host");
  // A proxy may take for a body what we would read as frames (T12).
  if (fields.contentLength.length > 0 || fields.transferEncoding.length > 0) return new Refusal(400, "body");
  if (queryString !== null && parameters(queryString) > limits.maxQueryParameters)
    return new Refusal(400, "parameters");
  const subprotocols = parseSubprotocols(fields.subprotocol, limits.maxSubprotocols);
  if (subprotocols === undefined) return new Refusal(400, "subprotocol");
  return { origin: origin.length === 0 ? null : origin.join(", "), subprotocols };
}

/** Also what a guard makes a URL of must be one: `requestURI` would else have another path than the one that was matched. */
function isHost(host: string): boolean {
  if (host === lastHost) return true;
  const isOne = HOST.test(host) && URL.canParse(`ws://${host}`);
  if (isOne) lastHost = host;
  return isOne;
}

/** Most requests name the same one. */
let lastHost: string | undefined;

function parameters(queryString: string): number {
  let count = queryString === "" ? 0 : 1;
  for (let at = queryString.indexOf("&"); at >= 0; at = queryString.indexOf("&", at + 1)) count++;
  return count;
}

/** The names in the client's order; undefined when there are too many, one twice, or something that is no name. */
function parseSubprotocols(values: readonly string[], max: number): readonly string[] | undefined {
  const names = new Set<string>();
  for (const value of values) {
    // `trim` knows more kinds of white space than HTTP does.
    if (NOT_ASCII.test(value)) return undefined;
    for (const part of value.split(",", max + 1)) {
      const name = part.trim();
      if (!TOKEN.test(name) || names.has(name) || names.size === max) return undefined;
      names.add(name);
    }
  }
  return [...names];
}
