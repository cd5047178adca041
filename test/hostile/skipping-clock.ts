import { setImmediate } from "node:timers/promises";
import { systemClock, type Clock, type Timer } from "wirespring/spi";

/**
 * The clock of a server that cases send into the future: it goes with the system's, and jumps when it is told to. Counts the timers that are set,
 * which Node does not tell, because they keep no process alive.
 */

interface Entry {
  readonly due: number;
  readonly task: () => void;
}

export class SkippingClock implements Clock {
  readonly #timers = new Map<Entry, Timer>();
  #skipped = 0;
  /** Called when a timer has run or was cancelled. */
  changed: () => void = () => {};

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return systemClock.now() + this.#skipped;
  }

  wallTime(): number {
    return systemClock.wallTime() + this.#skipped;
  }

  setTimer(task: () => void, delay: number): Timer {
    const entry = { due: this.now() + Math.max(0, delay), task };
    this.#timers.set(
      entry,
      systemClock.setTimer(() => this.#run(entry), delay),
    );
    return { cancel: () => this.#remove(entry) };
  }

  /** Moves on by so many milliseconds. What comes due on the way runs at its moment, and what it sets off goes on before the next moment. */
  async skip(milliseconds: number): Promise<void> {
    const target = this.#skipped + milliseconds;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const skip = next.due - systemClock.now();
      if (skip > target) break;
      this.#skipped = Math.max(this.#skipped, skip);
      this.#run(next);
      // What peers have sent meanwhile is read, and answered, at the moment that it is now.
      for (let turn = 0; turn < 3; turn++) await setImmediate();
    }
    this.#skipped = target;
    for (let turn = 0; turn < 3; turn++) await setImmediate();
  }

  #next(): Entry | undefined {
    let next: Entry | undefined;
    for (const entry of this.#timers.keys()) if (next === undefined || entry.due < next.due) next = entry;
    return next;
  }

  #run(entry: Entry): void {
    if (!this.#timers.has(entry)) return;
    this.#remove(entry);
    entry.task();
  }

  #remove(entry: Entry): void {
    this.#timers.get(entry)?.cancel();
    if (this.#timers.delete(entry)) this.changed();
  }
}
