import { describe, expect, it } from "vitest";
import { JumpingClock } from "./jumping-clock.test.fixture.js";
import { setPatientTimer } from "./patient-timer.js";

function start(delay: number) {
  const clock = new JumpingClock();
  const ran: number[] = [];
  const timer = setPatientTimer(clock, () => ran.push(clock.now()), delay);
  return { clock, ran, timer };
}

describe("setPatientTimer", () => {
  it("runs its task once, in time", () => {
    const { clock, ran } = start(10_000);
    clock.advance(9_999);
    expect(ran).toEqual([]);
    clock.advance(100_000);
    expect(ran).toEqual([10_000]);
  });

  it.each([
    [2_000, [10_000]],
    [10_249, [10_249]],
    [10_250, [10_500]],
    [12_000, [14_000]],
    [500_000, [510_000]],
  ])("after %d ms in which the event loop stood still runs it at %j", (stall, times) => {
    const { clock, ran } = start(10_000);
    clock.jump(stall);
    clock.advance(600_000);
    expect(ran).toEqual(times);
  });

  it("is patient with one stall after another", () => {
    const { clock, ran } = start(1_000);
    clock.jump(2_000);
    clock.jump(3_000);
    expect(ran).toEqual([]);
    clock.advance(1_000);
    expect(ran).toEqual([6_000]);
  });

  it("does not run what was cancelled, before a stall or after it", () => {
    for (const stall of [0, 5_000]) {
      const { clock, ran, timer } = start(1_000);
      clock.jump(stall);
      timer.cancel();
      clock.advance(100_000);
      expect([ran, clock.timers.size]).toEqual([[], 0]);
    }
  });
});
