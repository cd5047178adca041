import fc from "fast-check";

/** Inputs that are almost kept ones. Used by the fuzzers whose inputs are text. */

/** A kept text with a piece put in, and perhaps something taken out there. */
export function mutated(kept: readonly string[], pieces: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...kept), fc.nat(4_096), fc.nat(6), fc.constantFrom("", ...pieces))
    .map(([text, place, taken, piece]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + piece + text.slice(at + taken);
    });
}
