import { describe, expect, it } from "vitest";
import { VirtualClock } from "./virtual-clock.js";
import { InVain, waitFor, type Surroundings } from "./waiting.js";

function idle(clock = new VirtualClock()): Surroundings {
  return { clock, isBusy: false, activity: 0, patience: 0 };
}

describe("waitFor", () => {
  it("gives what is there once everything that is ready has run", async () => {
    let found: string | undefined;
    setImmediate(() => setImmediate(() => (found = "there")));
    expect(await waitFor(() => found, {}, idle())).toBe("there");
  });

  it("gives up when everything has settled", async () => {
    const around = idle();
    const inVain = await waitFor(() => undefined, {}, around);
    expect(inVain).toBeInstanceOf(InVain);
    expect(inVain).toMatchObject({ isBusy: false, why: expect.stringMatching(/^everything has settled: no handler/) });
    expect(around.clock.now()).toBe(0);
  });

  it("moves the clock from timer to timer, and stands where it was found", async () => {
    const clock = new VirtualClock();
    const rung: number[] = [];
    for (const delay of [10, 20, 30]) clock.setTimer(() => rung.push(delay), delay);
    expect(await waitFor(() => rung.find((delay) => delay === 20), { within: 100 }, idle(clock))).toBe(20);
    expect([clock.now(), rung]).toEqual([20, [10, 20]]);
    expect(await waitFor(() => undefined, { within: 100 }, idle(clock))).toMatchObject({
      why: expect.stringMatching(/^100 ms of the clock have passed, everything has settled/),
    });
    expect([clock.now(), rung]).toEqual([120, [10, 20, 30]]);
  });

  it("looks once more when a handler has ended meanwhile", async () => {
    let isBusy = true;
    let found: string | undefined;
    let asked = 0;
    const around = {
      ...idle(),
      patience: 5_000,
      get isBusy() {
        return isBusy;
      },
    };
    const attempt = (): string | undefined => {
      if (++asked === 1) {
        isBusy = false;
        setImmediate(() => (found = "answer"));
      }
      return found;
    };
    expect(await waitFor(attempt, {}, around)).toBe("answer");
  });

  it("has not settled while something still leaves the application", async () => {
    let activity = 0;
    let turns = 0;
    const turn = (): void => {
      activity++;
      if (++turns < 100) setImmediate(turn);
    };
    turn();
    const around = {
      ...idle(),
      get activity() {
        return activity;
      },
    };
    expect(await waitFor(() => (turns === 100 ? "last" : undefined), {}, around)).toBe("last");
  });

  it("gives a handler no more real time than it may have", async () => {
    const around = { ...idle(), isBusy: true, patience: 0 };
    expect(await waitFor(() => undefined, {}, around)).toMatchObject({
      isBusy: true,
      why: "a handler still runs after 0 ms of real time",
    });
    expect(await waitFor(() => undefined, { patience: 1 }, around)).toMatchObject({
      why: "a handler still runs after 1 ms of real time",
    });
  });

  it("rejects with what an attempt throws", async () => {
    const failing = waitFor(
      () => {
        throw new Error("over");
      },
      {},
      idle(),
    );
    await expect(failing).rejects.toThrow("over");
  });
});
