import { isUtf8 } from "node:buffer";
import { describe, expect, it } from "vitest";
import { Utf8Check } from "./utf8-check.js";

/** Whether the check accepts these parts as one message. */
function accepts(check: Utf8Check, ...parts: Uint8Array[]): boolean {
  return parts.every((part, index) => check.accept(part, index === parts.length - 1));
}

describe("Utf8Check", () => {
  const text = Buffer.from("a é € 😀 z");

  it("accepts text cut at any two places (J-54)", () => {
    const check = new Utf8Check();
    for (let first = 0; first <= text.length; first++)
      for (let second = first; second <= text.length; second++)
        expect(
          accepts(check, text.subarray(0, first), text.subarray(first, second), text.subarray(second)),
          `cut at ${first} and ${second}`,
        ).toBe(true);
  });

  it("accepts a character that comes byte by byte, with empty parts between", () => {
    const parts = [...Buffer.from("😀")].flatMap((byte) => [Buffer.of(byte), Buffer.alloc(0)]);
    expect(accepts(new Utf8Check(), ...parts)).toBe(true);
  });

  it.each([
    ["a surrogate (T43)", "eda080"],
    ["an overlong form (T43)", "c080"],
    ["an overlong form of three bytes", "e08080"],
    ["a value beyond U+10FFFF", "f4908080"],
    ["a byte that is never used", "ff"],
    ["a continuation without a lead", "80"],
    ["a lead without its continuation", "c341"],
    ["an unfinished character at the end", "f09f98"],
  ])("refuses %s, however it is cut", (_name, hex) => {
    const bytes = Buffer.from(hex, "hex");
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(accepts(new Utf8Check(), bytes.subarray(0, cut), bytes.subarray(cut)), `cut at ${cut}`).toBe(false);
  });

  it.each(["f490", "eda0", "e080", "f08f", "f4908080", "c0", "f5", "80"])(
    "refuses %s before the rest comes, which could not mend it, however it is cut",
    (hex) => {
      const bytes = Buffer.from(hex, "hex");
      for (let cut = 0; cut <= bytes.length; cut++) {
        const check = new Utf8Check();
        const good = check.accept(Buffer.from("ok"), false) && check.accept(bytes.subarray(0, cut), false);
        expect(good && check.accept(bytes.subarray(cut), false), `cut at ${cut}`).toBe(false);
      }
    },
  );

  it("agrees with Node's check of the whole, for seeded random bytes and cuts", () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const lead = [0x41, 0x80, 0xbf, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5];
    const check = new Utf8Check();
    for (let round = 0; round < 20_000; round++) {
      const bytes = Buffer.from(Array.from({ length: random(8) }, () => lead[random(lead.length)]!));
      const cut = random(bytes.length + 1);
      const verdict = accepts(new Utf8Check(), bytes.subarray(0, cut), bytes.subarray(cut));
      expect(verdict, `${bytes.toString("hex")} cut at ${cut}`).toBe(isUtf8(bytes));
      // One object serves many messages, as long as they are good.
      expect(!verdict || accepts(check, bytes.subarray(0, cut), bytes.subarray(cut))).toBe(true);
    }
  });
});
