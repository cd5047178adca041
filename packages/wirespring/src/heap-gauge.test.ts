import { describe, expect, it } from "vitest";
import type { Clock } from "./clock.js";
import { HeapGauge } from "./heap-gauge.js";

function clockAt(time: { now: number }): Clock {
  return { now: () => time.now, wallTime: () => 0, setTimer: () => ({ cancel() {} }) };
}

describe("HeapGauge", () => {
  it("looks once a second, however often it is asked", () => {
    const time = { now: 5_000 };
    const looks = [10, 90, 20];
    const gauge = new HeapGauge(clockAt(time), () => looks.shift()!);
    expect([gauge.usage, gauge.usage]).toEqual([10, 10]);
    time.now += 999;
    expect(gauge.usage).toBe(10);
    time.now += 1;
    expect([gauge.usage, gauge.usage]).toEqual([90, 90]);
    time.now += 10_000;
    expect(gauge.usage).toBe(20);
    expect(looks).toEqual([]);
  });

  it("tells how full this heap is", () => {
    const { usage } = new HeapGauge(clockAt({ now: 0 }));
    expect(usage).toBeGreaterThan(0);
    expect(usage).toBeLessThan(85);
  });
});
