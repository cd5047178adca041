import type { Clock, Timer } from "wirespring/spi";
import { settle } from "./settle.js";

interface Entry {
  readonly due: number;
  readonly task: () => void;
}

/**
 * A clock that stands still until a test advances it. Timers run in the order they are due, those of one moment in the order they were
 * set.
 */
export class VirtualClock implements Clock {
  /** Ordered by `due`, then by when they were set. */
  readonly #entries: Entry[] = [];
  readonly #epoch: number;
  #now = 0;

  /** @param start What `wallTime` says first, in milliseconds since 1970. Default: 2030-01-01. */
  constructor(start = Date.UTC(2030, 0, 1)) {
    this.#epoch = start;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#epoch + this.#now;
  }

  setTimer(task: () => void, delay: number): Timer {
    const entry: Entry = { due: this.#now + Math.max(0, delay), task };
    const index = this.#entries.findIndex((other) => other.due > entry.due);
    this.#entries.splice(index < 0 ? this.#entries.length : index, 0, entry);
    return {
      cancel: () => {
        const at = this.#entries.indexOf(entry);
        if (at >= 0) this.#entries.splice(at, 1);
      },
    };
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#entries.length;
  }

  /** Milliseconds until the next timer is due; undefined while none is set. */
  get untilNext(): number | undefined {
    const next = this.#entries[0];
    return next === undefined ? undefined : Math.max(0, next.due - this.#now);
  }

  /**
   * Moves on by so many milliseconds and runs what comes due, also what is set meanwhile. Between two moments everything that is ready
   * runs, ticks and promises included. Rejects with what a timer's task throws; the clock stands there then.
   */
  async advance(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    await settle();
    for (let next = this.#entries[0]; next !== undefined && next.due <= until; next = this.#entries[0]) {
      this.#entries.shift();
      this.#now = Math.max(this.#now, next.due);
      next.task();
      if (this.#entries[0]?.due !== next.due) await settle();
    }
    this.#now = until;
    await settle();
  }

  /**
   * Stands still for so many milliseconds, as a busy event loop does: nothing runs meanwhile, and what is due by then runs late, all of it at the
   * end. Rejects with what a timer's task throws.
   */
  async stall(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    await this.advance(0);
  }
}
