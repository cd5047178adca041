import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { whenAborted } from "./abort-waits.js";

describe("whenAborted", () => {
  it("calls every task once, but those that have ended, with one listener for all", () => {
    const controller = new AbortController();
    const { signal } = controller;
    const called: number[] = [];
    const ends = Array.from({ length: 20 }, (_none, index) => whenAborted(signal, () => called.push(index)));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    for (const end of ends.slice(2)) end();
    controller.abort();
    expect(called).toEqual([0, 1]);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("takes the same task for several waits, and waits anew after all have ended", () => {
    const controller = new AbortController();
    let calls = 0;
    const task = (): void => void calls++;
    whenAborted(controller.signal, task)();
    whenAborted(controller.signal, task);
    whenAborted(controller.signal, task)();
    controller.abort();
    expect(calls).toBe(1);
  });
});
