import { describe, expect, it } from "vitest";
import { DecodeException } from "../errors.js";
import { conversionTo } from "./conversion.js";

function convert(type: unknown, text: string): unknown {
  return conversionTo(type)!(text);
}

describe("conversionTo", () => {
  it.each<[unknown, string, unknown]>([
    [String, "", ""],
    [String, " x ", " x "],
    [Boolean, "true", true],
    [Boolean, "TRUE", true],
    [Boolean, "false", false],
    [Boolean, "yes", false],
    [Boolean, "", false],
    [Number, "0", 0],
    [Number, "-105", -105],
    [Number, "+7", 7],
    [Number, "1.5", 1.5],
    [Number, "5.", 5],
    [Number, ".5", 0.5],
    [Number, "-1.234567888E7", -12345678.88],
    [Number, "4.9E-324", 5e-324],
    [Number, "1e999", Infinity],
    [Number, "-Infinity", -Infinity],
    [Number, "NaN", NaN],
    [BigInt, "9223372036854775807", 9223372036854775807n],
    [BigInt, "-5", -5n],
    [BigInt, "+5", 5n],
  ])("%o takes %j (J-51, T-6)", (type, text, value) => {
    expect(convert(type, text)).toBe(value);
  });

  it.each<[unknown, string]>([
    [Number, ""],
    [Number, " "],
    [Number, " 12 "],
    [Number, "12\n"],
    [Number, "0x10"],
    [Number, "1_000"],
    [Number, "1,5"],
    [Number, "."],
    [Number, "e5"],
    [Number, "1e"],
    [Number, "infinity"],
    [Number, "12f"],
    [Number, "٣"],
    [BigInt, ""],
    [BigInt, "12.5"],
    [BigInt, "1n"],
    [BigInt, "0x10"],
    [BigInt, " 1"],
  ])("%o refuses %j with the text, which the message does not repeat (J-52)", (type, text) => {
    let thrown: unknown;
    try {
      convert(type, text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(DecodeException);
    expect(thrown).toMatchObject({ text, bytes: undefined });
    expect((thrown as Error).message).toBe(
      `expected a decimal ${type === Number ? "number" : "integer"}, found a text of ${text.length} characters that is none [WS_DECODE_FAILED]`,
    );
  });

  it("refuses long hostile text without backtracking", () => {
    // Quadratic matching of this would take minutes, and time the test out.
    const digits = "1".repeat(1_000_000);
    expect(() => convert(Number, `${digits}x`)).toThrow(DecodeException);
    expect(() => convert(Number, `${digits}.${digits}e${digits}x`)).toThrow(DecodeException);
    expect(() => convert(BigInt, `${digits}x`)).toThrow(DecodeException);
  });

  it("knows no other type", () => {
    expect([Object, Date, undefined, Symbol].map(conversionTo)).toEqual([undefined, undefined, undefined, undefined]);
  });
});
