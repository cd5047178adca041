/**
 * What waits to be sent in all sessions of a container together: bounded, because bounds of each session alone do not bound a process. Made once for
 * a container; told of every send by the outboxes, of which it closes the largest when there is too much.
 */

/** The outbox of a session. */
export interface Budgeted {
  /** Bytes that wait. */
  readonly bufferedAmount: number;
  /** What they take in memory, which is much more for many small messages. */
  readonly weight: number;
  /** There is too much in the process, and most of it here: ends the session. */
  shed(): void;
}

/** After shedding, so much of the limit is free again at least. */
const FREED = 0.1;

export class OutboxBudget {
  readonly #limit: number;
  /** Those that have sent something. */
  readonly #busy = new Set<Budgeted>();
  /** Bytes that may still be sent before it is worth to look. */
  #left: number;

  /** @param limit Bytes. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#left = limit;
  }

  /** Bytes that wait in all sessions. */
  get bufferedAmount(): number {
    let sum = 0;
    for (const outbox of this.#busy) sum += outbox.bufferedAmount;
    return sum;
  }

  #weight(): number {
    let sum = 0;
    for (const outbox of this.#busy) sum += outbox.weight;
    return sum;
  }

  /** An outbox sends for the first time. */
  enter(outbox: Budgeted): void {
    this.#busy.add(outbox);
  }

  /** A session has ended. */
  leave(outbox: Budgeted): void {
    this.#busy.delete(outbox);
  }

  /** So much memory is about to be taken by what is sent. */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) this.#look();
  }

  #look(): void {
    let waiting = this.#weight();
    if (waiting > this.#limit) {
      const largestFirst = [...this.#busy].sort((one, other) => other.weight - one.weight);
      for (const outbox of largestFirst) {
        if (waiting <= this.#limit * (1 - FREED)) break;
        waiting -= outbox.weight;
        outbox.shed();
      }
    }
    this.#left = Math.max(this.#limit - waiting, this.#limit / 64);
  }
}
