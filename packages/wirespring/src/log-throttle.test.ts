import { afterEach, describe, expect, it, vi } from "vitest";
import type { Clock, Timer } from "./clock.js";
import { LogThrottle } from "./log-throttle.js";
import type { LogRecord } from "./logger.js";

afterEach(() => void vi.restoreAllMocks());

/** Goes when the test says so. */
class FakeClock implements Clock {
  readonly timers: { readonly due: number; readonly task: () => void }[] = [];
  time = 0;

  now(): number {
    return this.time;
  }

  wallTime(): number {
    return this.time;
  }

  setTimer(task: () => void, delay: number): Timer {
    const timer = { due: this.time + delay, task };
    this.timers.push(timer);
    return { cancel: () => void this.timers.splice(this.timers.indexOf(timer) >>> 0, 1) };
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
    const due = this.timers.filter((timer) => timer.due <= this.time);
    for (const timer of due) this.timers.splice(this.timers.indexOf(timer), 1);
    for (const { task } of due) task();
  }
}

function throttled(): { throttle: LogThrottle; log: LogRecord[]; clock: FakeClock } {
  const log: LogRecord[] = [];
  const push = (record: LogRecord): void => void log.push(record);
  const clock = new FakeClock();
  return { throttle: new LogThrottle({ debug: push, info: push, warn: push, error: push }, clock), log, clock };
}

function repeat(times: number, task: (index: number) => void): void {
  for (let index = 0; index < times; index++) task(index);
}

describe("LogThrottle", () => {
  it("lets ten records a second of one event and address through, then says how many it kept back", () => {
    const { throttle, log, clock } = throttled();
    const record = { event: "upgrade.refused", ip: "192.0.2.1", reason: "path" };
    repeat(25, () => throttle.warn(record));
    expect(log).toEqual(Array.from({ length: 10 }, () => record));
    clock.advance(999);
    expect(log).toHaveLength(10);
    clock.advance(1);
    expect(log.slice(10)).toEqual([{ event: "log.suppressed", of: "upgrade.refused", ip: "192.0.2.1", n: 15 }]);
    expect(clock.timers).toHaveLength(0);
  });

  it("keeps no timer while nothing is kept back", () => {
    const { throttle, clock } = throttled();
    repeat(10, () => throttle.error({ event: "error" }));
    expect(clock.timers).toHaveLength(0);
    repeat(10, () => throttle.error({ event: "error" }));
    expect(clock.timers).toHaveLength(1);
  });

  it("counts events and addresses apart, and each second anew", () => {
    const { throttle, log, clock } = throttled();
    repeat(10, () => throttle.warn({ event: "upgrade.refused", ip: "192.0.2.1" }));
    repeat(10, () => throttle.warn({ event: "upgrade.refused", ip: "192.0.2.2" }));
    repeat(10, () => throttle.warn({ event: "limit.hit", ip: "192.0.2.1" }));
    clock.advance(1_000);
    repeat(10, () => throttle.warn({ event: "limit.hit", ip: "192.0.2.1" }));
    expect(log).toHaveLength(40);
    expect(log.some(({ event }) => event === "log.suppressed")).toBe(false);
  });

  it("says nothing twice where a record comes before its timer", () => {
    const { throttle, log, clock } = throttled();
    repeat(11, () => throttle.warn({ event: "a" }));
    clock.time = 1_000;
    repeat(11, () => throttle.warn({ event: "a" }));
    expect(clock.timers.map(({ due }) => due)).toEqual([2_000]);
    clock.advance(5_000);
    expect(log.filter(({ event }) => event === "log.suppressed").map(({ n }) => n)).toEqual([1, 1]);
    expect(log).toHaveLength(22);
  });

  it("says what was kept back when it is flushed, and needs no timer for it", () => {
    const { throttle, log, clock } = throttled();
    throttle.flush();
    repeat(12, () => throttle.warn({ event: "a" }));
    throttle.flush();
    expect(log.slice(10)).toEqual([{ event: "log.suppressed", of: "a", ip: undefined, n: 2 }]);
    expect(clock.timers).toEqual([]);
  });

  it("remembers a bounded number of addresses: the others share a count", () => {
    const { throttle, log, clock } = throttled();
    repeat(1_000, (index) => throttle.warn({ event: "upgrade.refused", ip: `2001:db8::${index}` }));
    expect(log).toHaveLength(256 + 10);
    clock.advance(1_000);
    expect(log.slice(266)).toEqual([{ event: "log.suppressed", of: "upgrade.refused", ip: undefined, n: 734 }]);
  });

  it("writes to standard error what a logger that throws was given", () => {
    const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const broken = (): never => {
      throw new Error("disk full");
    };
    new LogThrottle({ debug: broken, info: broken, warn: broken, error: broken }).warn({ event: "limit.hit" });
    const events = written.mock.calls.map(([line]) => (JSON.parse(String(line)) as LogRecord).event);
    expect(events).toEqual(["logger.failed", "limit.hit"]);
  });

  it("writes always what it is told to, and survives a logger that does not take it", () => {
    const { throttle, log } = throttled();
    for (let n = 0; n < 30; n++) throttle.always("debug", { event: "endpoint.deployed", n });
    expect(log).toHaveLength(30);
    const fails = (): never => {
      throw new Error("full");
    };
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    new LogThrottle({ debug: fails, info: fails, warn: fails, error: fails }).always("debug", { event: "e" });
    expect(String(write.mock.calls[0]![0])).toContain("logger.failed");
  });
});
