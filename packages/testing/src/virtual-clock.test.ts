import { describe, expect, it } from "vitest";
import { VirtualClock } from "./virtual-clock.js";

describe("VirtualClock", () => {
  it("tells when the next timer is due", async () => {
    const clock = new VirtualClock();
    expect(clock.untilNext).toBeUndefined();
    clock.setTimer(() => {}, 50);
    const sooner = clock.setTimer(() => {}, 20);
    expect(clock.untilNext).toBe(20);
    await clock.advance(15);
    expect(clock.untilNext).toBe(5);
    sooner.cancel();
    expect(clock.untilNext).toBe(35);
  });

  it("stands still until it is advanced, and both of its times move together", async () => {
    const clock = new VirtualClock(1_000);
    expect([clock.now(), clock.wallTime()]).toEqual([0, 1_000]);
    await clock.advance(250);
    expect([clock.now(), clock.wallTime()]).toEqual([250, 1_250]);
  });

  it("runs what is due in order, those of one moment in the order they were set", async () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    const run = (name: string) => (): void => void ran.push(`${name} at ${clock.now()}`);
    clock.setTimer(run("c"), 20);
    clock.setTimer(run("a"), 10);
    clock.setTimer(run("d"), 20);
    clock.setTimer(run("b"), 10);
    clock.setTimer(run("later"), 21);
    await clock.advance(20);
    expect(ran).toEqual(["a at 10", "b at 10", "c at 20", "d at 20"]);
    expect(clock.pending).toBe(1);
  });

  it("runs what is set meanwhile, when it is due within the advance", async () => {
    const clock = new VirtualClock();
    const ran: number[] = [];
    const again = (): void => {
      ran.push(clock.now());
      clock.setTimer(again, 100);
    };
    again();
    await clock.advance(350);
    expect(ran).toEqual([0, 100, 200, 300]);
  });

  it("lets promises and immediates settle between two moments", async () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    clock.setTimer(async () => {
      await Promise.resolve();
      ran.push("promise");
      setImmediate(() => clock.setTimer(() => ran.push(`nested at ${clock.now()}`), 5));
    }, 10);
    clock.setTimer(() => ran.push("second"), 20);
    await clock.advance(20);
    expect(ran).toEqual(["promise", "nested at 15", "second"]);
  });

  it("does not run what was cancelled, also by a timer of the same moment; cancelling twice is harmless", async () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    clock.setTimer(() => second.cancel(), 5);
    const second = clock.setTimer(() => ran.push("second"), 5);
    const first = clock.setTimer(() => ran.push("third"), 5);
    await clock.advance(5);
    first.cancel();
    second.cancel();
    expect(ran).toEqual(["third"]);
    expect(clock.pending).toBe(0);
  });

  it("rejects with what a timer throws", async () => {
    const clock = new VirtualClock();
    clock.setTimer(() => {
      throw new Error("from a timer");
    }, 1);
    await expect(clock.advance(1)).rejects.toThrow("from a timer");
  });

  it("takes a negative delay for none", async () => {
    const clock = new VirtualClock();
    let ran = false;
    clock.setTimer(() => (ran = true), -5);
    await clock.advance(0);
    expect(ran).toBe(true);
  });

  it("stalls: nothing runs meanwhile, then what is due runs late, in order", async () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    for (const due of [30, 10, 70]) clock.setTimer(() => ran.push(`${due} at ${clock.now()}`), due);
    const stalled = clock.stall(50);
    expect([clock.now(), ran]).toEqual([50, []]);
    await stalled;
    expect([clock.now(), ran]).toEqual([50, ["10 at 50", "30 at 50"]]);
    await clock.advance(20);
    expect(ran.at(-1)).toBe("70 at 70");
  });
});
