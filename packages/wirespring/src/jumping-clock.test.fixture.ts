import type { Clock, Timer } from "./clock.js";

interface Entry {
  readonly due: number;
  readonly task: () => void;
}

/** A clock that a test moves: tick by tick as time passes, or at once as an event loop finds it that stood still. */
export class JumpingClock implements Clock {
  readonly timers = new Set<Entry>();
  #now = 0;

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return 1_000_000 + this.#now;
  }

  setTimer(task: () => void, delay: number): Timer {
    const entry = { due: this.#now + Math.max(0, delay), task };
    this.timers.add(entry);
    return { cancel: () => void this.timers.delete(entry) };
  }

  /** Lets time pass: each timer runs in its moment. */
  advance(milliseconds: number): void {
    const until = this.#now + milliseconds;
    for (let next = this.#first(until); next !== undefined; next = this.#first(until)) {
      this.#now = Math.max(this.#now, next.due);
      this.#run(next);
    }
    this.#now = until;
  }

  /** Stands still for so long, in which nothing runs; then what is due runs, late. */
  jump(milliseconds: number): void {
    this.#now += milliseconds;
    for (let next = this.#first(this.#now); next !== undefined; next = this.#first(this.#now)) this.#run(next);
  }

  #first(until: number): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.timers) if (entry.due <= until && (!first || entry.due < first.due)) first = entry;
    return first;
  }

  #run(entry: Entry): void {
    this.timers.delete(entry);
    entry.task();
  }
}

/** Lets the turns of the event loop pass that what is put off waits for. */
export async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
