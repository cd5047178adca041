import type { Clock } from "../clock.js";
import type { Transport } from "./transport.js";

/**
 * Why the input of a session stands still: it flows when no reason is left. Owned by the inbox; pauses and resumes the transport.
 */

/** A reason to hold input. */
export const HoldReason = Object.freeze({ opening: 1, full: 2, stream: 4, draining: 8, turn: 16, rate: 32 });

export class InputHolds {
  /** Set when the session opens. */
  transport: Transport | undefined;
  readonly #clock: Clock;
  #reasons = 0;
  #releasedAt = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The last moment in which input stood still, by the clock: now, while it does; -Infinity when it never has. */
  lastHeld(now: number): number {
    return this.#reasons !== 0 ? now : this.#releasedAt;
  }

  /** Whether there is a reason beside this one. */
  besides(reason: number): boolean {
    return (this.#reasons & ~reason) !== 0;
  }

  hold(reason: number): void {
    if (this.#reasons === 0) this.transport?.pause();
    this.#reasons |= reason;
  }

  /** Does nothing where the reason is none. */
  letGo(reason: number): void {
    if ((this.#reasons & reason) === 0) return;
    this.#reasons &= ~reason;
    if (this.#reasons !== 0) return;
    this.#releasedAt = this.#clock.now();
    this.transport?.resume();
  }
}
