import { COMPRESSION, type Extension, type ExtensionParameter } from "../extension.js";

/**
 * Agrees on permessage-deflate (RFC 7692 section 7.1) with a client's offers, by our own settings: no context takeover on either side, and
 * windows of at most 10 bits. Called by the handshake; what was agreed on is data, for `ws` to be held to.
 */

/** The extension's name on the wire. */
export const DEFLATE_NAME = COMPRESSION[0]!.name;

/** A window of 1 KiB, where the default of 15 bits would be 32 KiB for every stream. */
export const WINDOW_BITS = 10;

/** zlib cannot write into 8. */
const LEAST_BITS = 9;

const SERVER_BITS = "server_max_window_bits";
const CLIENT_BITS = "client_max_window_bits";
const FLAGS = new Set(["server_no_context_takeover", "client_no_context_takeover"]);
const BITS = /^(?:[89]|1[0-5])$/;

/** Takes the first offer that can be had; undefined when none can, and messages are not compressed. */
export function agreeOnDeflate(offers: readonly Extension[]): Extension | undefined {
  for (const { name, parameters } of offers) {
    if (name !== DEFLATE_NAME || !isValid(parameters)) continue;
    const server = Math.min(WINDOW_BITS, Number(valueOf(parameters, SERVER_BITS) ?? WINDOW_BITS));
    if (server < LEAST_BITS) continue;
    const agreed = [
      ...[...FLAGS].map((flag) => parameter(flag)),
      parameter(SERVER_BITS, server),
      ...clientWindow(valueOf(parameters, CLIENT_BITS)),
    ];
    return Object.freeze({ name, parameters: Object.freeze(agreed) });
  }
  return undefined;
}

/** The windows that were agreed on. */
export interface Windows {
  readonly server: number;
  /** Undefined: any. */
  readonly client: number | undefined;
}

/** Gives the windows of an agreement. */
export function windowsOf({ parameters }: Extension): Windows {
  const client = valueOf(parameters, CLIENT_BITS);
  return {
    server: Number(valueOf(parameters, SERVER_BITS)),
    client: client === undefined ? undefined : Number(client),
  };
}

/** Only a client that says it knows the parameter may be asked for a smaller window. */
function clientWindow(offered: string | undefined): readonly ExtensionParameter[] {
  if (offered === undefined) return [];
  return [parameter(CLIENT_BITS, offered === "" ? WINDOW_BITS : Math.min(WINDOW_BITS, Number(offered)))];
}

/** RFC 7692 section 7: an offer with an unknown parameter, one twice, or a value that is none is declined. */
function isValid(parameters: readonly ExtensionParameter[]): boolean {
  const names = new Set(parameters.map(({ name }) => name));
  return names.size === parameters.length && parameters.every(isKnown);
}

function isKnown({ name, value }: ExtensionParameter): boolean {
  if (FLAGS.has(name)) return value === "";
  if (name === CLIENT_BITS) return value === "" || BITS.test(value);
  return name === SERVER_BITS && BITS.test(value);
}

function valueOf(parameters: readonly ExtensionParameter[], name: string): string | undefined {
  return parameters.find((each) => each.name === name)?.value;
}

function parameter(name: string, value: number | "" = ""): ExtensionParameter {
  return Object.freeze({ name, value: String(value) });
}
