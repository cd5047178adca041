// Before anything of tsyringe, which needs the metadata that wirespring brings along.
import "wirespring";
import { describe, expect, it } from "vitest";
import { Units } from "./units.js";

describe("Units", () => {
  it.each([
    [21.5, "C", 21.5],
    [212, "F", 100],
    [70, "F", 21.11],
    [0, "K", -273.15],
    [1, "R", undefined],
    [1, "c", undefined],
  ])("makes of %d %s: %s", (value, unit, celsius) => {
    expect(new Units().celsius(value, unit)).toBe(celsius);
  });

  it("names what it knows", () => {
    expect(new Units().names).toBe("C, F, K");
  });
});
