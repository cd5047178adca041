import { getHeapStatistics } from "node:v8";
import type { Clock } from "./clock.js";

/**
 * Tells how full the heap is, for admission (F12). Looks at most once a second, however often it is asked; asked by the turnstile, calls V8.
 */

/** How long one look is good for, milliseconds. */
const FRESH = 1_000;

/** V8's limit includes this for new objects; the process ends when what is old has filled the rest. */
const YOUNG_GENERATION = 48 * 2 ** 20;

export class HeapGauge {
  readonly #clock: Clock;
  readonly #look: () => number;
  #usage = 0;
  #at = Number.NEGATIVE_INFINITY;

  /** @param look Gives per cent. Default: of this process's heap. */
  constructor(clock: Clock, look: () => number = heapUsage) {
    this.#clock = clock;
    this.#look = look;
  }

  /** Per cent of the heap's limit that are in use, as of the last second. */
  get usage(): number {
    const now = this.#clock.now();
    if (now - this.#at < FRESH) return this.#usage;
    this.#at = now;
    return (this.#usage = this.#look());
  }
}

function heapUsage(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return (100 * used) / Math.max(limit - YOUNG_GENERATION, limit / 2);
}
