import { decodeFailure } from "../errors.js";

/**
 * Turns text into the scalar types a parameter may have: messages by `message-decoding`, variables of the path by `arguments`. The grammar is
 * strict where JavaScript's own is not: `""`, `" 12 "` and `0x10` are no numbers (T-6).
 */

/** Converts text; throws `DecodeException` for text of another type. Its message never repeats the text. */
export type Conversion = (text: string) => unknown;

// Every quantifier is followed by something it cannot match itself: hostile text of any length takes linear time.
const DECIMAL = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|Infinity|NaN)$/;
const INTEGER = /^[+-]?\d+$/;

/** Gives the conversion to a scalar type; undefined for any other type. */
export function conversionTo(type: unknown): Conversion | undefined {
  return CONVERSIONS.get(type);
}

const CONVERSIONS: ReadonlyMap<unknown, Conversion> = new Map<unknown, Conversion>([
  [String, (text) => text],
  // As Java: everything but "true" is false, never an error.
  [Boolean, (text) => text.toLowerCase() === "true"],
  [Number, (text) => (DECIMAL.test(text) ? Number(text) : refuse(text, "a decimal number"))],
  [BigInt, (text) => (INTEGER.test(text) ? BigInt(text) : refuse(text, "a decimal integer"))],
]);

function refuse(text: string, expected: string): never {
  throw decodeFailure(text, `expected ${expected}, found a text of ${text.length} characters that is none`);
}
