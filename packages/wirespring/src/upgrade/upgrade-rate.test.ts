import { describe, expect, it } from "vitest";
import { UpgradeRate } from "./upgrade-rate.js";

describe("UpgradeRate", () => {
  it("lets a burst through, then so many a second, and says how long to wait", () => {
    const rate = new UpgradeRate(2, 3, 10);
    const at = (now: number) => rate.take("192.0.2.1", now);
    expect([at(0), at(0), at(0), at(0), at(0)]).toEqual([0, 0, 0, 500, 500]);
    expect([at(250), at(500), at(500)]).toEqual([250, 0, 500]);
    expect([at(60_000), at(60_000), at(60_000), at(60_000)]).toEqual([0, 0, 0, 500]);
  });

  it("does not charge what it refuses", () => {
    const rate = new UpgradeRate(1, 1, 10);
    expect(rate.take("192.0.2.1", 0)).toBe(0);
    for (let now = 0; now < 1_000; now += 10) expect(rate.take("192.0.2.1", now)).toBeGreaterThan(0);
    expect(rate.take("192.0.2.1", 1_000)).toBe(0);
  });

  it("counts a network of IPv6 as one peer, and others by themselves", () => {
    const rate = new UpgradeRate(1, 1, 10);
    expect(rate.take("2001:db8::1", 0)).toBe(0);
    expect(rate.take("2001:db8::2", 0)).toBeGreaterThan(0);
    expect(rate.take("2001:db8:0:1::2", 0)).toBe(0);
    expect(rate.take("192.0.2.1", 0)).toBe(0);
    expect(rate.take("::ffff:192.0.2.1", 0)).toBeGreaterThan(0);
    expect(rate.size).toBe(3);
  });

  it("remembers no more peers than it may, and those that came last", () => {
    const rate = new UpgradeRate(1, 1, 4);
    const taken = (last: number): boolean => rate.take(`10.0.0.${last}`, 0) === 0;
    expect([1, 2, 3, 1, 4].map(taken)).toEqual([true, true, true, false, true]);
    // 1 came again after 2, so 2 was forgotten, and 1 was not.
    expect([rate.size, taken(1), taken(2)]).toEqual([3, false, true]);
    expect(rate.size).toBeLessThanOrEqual(4);
  });

  it("stays at its size under a flood of addresses (T24)", () => {
    const rate = new UpgradeRate(1, 1, 1_000);
    let largest = 0;
    for (let index = 0; index < 10_000; index++) {
      rate.take(`10.0.${index >> 8}.${index & 255}`, 0);
      largest = Math.max(largest, rate.size);
    }
    expect(largest).toBe(1_000);
  });
});
