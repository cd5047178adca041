/** A timer that was set; `cancel` is idempotent and harmless after it has run. */
export interface Timer {
  cancel(): void;
}

/**
 * Where all time comes from. The system clock in production, a virtual one in tests; nothing else in the package reads
 * `Date`, `performance` or sets a timer.
 */
export interface Clock {
  /** Milliseconds that never run backwards, from an arbitrary start (F14: wall-clock jumps change nothing). */
  now(): number;
  /** Milliseconds since the Unix epoch, for expiry dates only. */
  wallTime(): number;
  /** Runs `task` once after `delay` milliseconds. A timer does not keep the process alive. */
  setTimer(task: () => void, delay: number): Timer;
}

/** Node delays longer than this fire after 1 ms. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** The process's own clock. Delays of any length are exact; timers are unreferenced. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimer(task, delay) {
    let rest = Math.max(0, delay);
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const slice = Math.min(rest, LONGEST_DELAY);
      rest -= slice;
      handle = setTimeout(rest > 0 ? arm : task, slice).unref();
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
};
