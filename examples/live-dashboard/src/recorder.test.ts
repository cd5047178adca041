import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Recorder } from "./recorder.js";
import type { Sample } from "./sample.js";

describe("Recorder", () => {
  let count: number;
  const sample = (): Sample => ({ at: ++count, cpu: 1, loop: 2, memory: 40, heap: 10 });

  beforeEach(() => {
    count = 0;
    vi.useFakeTimers();
  });

  afterEach(() => vi.useRealTimers());

  it("takes a sample in each interval from its start to its stop, and tells of each", () => {
    const told: number[] = [];
    const recorder = new Recorder(sample, ({ at }) => told.push(at), 1_000);
    vi.advanceTimersByTime(5_000);
    recorder.start();
    vi.advanceTimersByTime(3_000);
    recorder.stop();
    vi.advanceTimersByTime(5_000);
    expect(told).toEqual([1, 2, 3]);
    expect(recorder.samples.map(({ at }) => at)).toEqual(told);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps the latest 120", () => {
    const recorder = new Recorder(sample, () => {}, 1_000);
    recorder.start();
    vi.advanceTimersByTime(130_000);
    recorder.stop();
    expect([recorder.samples.length, recorder.samples[0]?.at, recorder.samples.at(-1)?.at]).toEqual([120, 11, 130]);
  });
});
