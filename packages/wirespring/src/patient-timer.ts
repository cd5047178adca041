import type { Clock, Timer } from "./clock.js";

/**
 * A timer that ends somebody's time, and does so only when that time could be used: set by whoever bounds a handler or a peer, outside the timer
 * wheel, which sees to this itself.
 */

/** So late a timer comes only when the event loop stood still, milliseconds. */
export const STALL = 250;

/** Runs `task` after `delay` milliseconds; when the event loop has stood still meanwhile, so much later as that was noticed (F10). */
export function setPatientTimer(clock: Clock, task: () => void, delay: number): Timer {
  let timer: Timer;
  const arm = (wait: number): void => {
    const due = clock.now() + wait;
    timer = clock.setTimer(() => {
      const late = clock.now() - due;
      if (late < STALL) task();
      else arm(Math.min(late, delay));
    }, wait);
  };
  arm(delay);
  return { cancel: () => timer.cancel() };
}
