import { describe, expect, it } from "vitest";
import { cpuBetween, type CpuReading } from "./process-readings.js";

const reading = (threads: Record<string, number>, ticks: number): CpuReading => ({
  threads: new Map(Object.entries(threads)),
  ticks,
});

describe("cpuBetween", () => {
  it("adds the nanoseconds of all threads, new ones too", () => {
    const from = reading({ 1: 5_000, 2: 1_000 }, 100);
    expect(cpuBetween(from, reading({ 1: 9_000, 2: 1_500, 3: 500 }, 100))).toBe(5);
  });

  it("takes the ticks when a thread has ended, whose nanoseconds are lost", () => {
    expect(cpuBetween(reading({ 1: 5_000, 2: 1_000 }, 100), reading({ 1: 9_000 }, 103))).toBe(30_000);
  });

  it("does not know without a reading", () => {
    expect(cpuBetween(undefined, reading({}, 0))).toBeUndefined();
    expect(cpuBetween(reading({}, 0), undefined)).toBeUndefined();
  });
});
