/**
 * What waits to be sent in all sessions of a container together: bounded, because bounds of each session alone do not bound a process. Made once for
 * a container; told of every send by the outboxes, of which it closes the largest when there is too much.
 */

/** A message that waits in several sessions and is in memory once. */
export interface SharedMessage {
  readonly length: number;
}

/** The outbox of a session. */
export interface Budgeted {
  /** Bytes that wait. */
  readonly bufferedAmount: number;
  /** What they take in memory, which is much more for many small messages. */
  readonly weight: number;
  /** What of that may wait in other sessions, too. */
  readonly shared: ReadonlySet<SharedMessage>;
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

  /** Bytes that wait in all sessions; what waits in several counts in each. */
  get bufferedAmount(): number {
    let sum = 0;
    for (const outbox of this.#busy) sum += outbox.bufferedAmount;
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
    const held = new HeldBytes(this.#busy);
    if (held.sum > this.#limit) {
      const largestFirst = [...this.#busy].sort((one, other) => other.weight - one.weight);
      for (const outbox of largestFirst) {
        if (held.sum <= this.#limit * (1 - FREED)) break;
        held.letGo(outbox);
        outbox.shed();
      }
    }
    this.#left = Math.max(this.#limit - held.sum, this.#limit / 64);
  }
}

/** What all outboxes hold in memory, where a message that waits in many of them is once. */
class HeldBytes {
  sum = 0;
  /** In how many outboxes each waits. */
  readonly #holders = new Map<SharedMessage, number>();

  constructor(outboxes: Iterable<Budgeted>) {
    for (const outbox of outboxes) {
      const { shared } = outbox;
      this.sum += ownBytes(outbox, shared);
      for (const message of shared) {
        const holders = this.#holders.get(message) ?? 0;
        if (holders === 0) this.sum += message.length;
        this.#holders.set(message, holders + 1);
      }
    }
  }

  /** An outbox is about to let go of what it holds: a message is free when nobody holds it any more. */
  letGo(outbox: Budgeted): void {
    const { shared } = outbox;
    this.sum -= ownBytes(outbox, shared);
    for (const message of shared) {
      const holders = this.#holders.get(message)! - 1;
      this.#holders.set(message, holders);
      if (holders === 0) this.sum -= message.length;
    }
  }
}

function ownBytes({ weight }: Budgeted, shared: ReadonlySet<SharedMessage>): number {
  let bytes = weight;
  for (const { length } of shared) bytes -= length;
  // Compressed, it waits with fewer bytes than it has.
  return Math.max(0, bytes);
}
