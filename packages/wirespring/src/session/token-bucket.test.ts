import { describe, expect, it } from "vitest";
import { TokenBucket } from "./token-bucket.js";

describe("TokenBucket", () => {
  it("gives its burst at once, then one for each part of a second", () => {
    const bucket = new TokenBucket(10, 5, 1_000);
    expect(Array.from({ length: 6 }, () => bucket.take(1_000))).toEqual([true, true, true, true, true, false]);
    // The one that was taken without being there is owed.
    expect([bucket.take(1_100), bucket.take(1_300), bucket.take(1_300)]).toEqual([false, true, false]);
  });

  it("never holds more than its burst", () => {
    const bucket = new TokenBucket(10, 5, 0);
    expect(Array.from({ length: 6 }, () => bucket.take(1_000_000)).filter(Boolean)).toHaveLength(5);
  });

  it("tells how long it takes until there is a token", () => {
    const bucket = new TokenBucket(10, 1, 0);
    expect(bucket.wait(0)).toBe(0);
    bucket.take(0);
    expect([bucket.wait(0), bucket.wait(40), bucket.wait(100)]).toEqual([100, 60, 0]);
    const slow = new TokenBucket(1, 1, 0);
    slow.take(0);
    slow.take(0);
    expect(slow.wait(0)).toBe(2_000);
  });

  it("owes one token at most, however many were taken", () => {
    const bucket = new TokenBucket(10, 5, 0);
    for (let count = 0; count < 1_000; count++) bucket.take(0);
    expect(bucket.wait(0)).toBe(200);
    expect([bucket.take(100), bucket.take(300)]).toEqual([false, true]);
  });

  it("waits no less than it says, also with rates that do not divide", () => {
    for (const rate of [3, 7, 33, 999]) {
      const bucket = new TokenBucket(rate, 1, 0);
      bucket.take(0);
      expect(bucket.wait(bucket.wait(0))).toBe(0);
    }
  });

  it("is half full when the peer has left some time unused", () => {
    const bucket = new TokenBucket(10, 10, 0);
    for (let count = 0; count < 6; count++) bucket.take(0);
    expect(bucket.isHalfFull).toBe(false);
    bucket.wait(100);
    expect(bucket.isHalfFull).toBe(true);
  });
});
