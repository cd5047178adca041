import { describe, expect, it } from "vitest";
import { JumpingClock } from "../jumping-clock.test.fixture.js";
import { defaultContainerLimits } from "../limits.js";
import type { Logger } from "../logger.js";
import { memoryLimit } from "../memory-limit.js";
import { sharedServices } from "./shared-services.js";

const logger = {} as Logger;

describe("sharedServices", () => {
  it.each([
    ["so many as it is told", 1_000, 1_000],
    ["a quarter of the memory by default", 0, Math.floor(memoryLimit() / 4)],
  ])("lets wait %s", (_name, maxOutboxBytes, most) => {
    const { budget } = sharedServices(new JumpingClock(), logger, { ...defaultContainerLimits, maxOutboxBytes });
    let shed = 0;
    const outbox = { shared: new Set<never>(), bufferedAmount: 0, weight: most, shed: () => void shed++ };
    budget.enter(outbox);
    budget.spend(most);
    expect(shed).toBe(0);
    outbox.weight++;
    // It looks again after a part of the limit only.
    budget.spend(Math.ceil(most / 64) + 1);
    expect(shed).toBe(1);
  });

  it("gives the wheel the clock of the container", () => {
    const clock = new JumpingClock();
    const { wheel } = sharedServices(clock, logger, defaultContainerLimits);
    const watched = { turn: -1, look: () => Infinity };
    wheel.add(watched, 500);
    expect(clock.timers.size).toBe(1);
    wheel.remove(watched);
    expect(clock.timers.size).toBe(0);
  });
});
