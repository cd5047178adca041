import type { LiveSession } from "../session/live-session.js";
import { Prepared } from "../session/transport.js";
import type { Publication } from "./publication.js";

/**
 * The subscribers of one name, and what was published and not given to all of them. Made by the broadcaster, which runs its fan-out in slices; also
 * asked by a session that sends something itself, so that what was published before comes first.
 */

/** One session's place in a topic. */
export interface Subscription {
  readonly session: LiveSession;
  readonly topic: Topic;
  /** What was published up to here came before the session. */
  readonly joined: number;
  /** Everything up to this publication was given. */
  delivered: number;
}

export class Topic {
  readonly name: string;
  /** In the order of joining. */
  readonly subscriptions = new Map<LiveSession, Subscription>();
  /** Not given to everybody yet, in order. */
  #due: Publication[] = [];
  /** Several publications as one, for those who get all of them. */
  #joined:
    | { readonly first: number; readonly last: number; readonly contents: Map<object, Prepared | null> }
    | undefined;
  /** Where the fan-out has got to, and up to which publication it goes. */
  #pass: { readonly rest: Iterator<Subscription>; readonly last: number } | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get isDue(): boolean {
    return this.#due.length > 0;
  }

  /** The number of the last publication that is due. */
  get last(): number {
    return this.#due[this.#due.length - 1]!.sequence;
  }

  add(publication: Publication): void {
    this.#due.push(publication);
  }

  /** The publications that a subscriber is still to be given. */
  dueFor(subscription: Subscription): readonly Publication[] {
    const from = this.#due.findIndex(({ sequence }) => sequence > subscription.delivered);
    // A copy: an encoder may publish while it is gone through.
    return from < 0 ? [] : this.#due.slice(from);
  }

  /** Gives a slice of the subscribers what is due; true when all of them have everything. */
  fanOut(most: number, give: (subscription: Subscription) => void): boolean {
    for (let count = 0; count < most; count++) {
      // The last subscriber may have left by what it was given: too slow, it was closed.
      if (!this.isDue) return true;
      this.#pass ??= { rest: this.subscriptions.values(), last: this.last };
      const next = this.#pass.rest.next();
      // In the order of joining: whoever came since has nothing to be given, and may come again and again.
      if (next.done !== true && next.value.joined < this.#pass.last) give(next.value);
      else if (this.#endPass()) return true;
    }
    return false;
  }

  /** Gives everything that is due to a subscriber that has no other topic where something is. */
  giveAll(subscription: Subscription): void {
    const due = this.dueFor(subscription);
    const { session } = subscription;
    subscription.delivered = due.length > 0 ? due[due.length - 1]!.sequence : subscription.delivered;
    const joined = due.length > 1 && due.length === this.#due.length ? this.#join(due, session) : undefined;
    if (
      joined !== undefined &&
      // One by one the policy of its endpoint judges them.
      joined.length <= session.remote.limits.outboxHighMark &&
      !due.some(({ except }) => except === session) &&
      session.remote.published.deliverAll(joined)
    ) {
      for (const publication of due) publication.delivered();
      return;
    }
    for (const publication of due) publication.deliver(session);
  }

  /** Nobody is subscribed any more, or the process of publishing ends: whoever waits is told. */
  clear(): void {
    for (const publication of this.#due) publication.settle();
    this.#due = [];
    this.#pass = undefined;
  }

  #endPass(): boolean {
    const { last } = this.#pass!;
    this.#pass = undefined;
    this.#joined = undefined;
    const rest = this.#due.findIndex(({ sequence }) => sequence > last);
    const done = rest < 0 ? this.#due : this.#due.slice(0, rest);
    this.#due = rest < 0 ? [] : this.#due.slice(rest);
    for (const publication of done) publication.settle();
    return this.#due.length === 0;
  }

  #join(due: readonly Publication[], session: LiveSession): Prepared | undefined {
    const first = due[0]!.sequence;
    const last = due[due.length - 1]!.sequence;
    if (this.#joined?.first !== first || this.#joined.last !== last)
      this.#joined = { first, last, contents: new Map() };
    const { encoders } = session.remote;
    let joined = this.#joined.contents.get(encoders);
    if (joined === undefined) {
      const all = due.map((publication) => publication.preparedFor(session));
      joined = all.includes(undefined) ? null : Prepared.join(all as Prepared[]);
      this.#joined.contents.set(encoders, joined);
    }
    return joined ?? undefined;
  }
}
