import { describe, expect, it } from "vitest";
import { compared, rate, short, spread } from "./figures.js";

describe("short", () => {
  it.each([
    [0, "0.00"],
    [0.0214, "0.021"],
    [0.97, "0.97"],
    [7.066, "7.07"],
    [27.93, "27.9"],
    [1234.5, "1,235"],
    [-250.4, "-250"],
  ])("writes %d as %s", (value, text) => {
    expect(short(value)).toBe(text);
  });
});

describe("rate", () => {
  it.each([
    [950, "950"],
    [126_400, "126 k"],
    [2_684_000, "2.68 M"],
  ])("writes %d as %s", (value, text) => {
    expect(rate(value)).toBe(text);
  });
});

describe("compared", () => {
  it("has the unit of its metric", () => {
    expect(compared(1.28, "cpu")).toBe("1.28");
    expect(compared(0.02, "acknowledged")).toBe("0.020");
    expect(compared(612.2, "memory")).toBe("+612 B");
    expect(compared(-44, "memory")).toBe("-44.0 B");
    expect(compared(3.1e6, "rate")).toBe("3.10 M/s");
  });
});

describe("spread", () => {
  it("says the median, then least and most", () => {
    expect(spread({ median: 2, least: 1, most: 3, count: 5 }, String)).toBe("2 (1..3)");
  });

  it("says one sample alone, and nothing with a dash", () => {
    expect(spread({ median: 2, least: 2, most: 2, count: 1 }, String)).toBe("2");
    expect(spread(undefined, String)).toBe("-");
  });
});
