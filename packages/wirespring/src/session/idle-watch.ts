import type { Clock, Timer } from "../clock.js";

/**
 * Ends a session on which nothing has been received or sent for a time (J-114 to J-116). Made by a session whose `maxIdleTimeout` is above 0. Activity
 * only leaves a time stamp; the one timer looks at it when it comes due.
 */
export class IdleWatch {
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #expired: () => void;
  #last: number;
  #timer: Timer | undefined;

  /** Starts at once. `timeout`: milliseconds, above 0, of any length. */
  constructor(clock: Clock, timeout: number, expired: () => void) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#expired = expired;
    this.#last = clock.now();
    this.#lookIn(timeout);
  }

  /** Something was received or sent. */
  touch(): void {
    this.#last = this.#clock.now();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #lookIn(delay: number): void {
    this.#timer = this.#clock.setTimer(() => {
      const left = this.#last + this.#timeout - this.#clock.now();
      if (left > 0) {
        this.#lookIn(left);
        return;
      }
      // Should it live on, it has the whole time again.
      this.touch();
      this.#lookIn(this.#timeout);
      this.#expired();
    }, delay);
  }
}
