import { setTimeout as sleep } from "node:timers/promises";
import { settle } from "./settle.js";
import type { VirtualClock } from "./virtual-clock.js";

/**
 * How a test waits for what an application does, without waiting in vain: until it is there, or until nothing is at work that could bring it.
 * Called by the test client and the test application.
 */

/** Says how long something is waited for. */
export interface WaitOptions {
  /**
   * Milliseconds of the clock: it is moved on, timer after timer, until what is waited for is there. Default 0, the clock stands still.
   */
  readonly within?: number;
  /**
   * Milliseconds of real time, for what comes from outside: a file, a database, a timer of the application's own. Default: those of the application
   * while a handler runs, none otherwise.
   */
  readonly patience?: number;
}

/** What is asked while something is waited for. */
export interface Surroundings {
  readonly clock: VirtualClock;
  /** Whether a handler runs, or something waits for one. */
  readonly isBusy: boolean;
  /** Grows with everything that leaves the application: a large fan-out takes many turns. */
  readonly activity: number;
  /** Milliseconds of real time that a handler is given. */
  readonly patience: number;
}

/** Why something was waited for in vain. */
export class InVain {
  constructor(
    readonly why: string,
    /** A handler still ran. */
    readonly isBusy: boolean,
  ) {}
}

// Node's own, also while a test has replaced it with a fake one.
const realTime = process.hrtime.bigint.bind(process.hrtime);

/** Real time after which what never stops sending is not waited for, milliseconds. */
const LONGEST_ACTIVITY = 1_000;

/**
 * Waits until an attempt gives something, and gives it: whatever is ready runs before, then the clock is moved on as far as it may be, then
 * handlers are given real time. Rejects with what an attempt throws.
 */
export async function waitFor<T>(
  attempt: () => T | undefined,
  { within = 0, patience }: WaitOptions,
  around: Surroundings,
): Promise<T | InVain> {
  const { clock } = around;
  const until = clock.now() + within;
  const began = realTime();
  const waited = (): number => Number((realTime() - began) / 1_000_000n);
  for (;;) {
    // Before as well: a handler that ends meanwhile may have answered in the last of these turns.
    const wasBusy = around.isBusy;
    const before = around.activity;
    await settle();
    const found = attempt();
    if (found !== undefined) return found;
    if (around.activity !== before && waited() < LONGEST_ACTIVITY) continue;
    const isBusy = wasBusy || around.isBusy;
    if (clock.now() < until) await clock.advance(Math.min(clock.untilNext ?? Infinity, until - clock.now()));
    else if (waited() < (patience ?? (isBusy ? around.patience : 0))) await sleep(1);
    else return new InVain(reason(isBusy, within, patience ?? (isBusy ? around.patience : undefined)), isBusy);
  }
}

function reason(isBusy: boolean, within: number, patience: number | undefined): string {
  const passed = within > 0 ? `${within} ms of the clock have passed, ` : "";
  if (isBusy) return `${passed}a handler still runs after ${patience} ms of real time`;
  const waited = patience === undefined ? "" : ` after ${patience} ms of real time`;
  return `${passed}everything has settled${waited}: no handler runs and nothing is on its way (it may be waited for with { within } of the clock, or { patience } of real time)`;
}
