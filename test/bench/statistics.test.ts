import { describe, expect, it } from "vitest";
import { pairedSummary, percentileOf, summaryOf } from "./statistics.js";

describe("summaryOf", () => {
  it("takes the middle one of an odd number, whatever their order", () => {
    expect(summaryOf([10, 2, 9])).toEqual({ median: 9, least: 2, most: 10, count: 3 });
  });

  it("takes the mean of the two in the middle of an even number", () => {
    expect(summaryOf([4, 1, 100, 2])).toEqual({ median: 3, least: 1, most: 100, count: 4 });
  });

  it("leaves its input as it is", () => {
    const samples = [3, 1, 2];
    summaryOf(samples);
    expect(samples).toEqual([3, 1, 2]);
  });

  it("has nothing to say of nothing", () => {
    expect(summaryOf([])).toBeUndefined();
  });

  it.each([Number.NaN, Infinity])("refuses %s", (wrong) => {
    expect(() => summaryOf([1, wrong])).toThrow(new RangeError(`a sample is ${wrong}, expected a finite number`));
  });
});

describe("percentileOf", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it.each([
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [0.991, 100],
    [1, 100],
  ])("gives for %d of 1 to 100 the sample %d", (share, sample) => {
    expect(percentileOf(hundred, share)).toBe(sample);
  });

  it("gives an only sample for every share, and nothing of nothing", () => {
    expect([0, 0.5, 1].map((share) => percentileOf([7], share))).toEqual([7, 7, 7]);
    expect(percentileOf([], 0.5)).toBeUndefined();
  });
});

describe("pairedSummary", () => {
  it("compares inside a round: a slow round does not change the ratio", () => {
    expect(pairedSummary([10, 100, 20], [5, 50, 5], (one, other) => one / other)).toEqual({
      median: 2,
      least: 2,
      most: 4,
      count: 3,
    });
  });

  it("leaves out rounds in which one side is missing", () => {
    expect(pairedSummary([10, undefined, 30], [5, 5, undefined], (one, other) => one - other)).toEqual({
      median: 5,
      least: 5,
      most: 5,
      count: 1,
    });
    expect(pairedSummary([undefined], [1], (one) => one)).toBeUndefined();
  });
});
