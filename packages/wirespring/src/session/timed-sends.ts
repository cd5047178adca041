import type { Clock } from "../clock.js";
import { handled } from "./receipt.js";
import type { SendOutcome } from "./remote-endpoint.js";
import { sentTooLate } from "./send-errors.js";
import type { Session } from "./session.js";

/**
 * Ends sends whose time is over, and counts the failures of all sends of a session, each once: one that is too late has not ended, and may fail
 * later. Owned by the remote endpoint; calls the session's owner.
 */

/** The session's side. */
export interface TimedSendsOwner {
  readonly clock: Clock;
  /** A send has failed: count it. */
  sendFailed(error: Error): void;
}

export class TimedSends {
  readonly #session: Session;
  readonly #owner: TimedSendsOwner;
  /** Sends whose time is over, and that have not ended. */
  #overdue = 0;
  /** What those fail with in the end: they were counted when their time was over. */
  #counted: WeakSet<Error> | undefined;

  constructor(session: Session, owner: TimedSendsOwner) {
    this.#session = session;
    this.#owner = owner;
  }

  /** Rejects when a send takes longer. Its promise must be of this send alone. */
  limit(sending: Promise<SendOutcome>, timeout: number): Promise<SendOutcome> {
    return handled(
      new Promise((resolve, reject) => {
        const late = (): void => {
          const error = sentTooLate(this.#session, timeout);
          this.#owner.sendFailed(error);
          reject(error);
          this.#forget(sending);
        };
        const timer = this.#owner.clock.setTimer(late, timeout);
        void sending.then(resolve, reject).then(() => timer.cancel());
      }),
    );
  }

  #forget(sending: Promise<SendOutcome>): void {
    this.#overdue++;
    const counted = (this.#counted ??= new WeakSet());
    void sending.then(
      () => this.#overdue--,
      (error: Error) => {
        counted.add(error);
        this.#overdue--;
      },
    );
  }

  /** Counts a failure, unless it is that of a send that was counted already. */
  count(error: Error): void {
    if (this.#overdue === 0) this.#owner.sendFailed(error);
    // Whose error it is, its promise tells a moment later.
    else setImmediate(() => this.#counted!.delete(error) || this.#owner.sendFailed(error));
  }
}
