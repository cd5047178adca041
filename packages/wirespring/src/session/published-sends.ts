import { asError } from "../errors.js";
import type { Outbox, Overflow, Sendable } from "./outbox.js";
import type { SendJob, SendQueue } from "./send-queue.js";
import { Prepared } from "./transport.js";

/**
 * What goes to one session as it goes to others: messages that were published. Made by the remote endpoint of a session when that joins its first topic;
 * called by the topics, and sent in turn with everything else.
 */

/** What is published for a session, and must come before what is sent later. */
export interface SessionFeed {
  /** Something was published somewhere that has not reached everybody. */
  readonly isDue: boolean;
  /** Gives the session everything of that which is for it. */
  catchUp(): void;
  /** The session has ended. */
  end(): void;
}

/** The remote endpoint. */
export interface PublishedHome {
  isOpen(): boolean;
  readonly queue: SendQueue;
  readonly outbox: Outbox;
  /** Runs a job of the queue, now or in its turn. */
  submit(whole: boolean, job: SendJob, bytes: number): void;
  /** Whether messages are held back until they are flushed. */
  isBatching(): boolean;
  /** Holds one of them. */
  hold(message: Sendable): void;
  /** Something was sent. */
  active(): void;
  /** A send has failed: count it. */
  failed(error: Error): unknown;
  closedError(): Error;
  fullError(): Error;
}

export class PublishedSends {
  readonly #home: PublishedHome;

  constructor(home: PublishedHome) {
    this.#home = home;
  }

  /** Sends a message in its turn, or lets it wait for that. False: the session is not open, or its policy says no. */
  deliver(content: Prepared | Promise<Prepared>): boolean {
    const { queue } = this.#home;
    if (!this.#home.isOpen()) return false;
    if (content instanceof Prepared && queue.isFree) return this.#send(content);
    const bytes = content instanceof Prepared ? content.length : 0;
    const overflow = this.#home.outbox.judge(bytes, queue.size);
    if (overflow !== undefined) return this.#overflowed(overflow);
    this.#home.submit(
      true,
      () => {
        if (content instanceof Prepared) return void this.#send(content);
        return content.then(
          (prepared) => void this.#send(prepared),
          (error) => void this.#home.failed(asError(error)),
        );
      },
      bytes,
    );
    return true;
  }

  /** Sends several messages as one. False: not now, they must go one by one. */
  deliverAll(joined: Prepared): boolean {
    const home = this.#home;
    const { outbox, queue } = home;
    if (!home.isOpen() || home.isBatching() || !queue.isFree || !outbox.takes(joined)) return false;
    home.active();
    outbox.send(joined, true);
    return true;
  }

  /** It cannot be encoded for this session: counts that. */
  refused(error: Error): void {
    this.#home.failed(error);
  }

  #send(prepared: Prepared): boolean {
    const home = this.#home;
    const { outbox } = home;
    if (!home.isOpen()) {
      home.failed(home.closedError());
      return false;
    }
    home.active();
    if (home.isBatching()) home.hold(prepared);
    else if (outbox.takes(prepared)) outbox.send(prepared, true);
    else {
      const overflow = outbox.keep(prepared, true, "message", (error) => {
        if (error !== undefined) home.failed(error);
      });
      if (overflow !== undefined) return this.#overflowed(overflow);
    }
    return true;
  }

  /** What was dropped has been counted. */
  #overflowed(overflow: Overflow): false {
    if (overflow === "refused") this.#home.failed(this.#home.fullError());
    if (overflow === "closed") this.#home.failed(this.#home.closedError());
    return false;
  }
}
