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
  /** The last publication, of whatever topic, before the session came. */
  readonly joined: number;
  /** Everything up to this publication was given, or came before the session. */
  delivered: number;
}

export class Topic {
  readonly name: string;
  /** In the order of joining, so that who comes during a pass is behind everybody whom it is for. */
  readonly subscriptions = new Map<LiveSession, Subscription>();
  /** Not given to everybody yet, in order. */
  #due: Publication[] = [];
  /** Several publications as one, for those who get all of them. */
  #joined:
    | { readonly first: number; readonly last: number; readonly contents: Map<object, Prepared | null> }
    | undefined;
  /** Where the fan-out has got to, and up to which publication it goes. */
  #pass: { readonly rest: Iterator<Subscription>; readonly last: number } | undefined;
  readonly #settled: (publication: Publication) => void;

  /** @param settled Told of each publication that is not due any more. */
  constructor(name: string, settled: (publication: Publication) => void = () => {}) {
    this.name = name;
    this.#settled = settled;
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

  /** The publications that a subscriber is still to be given. A copy: an encoder may publish while they are given. */
  dueFor(subscription: Subscription): readonly Publication[] {
    return this.#due.slice(this.#placeBehind(subscription.delivered));
  }

  /** Gives a slice of the subscribers what is due, until one pass over them has ended. Gives how many were served. */
  fanOut(most: number, give: (subscription: Subscription) => void): number {
    let count = 0;
    // The last subscriber may have left by what it was given: too slow, it was closed.
    while (count < most && this.isDue) {
      const pass = (this.#pass ??= { rest: this.subscriptions.values(), last: this.last });
      const next = pass.rest.next();
      // Those who join, or join again, while it goes on must not keep it from ending.
      if (next.done === true || next.value.joined >= pass.last) {
        this.#endPass(pass.last);
        break;
      }
      count++;
      give(next.value);
    }
    return count;
  }

  /** Gives everything that is due to a subscriber that has no other topic where something is. */
  giveAll(subscription: Subscription): void {
    const due = this.dueFor(subscription);
    const { session } = subscription;
    subscription.delivered = due.length > 0 ? due[due.length - 1]!.sequence : subscription.delivered;
    const joined = due.length > 1 && due.length === this.#due.length ? this.#join(session, due) : undefined;
    if (joined !== undefined && !due.some(({ except }) => except === session) && deliveredAll(session, joined)) {
      for (const publication of due) publication.delivered();
      return;
    }
    for (const publication of due) publication.deliver(session);
  }

  /** Nobody is subscribed any more, or the process of publishing ends: whoever waits is told. */
  clear(): void {
    const due = this.#due;
    this.#due = [];
    this.#pass = undefined;
    this.#joined = undefined;
    for (const publication of due) this.#settle(publication);
  }

  #endPass(last: number): void {
    this.#pass = undefined;
    this.#joined = undefined;
    for (const publication of this.#due.splice(0, this.#placeBehind(last))) this.#settle(publication);
  }

  #settle(publication: Publication): void {
    this.#settled(publication);
    publication.settle();
  }

  /** Where those begin that were published after this one. */
  #placeBehind(sequence: number): number {
    let [low, high] = [0, this.#due.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#due[middle]!.sequence > sequence) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #join(session: LiveSession, due: readonly Publication[]): Prepared | undefined {
    const first = due[0]!.sequence;
    const last = due[due.length - 1]!.sequence;
    if (this.#joined?.first !== first || this.#joined.last !== last)
      this.#joined = { first, last, contents: new Map() };
    const { encoders } = session.remote;
    // An encoder that publishes may end this.
    const { contents } = this.#joined;
    let joined = contents.get(encoders);
    if (joined === undefined) {
      const all = due.map((publication) => publication.preparedFor(session));
      joined = all.includes(undefined) ? null : Prepared.join(all as Prepared[]);
      contents.set(encoders, joined);
    }
    return joined ?? undefined;
  }
}

/** False: one by one, which tells what cannot be sent from what can, and where the policy of its endpoint judges each. */
function deliveredAll(session: LiveSession, joined: Prepared): boolean {
  if (joined.length > session.remote.limits.outboxHighMark) return false;
  try {
    return session.remote.published.deliverAll(joined);
  } catch {
    return false;
  }
}
