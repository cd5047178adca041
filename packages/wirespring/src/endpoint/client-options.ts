import { validateHeaderName, validateHeaderValue, type Agent } from "node:http";
import type { ConnectionOptions, SecureContextOptions } from "node:tls";
import { describe, saidBy } from "../errors.js";
import type { Extension } from "../extension.js";
import { limitsOver } from "../limits.js";
import type { ReceivedResponse } from "../received-response.js";
import { dereference } from "./class-reference.js";
import type { ClassReference, EndpointOptions } from "./endpoint-config.js";
import { COMMON_JUDGES, judgeBy, shown, type Judges } from "./endpoint-options.js";

/**
 * What a client endpoint may be told, its configurator's hooks, and what can be wrong with either. Used by `ClientEndpointConfig.create` and by
 * the model of a client endpoint.
 */

/** What may be said of TLS: what Node takes for a `wss:` connection, but for where it goes. */
export type ClientTlsOptions = SecureContextOptions &
  Pick<ConnectionOptions, "rejectUnauthorized" | "servername" | "checkServerIdentity">;

/** What `@ClientEndpoint` and `ClientEndpointConfig.create` take. */
export interface ClientEndpointOptions extends EndpointOptions {
  /** Subprotocols to offer, the preferred one first. The server may choose none. Default: none. */
  readonly subprotocols?: readonly string[];
  /** Extensions to offer, of which there is `permessage-deflate` (J-186). Default: none. */
  readonly extensions?: readonly Extension[];
  /** A `ClientEndpointConfigurator` subclass, constructed by the container, or an instance. Default: one that does nothing. */
  readonly configurator?: ClassReference<ClientEndpointConfigurator> | ClientEndpointConfigurator;
  /** Further header fields of the request, as `{ Authorization: "Bearer ..." }`. `beforeRequest` sees them. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Certificates and their check, for `wss:`. Default: Node's own (J-187). */
  readonly tls?: ClientTlsOptions;
  /** Makes the connection, through a proxy for instance; an `https.Agent` for `wss:`. Default: a direct one, never shared. */
  readonly agent?: Agent;
  /** Milliseconds until the session must be open, all hooks included, before `@OnOpen`; 1 to 2^31-1. Default 10 000. */
  readonly connectTimeout?: number;
  /** Each session starts with a shallow copy (J-188). Default: empty. */
  readonly userProperties?: ReadonlyMap<string, unknown>;
}

/**
 * The hooks of a client's opening handshake. Extend it, name it in `@ClientEndpoint({ configurator })`; the container constructs it, once for
 * each endpoint. Both hooks may be async, and count into `connectTimeout`; what they throw rejects `connectToServer`.
 *
 * Jakarta's `ClientEndpointConfig.Configurator`.
 */
export class ClientEndpointConfigurator {
  /**
   * Sees the request's header fields before it is sent, and may change them (J-183). Fields of the protocol itself, `Host` and
   * `Sec-WebSocket-Key` for instance, are set afterwards, whatever is in the map. Default: nothing.
   */
  beforeRequest(_headers: Map<string, string[]>): void | Promise<void> {}

  /**
   * Sees the server's answer, also when the handshake was refused (J-184). Without an HTTP answer the status is 0 and there are no headers.
   * Default: nothing.
   */
  afterResponse(_response: ReceivedResponse): void | Promise<void> {}
}

/** Fields that ws and Node set themselves: what else is said of them would be lost. */
export const HANDSHAKE_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "host",
  "sec-websocket-extensions",
  "sec-websocket-key",
  "sec-websocket-protocol",
  "sec-websocket-version",
  "transfer-encoding",
  "upgrade",
]);

const JUDGES: Judges<ClientEndpointOptions> = {
  ...COMMON_JUDGES,
  extensions: judgeExtensions,
  configurator: judgeConfigurator,
  headers: judgeHeaders,
  tls: judgeObject,
  agent: judgeObject,
  connectTimeout(value) {
    try {
      limitsOver({ connectTimeout: 0 }, { connectTimeout: value });
      return undefined;
    } catch (error) {
      return saidBy(error).replace("connectTimeout ", "");
    }
  },
  userProperties: (value) => (value instanceof Map ? undefined : `must be a Map, found ${describe(value)}`),
};

