import { PathParameters } from "../path-parameters.js";
import type { Clock } from "../clock.js";
import type { Diagnostics } from "../diagnostics.js";
import type { ClientEndpointConfig } from "../endpoint/client-endpoint-config.js";
import { HANDSHAKE_FIELDS, judgeHeader } from "../endpoint/client-options.js";
import {
  asError,
  ConnectException,
  DeploymentException,
  describe,
  illegalArgument,
  saidBy,
  deploymentFailure,
} from "../errors.js";
import { formatExtensions, parseExtensions, type Extension } from "../extension.js";
import { HandshakeRequest } from "../handshake-request.js";
import { ReceivedResponse } from "../received-response.js";
import type { Transport } from "../session/transport.js";
import { isThenable, settled } from "../thenable.js";
import type { Dial, DialAnswer, DialRequest } from "./dial.js";

/**
 * The opening handshake of a client: asks the configurator, then the server, then the configurator again, and says in our words what went
 * wrong. Run by the connector, which ends it by its signal and says what dials.
 */

/** What a client's handshake needs. */
export interface HandshakeCall {
  /** As error messages and measurements call the endpoint. */
  readonly label: string;
  readonly url: URL;
  readonly config: ClientEndpointConfig;
  readonly dial: Dial;
  readonly closeTimeout: number;
  readonly maxInflation: number;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly signal: AbortSignal;
}

/** What both sides have agreed on. */
export interface Agreement {
  /** Held: it gives nothing before it has a listener. */
  readonly transport: Transport;
  /** What was sent, as the session's properties show it. */
  readonly request: HandshakeRequest;
  readonly subprotocol: string;
  readonly extensions: readonly Extension[];
}

type Headers = Record<string, string[]>;

/** Rejects as `connectToServer` says; then nothing is left open. */
export async function shakeHands(call: HandshakeCall): Promise<Agreement> {
  const { url, config, signal } = call;
  const headers = await requestHeaders(call);
  const { subprotocols, extensions, tls, agent } = config;
  const request: DialRequest = { ...call, url, headers, subprotocols, extensions, tls, agent };
  let answer: DialAnswer;
  signal.throwIfAborted();
  try {
    answer = await call.dial(request);
  } catch (error) {
    await tellResponse(call, new ReceivedResponse(0, []), true);
    signal.throwIfAborted();
    throw new ConnectException(`${call.label}: no connection to ${shown(url)}: ${saidBy(error)}`, undefined, {
      cause: error,
    });
  }
  const response = new ReceivedResponse(answer.status, answer.rawHeaders);
  if (answer.transport === undefined) {
    await tellResponse(call, response, true);
    throw refused(call, answer.problem, response);
  }
  const { transport, subprotocol } = answer;
  try {
    await tellResponse(call, response, false);
    signal.throwIfAborted();
  } catch (error) {
    transport.terminate();
    throw error;
  }
  const agreed = parseExtensions(response.headers.get("sec-websocket-extensions") ?? []) ?? [];
  return { transport, request: sentRequest(url, headers), subprotocol, extensions: agreed };
}

/** Everything that `beforeRequest` leaves in its map, but for the fields of the protocol itself. */
async function requestHeaders({ label, url, config, signal }: HandshakeCall): Promise<Headers> {
  const map = new Map<string, string[]>();
  map.set("Host", [url.host]);
  map.set("Upgrade", ["websocket"]);
  map.set("Connection", ["Upgrade"]);
  map.set("Sec-WebSocket-Version", ["13"]);
  if (config.subprotocols.length > 0) map.set("Sec-WebSocket-Protocol", [...config.subprotocols]);
  if (config.extensions.length > 0) map.set("Sec-WebSocket-Extensions", [formatExtensions(config.extensions)]);
  for (const [name, value] of Object.entries(config.headers)) map.set(name, [value].flat() as string[]);
  const { configurator } = config;
  await untilAborted(configurator?.beforeRequest(map), signal);
  const headers: Headers = {};
  const names = new Map<string, string>();
  for (const [name, values] of map) {
    if (HANDSHAKE_FIELDS.has(String(name).toLowerCase())) continue;
    const list: readonly unknown[] = Array.isArray(values) ? values : [values];
    const problem = list.map((value) => judgeHeader(name, value)).find((each) => each !== undefined);
    if (problem !== undefined)
      throw deploymentFailure(`${label}: the map of ${configurator?.constructor.name}.beforeRequest ${problem}`);
    // HTTP does not tell names in different case apart.
    const known = names.get(name.toLowerCase()) ?? name;
    names.set(name.toLowerCase(), known);
    headers[known] = [...(headers[known] ?? []), ...(list as string[])];
  }
  return headers;
}

/** `failed`: there will be no session, and that is what the caller is told of; an error of the hook is reported. */
async function tellResponse(call: HandshakeCall, response: ReceivedResponse, failed: boolean): Promise<void> {
  try {
    await untilAborted(call.config.configurator?.afterResponse(response), call.signal);
  } catch (error) {
    if (!failed) throw error;
    if (error !== call.signal.reason) call.diagnostics.error("afterResponse", asError(error), false, call.label);
  }
}

/** Waits for application code, but not longer than anybody wants the result. */
async function untilAborted(work: unknown, signal: AbortSignal): Promise<void> {
  if (!isThenable(work)) return;
  const done = settled(work);
  let abort!: () => void;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
  try {
    await Promise.race([done, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function refused({ label, url }: HandshakeCall, problem: string, { status }: ReceivedResponse): DeploymentException {
  const what =
    status === 101
      ? `answered the handshake wrongly: ${problem}`
      : `refused the handshake with HTTP ${status}${status >= 300 && status < 400 ? ": redirects are not followed" : ""}`;
  return deploymentFailure(`${label}: ${shown(url)} ${what}`, { status });
}

/** Without the query, which may have a secret in it. */
function shown(url: URL): string {
  return `${url.origin === "null" ? `${url.protocol}//${url.host}` : url.origin}${url.pathname}`;
}

function sentRequest(url: URL, headers: Headers): HandshakeRequest {
  const rawHeaders = ["Host", url.host];
  for (const [name, values] of Object.entries(headers)) for (const value of values) rawHeaders.push(name, value);
  const request = {
    method: "GET",
    url: url.pathname + url.search,
    httpVersion: "1.1",
    headers: { host: url.host },
    rawHeaders,
    socket: { encrypted: url.protocol === "wss:" },
  };
  const queryString = url.search === "" ? null : url.search.slice(1);
  return new HandshakeRequest(
    request,
    { pathParameters: PathParameters.none, queryString },
    new AbortController().signal,
  );
}

/** Reads the address of a server. Throws `TypeError`, code `WS_ILLEGAL_ARGUMENT`, that says what is wrong with it. */
export function serverAddress(uri: unknown): URL {
  if (typeof uri !== "string" && !(uri instanceof URL)) throw badUri(`found ${describe(uri)}`);
  if (!URL.canParse(String(uri))) throw badUri("found text that is no absolute URI");
  const url = new URL(String(uri));
  if (url.protocol !== "ws:" && url.protocol !== "wss:") throw badUri(`found the scheme ${url.protocol}`);
  if (url.username !== "" || url.password !== "") throw badUri("found a user: say who you are by headers");
  if (url.hash !== "") throw badUri("found a fragment, which no server would see");
  return url;
}

function badUri(found: string): Error {
  return illegalArgument(`connectToServer takes a URI as "wss://host/path", ${found}`);
}
