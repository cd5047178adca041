import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { TimerWatch } from "./timer-watch.js";

describe("TimerWatch", () => {
  const set: NodeJS.Timeout[] = [];
  afterEach(() => {
    for (const timer of set.splice(0)) clearTimeout(timer);
  });

  it("knows timers that were set in it and in consequence of it, until they are cleared or have run", async () => {
    const watch = new TimerWatch(true);
    let ran = false;
    await watch.enter(async () => {
      set.push(setTimeout(() => {}, 60_000));
      await setImmediate();
      set.push(setInterval(() => {}, 50_000));
      setTimeout(() => (ran = true), 0);
    });
    set.push(setTimeout(() => {}, 40_000));
    while (!ran) await setImmediate();
    await setImmediate();
    expect(watch.timers).toEqual([
      { delay: 60_000, repeats: false, stack: expect.stringContaining("timer-watch.test.ts") },
      { delay: 50_000, repeats: true, stack: expect.stringContaining("timer-watch.test.ts") },
    ]);
    clearTimeout(set[0]);
    await setImmediate();
    expect(watch.timers.map(({ delay }) => delay)).toEqual([50_000]);
    watch.end();
    watch.enter(() => set.push(setTimeout(() => {}, 30_000)));
    expect(watch.timers).toHaveLength(1);
  });

  it("tells two applications apart", () => {
    const first = new TimerWatch(true);
    const second = new TimerWatch(true);
    first.enter(() => set.push(setTimeout(() => {}, 60_000)));
    second.enter(() => set.push(setTimeout(() => {}, 50_000)));
    expect([first, second].map(({ timers }) => timers.map(({ delay }) => delay))).toEqual([[60_000], [50_000]]);
    first.end();
    second.end();
  });

  it("lets everything be when it is off", () => {
    const watch = new TimerWatch(false);
    watch.enter(() => set.push(setTimeout(() => {}, 60_000)));
    expect(watch.timers).toEqual([]);
    watch.end();
  });
});
