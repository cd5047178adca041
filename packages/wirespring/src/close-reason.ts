import { BRAND } from "./brand.js";
import { illegalArgument } from "./errors.js";

/** Holds the close codes of RFC 6455 section 7.4.1 under Jakarta's names. */
export const CloseCodes = Object.freeze({
  NORMAL_CLOSURE: 1000,
  GOING_AWAY: 1001,
  PROTOCOL_ERROR: 1002,
  CANNOT_ACCEPT: 1003,
  RESERVED: 1004,
  NO_STATUS_CODE: 1005,
  CLOSED_ABNORMALLY: 1006,
  NOT_CONSISTENT: 1007,
  VIOLATED_POLICY: 1008,
  TOO_BIG: 1009,
  NO_EXTENSION: 1010,
  UNEXPECTED_CONDITION: 1011,
  SERVICE_RESTART: 1012,
  TRY_AGAIN_LATER: 1013,
  TLS_HANDSHAKE_FAILURE: 1015,
});

/** RFC 6455 section 5.5: a control frame carries at most 125 bytes, two of which are the code. */
const MAX_PHRASE_BYTES = 123;

/**
 * Says why a connection was closed: a code and a short phrase. Jakarta's `CloseReason`, immutable.
 *
 * A phrase over 123 UTF-8 bytes is cut there, on a character border, because a close that throws would leave the connection
 * open (Jakarta throws; a deliberate deviation). Codes from 1000 to 4999 are accepted; anything else is a `RangeError` with code
 * `WS_ILLEGAL_ARGUMENT`.
 */
export class CloseReason {
  static readonly [BRAND] = "CloseReason";
  /** The close code, one of `CloseCodes` or an application's own from 3000 to 4999. */
  readonly code: number;
  /** The phrase, empty when none was given; at most 123 bytes of UTF-8. */
  readonly reasonPhrase: string;

  constructor(code: number, reasonPhrase?: string | null) {
    if (!Number.isInteger(code) || code < 1000 || code > 4999)
      throw illegalArgument(`a close code is a whole number from 1000 to 4999, not ${String(code)}`, RangeError);
    this.code = code;
    this.reasonPhrase = cutPhrase(reasonPhrase ?? "");
  }

  toString(): string {
    return this.reasonPhrase === "" ? `CloseReason[${this.code}]` : `CloseReason[${this.code}, ${this.reasonPhrase}]`;
  }
}

/** Tells whether RFC 6455 section 7.4 lets an endpoint put this code into a close frame. */
export function isSendable(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

function cutPhrase(phrase: string): string {
  // A UTF-16 unit is at most three bytes, so short phrases need no measuring.
  if (phrase.length * 3 <= MAX_PHRASE_BYTES) return phrase;
  const bytes = Buffer.from(phrase);
  if (bytes.length <= MAX_PHRASE_BYTES) return bytes.toString();
  let end = MAX_PHRASE_BYTES;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}

/** Peers that are told to come back are spread over this time, milliseconds. */
const RETRY_SPREAD = 5_000;

/** A reason to come back later, with a `retry=<ms>` that differs from peer to peer. */
export function retryLater(code: number): CloseReason {
  return new CloseReason(code, `retry=${1_000 + Math.floor(Math.random() * RETRY_SPREAD)}`);
}
