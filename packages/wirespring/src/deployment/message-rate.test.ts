import { describe, expect, it } from "vitest";
import type { CloseReason } from "../close-reason.js";
import { JumpingClock } from "../jumping-clock.test.fixture.js";
import { InputHolds } from "../session/input-holds.js";
import type { Transport } from "../session/transport.js";
import { MessageRate } from "./message-rate.js";

function start(limits: { messageRate: number; messageBurst?: number; messageRateTimeout?: number }) {
  const clock = new JumpingClock();
  const broken: string[] = [];
  let paused = false;
  const holds = new InputHolds(clock);
  holds.transport = { pause: () => (paused = true), resume: () => (paused = false) } as unknown as Transport;
  const all = { messageBurst: 0, messageRateTimeout: 10_000, ...limits };
  const owner = {
    broke: (limit: string, { code }: CloseReason) => void broken.push(`${limit} ${code} ${clock.now()}`),
  };
  const rate = new MessageRate({ holds, clock, limits: all }, owner);
  /** A peer that sends whenever it may; gives how many messages have come in so many milliseconds. */
  const flood = (milliseconds: number): number => {
    const until = clock.now() + milliseconds;
    let count = 0;
    while (clock.now() < until && broken.length === 0) {
      if (paused) clock.advance(1);
      else {
        rate.count();
        count++;
      }
    }
    return count;
  };
  return { clock, rate, flood, broken, isPaused: () => paused };
}

describe("MessageRate", () => {
  it("lets a burst pass, then holds input until the next message may come", () => {
    const { rate, clock, isPaused } = start({ messageRate: 10, messageBurst: 3 });
    rate.count();
    rate.count();
    expect(isPaused()).toBe(false);
    rate.count();
    expect(isPaused()).toBe(true);
    clock.advance(99);
    expect(isPaused()).toBe(true);
    clock.advance(1);
    expect(isPaused()).toBe(false);
  });

  it("has one timer, however many come while input stands still, and lets go when all of them were waited for", () => {
    const { rate, clock, isPaused } = start({ messageRate: 10, messageBurst: 1 });
    for (let count = 0; count < 1_000; count++) rate.count();
    expect(clock.timers.size).toBe(1);
    // One is owed, and one must be there.
    clock.advance(199);
    expect([isPaused(), clock.timers.size]).toEqual([true, 1]);
    clock.advance(1);
    expect([isPaused(), clock.timers.size]).toEqual([false, 0]);
  });

  it("leaves no timer behind when the session ends", () => {
    const { rate, clock } = start({ messageRate: 10, messageBurst: 1 });
    rate.count();
    expect(clock.timers.size).toBe(1);
    rate.end();
    expect(clock.timers.size).toBe(0);
  });

  it.each([
    [10, 0, 20],
    [100, 200, 200],
    [7, 1, 1],
    [1, 0, 2],
  ])("of %d a second with a burst of %d takes no more than that from a flood", (messageRate, messageBurst, burst) => {
    const { flood } = start({ messageRate, messageBurst, messageRateTimeout: 1_000_000 });
    const count = flood(60_000);
    expect(count).toBeLessThanOrEqual(burst + messageRate * 60 + 1);
    expect(count).toBeGreaterThan(messageRate * 55);
  });

  it("ends a session that presses on for 10 s, not before", () => {
    const { flood, broken } = start({ messageRate: 100 });
    flood(9_900);
    expect(broken).toEqual([]);
    flood(1_000);
    expect(broken).toHaveLength(1);
    expect(broken[0]).toMatch(/^message-rate 1008 1\d{4}$/);
  });

  it("leaves a peer alone that keeps to the rate, for ever", () => {
    const { rate, clock, broken } = start({ messageRate: 10 });
    for (let count = 0; count < 10_000; count++) {
      clock.advance(100);
      rate.count();
    }
    expect(broken).toEqual([]);
  });

  it("forgets a burst when the peer rests", () => {
    const { flood, clock, broken } = start({ messageRate: 10 });
    for (let count = 0; count < 20; count++) {
      flood(8_000);
      clock.advance(4_000);
    }
    expect(broken).toEqual([]);
  });

  it("does not forget when the peer stops for a moment only", () => {
    const { flood, clock, broken } = start({ messageRate: 10 });
    for (let count = 0; count < 20 && broken.length === 0; count++) {
      flood(900);
      clock.advance(300);
    }
    expect(broken).toHaveLength(1);
  });
});
