import { DecodeException } from "wirespring";
import { describe, expect, it } from "vitest";
import { Reading } from "./reading.js";
import { ReadingDecoder, ReadingEncoder } from "./reading-text.js";
import { Units } from "./units.js";

describe("ReadingDecoder", () => {
  const decoder = new ReadingDecoder(new Units());

  it.each([
    ["21.5 C", 21.5],
    ["-3 C", -3],
    ["+50 F", 10],
  ])("reads %s", (text, celsius) => {
    expect(decoder.willDecode(text)).toBe(true);
    expect(decoder.decode(text)).toEqual(new Reading(celsius));
  });

  it.each(['{"celsius":1}', "", "warm", " 1 C"])("leaves %j to others", (text) => {
    expect(decoder.willDecode(text)).toBe(false);
  });

  it.each(["21.5", "1 C ", "1 c", "1e3 C", "1 C 2 C", "12345 C"])("takes %j and finds it wrong", (text) => {
    expect(decoder.willDecode(text)).toBe(true);
    expect(() => decoder.decode(text)).toThrow(DecodeException);
    expect(() => decoder.decode(text)).toThrow("expected a number and a unit, as 21.5 C");
  });

  it("says which units there are", () => {
    expect(() => decoder.decode("1 R")).toThrow("the unit must be one of C, F, K");
  });
});

describe("ReadingEncoder", () => {
  it.each([21.5, -3, 0])("writes %d as the decoder reads it", (celsius) => {
    const text = new ReadingEncoder().encode(new Reading(celsius));
    expect(new ReadingDecoder(new Units()).decode(text)).toEqual(new Reading(celsius));
  });
});