/** Tells everything that is wrong with the options of a client endpoint; the codecs are judged elsewhere. */
export function judgeClientOptions(owner: string, options: ClientEndpointOptions, problems: string[]): void {
  if (typeof options === "object" && options !== null) judgeBy(JUDGES, "ClientEndpoint", owner, options, problems);
  else problems.push(`${owner}: @ClientEndpoint takes an object of options, found ${describe(options)}`);
}

function judgeExtensions(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [`must be an array of extensions, found ${shown(value)}`];
  return value.flatMap((extension: Partial<Extension> | null, index) => {
    if (typeof extension?.name !== "string" || !Array.isArray(extension.parameters))
      return [`[${index}] must be an extension, { name, parameters: [] }, found ${describe(extension)}`];
    if (extension.name !== "permessage-deflate")
      return [`has "${extension.name}", which nobody here can do: the only extension is permessage-deflate`];
    const unknown = extension.parameters.filter(
      ({ name, value: given }) => DEFLATE_PARAMETERS[name]?.test(given) !== true,
    );
    return unknown.map(
      ({ name, value: given }) => `has permessage-deflate with ${name}=${given}, which RFC 7692 does not know`,
    );
  });
}

/** RFC 7692 section 7.1, as offered by a client. */
const DEFLATE_PARAMETERS: Readonly<Record<string, RegExp>> = {
  server_no_context_takeover: /^$/,
  client_no_context_takeover: /^$/,
  server_max_window_bits: /^([89]|1[0-5])$/,
  client_max_window_bits: /^([89]|1[0-5])?$/,
};

/** By the names of the hooks rather than `instanceof`, for a configurator that extends another copy of the package. */
function judgeConfigurator(value: unknown): string | undefined {
  const found = typeof value === "object" && value !== null ? { type: value.constructor, hooks: value } : undefined;
  const { type, problem } =
    found === undefined ? { problem: undefined, ...dereference(value) } : { type: found.type, problem: undefined };
  if (type === undefined) return problem;
  const hooks = (found?.hooks ?? type.prototype) as Partial<Record<string, unknown>>;
  return typeof hooks["beforeRequest"] === "function" && typeof hooks["afterResponse"] === "function"
    ? undefined
    : `is ${type.name}, which does not extend ClientEndpointConfigurator`;
}

function judgeHeaders(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [`must be an object of header fields, found ${shown(value)}`];
  return Object.entries(value).flatMap(([name, field]: [string, unknown]) => {
    if (HANDSHAKE_FIELDS.has(name.toLowerCase()))
      return [`has ${name}, which the handshake sets itself: leave it out${cureOf(name)}`];
    const values = Array.isArray(field) ? field : [field];
    return values.flatMap((each: unknown) => judgeHeader(name, each) ?? []);
  });
}

function cureOf(name: string): string {
  const option = /^sec-websocket-(protocol|extensions)$/i.exec(name)?.[1];
  if (option === undefined) return "";
  return option.toLowerCase() === "protocol" ? ", and say it by subprotocols" : ", and say it by extensions";
}

/** Says what HTTP does not allow in a field of a header, without its value, which may be secret. */
export function judgeHeader(name: string, value: unknown): string | undefined {
  try {
    validateHeaderName(name);
  } catch {
    return `has the field ${JSON.stringify(name)}, which is no name of a header field`;
  }
  if (typeof value !== "string")
    return `has the field ${name}, which must be a string or a list of strings, found ${describe(value)}`;
  try {
    validateHeaderValue(name, value);
    return undefined;
  } catch {
    return `has the field ${name} with a character that HTTP does not allow`;
  }
}

function judgeObject(value: unknown): string | undefined {
  return typeof value === "object" && value !== null ? undefined : `must be an object, found ${shown(value)}`;
}
