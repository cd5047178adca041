import { setImmediate } from "node:timers";
import { asError, describe, illegalArgument, IllegalStateError } from "../errors.js";
import { LiveSession } from "../session/live-session.js";
import { RecipientCount } from "../session/recipient-count.js";
import type { SessionFeed } from "../session/published-sends.js";
import type { Session } from "../session/session.js";
import { Publication } from "./publication.js";
import { Topic, type Subscription } from "./topic.js";

/** So many receivers are served before everybody else's turn comes. */
const SLICE = 250;

/** So much may be due, in receivers and kilobytes: beyond, who publishes serves some of them before anything else. */
const MOST_DUE = 16_384;

/** Longest name of a topic, UTF-8 bytes: names come from users. */
const MAX_NAME_BYTES = 255;

/** How a message is published. */
export interface PublishOptions {
  /** A session that is not given it: the one it came from, for instance. */
  readonly except?: Session | undefined;
}

/**
 * Topics: sessions subscribe, and what is published reaches all of them, encoded and framed once. A bean: the exporter registers it in its container
 * beside the `ServerContainer`.
 *
 * What is published, and what a session is sent otherwise, reaches each session in the order of the calls. The fan-out begins after the tick of the
 * call and goes in slices, so that a large topic holds up neither the publisher nor other sessions; several messages of a tick leave as one write for
 * each receiver. A slow subscriber meets the `slowConsumer` policy of its own endpoint and costs the others nothing. A session that ends is in no topic
 * any more.
 */
export class Broadcaster {
  readonly #topics = new Map<string, Topic>();
  readonly #feeds = new Map<LiveSession, Feed>();
  /** Those with something due, in the order in which they got it. */
  readonly #due = new Set<Topic>();
  #sequence = 0;
  /** Of everything that is due. */
  #weight = 0;
  #isScheduled = false;
  /** Receivers are being served: an encoder or a handler that publishes meanwhile serves none itself. */
  #isServing = false;
  /** @internal Asked by whose turn it is. */
  readonly recipients = new RecipientCount();

  /**
   * Lets a session have what is published on a topic from now on. Does nothing when it is subscribed already.
   *
   * Throws `TypeError` for a name that is none: text of 1 to 255 bytes without control characters; `IllegalStateError`, code `WS_TOO_MANY_TOPICS`, when
   * the session has as many topics as `maxTopics` of its endpoint says; the same with code `WS_SESSION_CLOSED` when it is not open.
   */
  subscribe(session: Session, topic: string): void {
    const live = liveSession(session);
    judgeName(topic);
    if (!live.isOpen)
      throw new IllegalStateError(
        `session ${live.id} is not open: it cannot subscribe to a topic`,
        "WS_SESSION_CLOSED",
      );
    const feed = this.#feeds.get(live) ?? this.#feed(live);
    let known = this.#topics.get(topic);
    if (known?.subscriptions.has(live)) return;
    const { maxTopics } = live.remote.limits;
    if (feed.subscriptions.size >= maxTopics)
      throw new IllegalStateError(
        `session ${live.id} has ${maxTopics} topics, as many as maxTopics of its endpoint: unsubscribe from one first`,
        "WS_TOO_MANY_TOPICS",
      );
    if (known === undefined)
      this.#topics.set(topic, (known = new Topic(topic, ({ weight }) => void (this.#weight -= weight))));
    const subscription = { session: live, topic: known, joined: this.#sequence, delivered: this.#sequence };
    known.subscriptions.set(live, subscription);
    feed.subscriptions.set(topic, subscription);
  }

  /** Ends a subscription; what was published before still comes. Does nothing where there is none. */
  unsubscribe(session: Session, topic: string): void {
    const live = liveSession(session);
    const feed = this.#feeds.get(live);
    const subscription = feed?.subscriptions.get(topic);
    if (feed === undefined || subscription === undefined) return;
    feed.catchUp();
    // What it was given may have ended the session, and with it the subscription.
    if (feed.subscriptions.get(topic) === subscription) this.#leave(feed, subscription);
  }

  /**
   * Sends a message to every session that is subscribed to a topic: through the encoders of its endpoint, as `sendObject` does, each set of encoders asked
   * once. Resolves with the number of sessions that were given it, when all were; 0 when nobody is subscribed.
   *
   * Rejects with `TypeError` for a name that is none and for `null` and `undefined`; with the error of an encoder when one fails, after the others were
   * served. A promise that nobody awaits never becomes an unhandled rejection.
   */
  publish(topic: string, message: unknown, options: PublishOptions = {}): Promise<{ readonly recipients: number }> {
    let except: LiveSession | undefined;
    try {
      judgeName(topic);
      if (message === undefined || message === null)
        throw illegalArgument(`publish takes a message, found ${describe(message)}`);
      except = options.except && liveSession(options.except);
    } catch (error) {
      return new Publication(0, undefined, undefined).fail(error);
    }
    const known = this.#topics.get(topic);
    const publication = new Publication(++this.#sequence, message, except, known?.subscriptions.size);
    if (known === undefined) publication.settle();
    else {
      this.recipients.add(known.subscriptions.size);
      const before = this.#weight;
      this.#weight += publication.weight;
      known.add(publication);
      this.#due.add(known);
      this.#runLater();
      if (before > MOST_DUE && !this.#isServing) this.#workOff(before);
    }
    return publication.outcome;
  }

  /** A snapshot of the topics of a session. */
  topicsOf(session: Session): ReadonlySet<string> {
    return new Set(this.#feeds.get(liveSession(session))?.subscriptions.keys());
  }

  /** A snapshot of the sessions of a topic. */
  subscribers(topic: string): ReadonlySet<Session> {
    return new Set<Session>(this.#topics.get(topic)?.subscriptions.keys());
  }

  #feed(session: LiveSession): Feed {
    const feed = new Feed(this.#due, () => this.#forget(session));
    this.#feeds.set(session, feed);
    session.remote.feed = feed;
    return feed;
  }

  #forget(session: LiveSession): void {
    const feed = this.#feeds.get(session);
    if (feed === undefined) return;
    for (const subscription of feed.subscriptions.values()) this.#leave(feed, subscription);
    this.#feeds.delete(session);
  }

  #leave(feed: Feed, { session, topic }: Subscription): void {
    feed.subscriptions.delete(topic.name);
    topic.subscriptions.delete(session);
    if (feed.subscriptions.size === 0 && this.#feeds.delete(session)) session.remote.feed = undefined;
    if (topic.subscriptions.size > 0) return;
    topic.clear();
    this.#due.delete(topic);
    // Somebody else may have made it anew.
    if (this.#topics.get(topic.name) === topic) this.#topics.delete(topic.name);
  }

  #runLater(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#serve();
      if (this.#due.size > 0) this.#runLater();
    });
  }

  /** Serves until no more is due than may be; at most what was due before, for what is served may publish in its turn. */
  #workOff(before: number): void {
    for (let served = 0; this.#weight > MOST_DUE && served < before && this.#due.size > 0;) served += this.#serve();
  }

  /** Serves a slice of receivers, of as many topics as it takes. Gives how many. */
  #serve(): number {
    let served = 0;
    this.#isServing = true;
    while (served < SLICE) {
      const [topic] = this.#due;
      if (topic === undefined) break;
      served += topic.fanOut(SLICE - served, (subscription) => this.#give(subscription)) || 1;
      // Others come before the rest of this one, and before what is published on it next.
      this.#due.delete(topic);
      if (topic.isDue) this.#due.add(topic);
    }
    this.#isServing = false;
    return served;
  }

  #give(subscription: Subscription): void {
    const feed = this.#feeds.get(subscription.session);
    // It may have left while somebody before it was served.
    if (feed === undefined) return;
    try {
      if (feed.subscriptions.size === 1) subscription.topic.giveAll(subscription);
      else feed.catchUp();
    } catch (error) {
      // The others are served, whatever goes wrong with this one.
      subscription.session.remote.published.refused(asError(error));
    }
  }
}

/** What a session is subscribed to; asked before the session sends anything itself. */
class Feed implements SessionFeed {
  readonly subscriptions = new Map<string, Subscription>();
  readonly #due: ReadonlySet<Topic>;
  readonly end: () => void;

  constructor(due: ReadonlySet<Topic>, end: () => void) {
    this.#due = due;
    this.end = end;
  }

  get isDue(): boolean {
    return this.#due.size > 0;
  }

  /** Gives the session everything that was published on its topics until now, in the order of the calls. */
  catchUp(): void {
    const behind = [...this.subscriptions.values()].filter(
      ({ topic, delivered }) => topic.isDue && topic.last > delivered,
    );
    if (behind.length === 1) return behind[0]!.topic.giveAll(behind[0]!);
    const due = behind.flatMap((subscription) => subscription.topic.dueFor(subscription));
    for (const subscription of behind) subscription.delivered = subscription.topic.last;
    due.sort((one, other) => one.sequence - other.sequence);
    for (const publication of due) publication.deliver(behind[0]!.session);
  }
}

function liveSession(session: unknown): LiveSession {
  if (session instanceof LiveSession) return session;
  throw illegalArgument(`expected a Session of this package, found ${describe(session)}`);
}

function judgeName(topic: unknown): asserts topic is string {
  if (typeof topic !== "string" || topic === "")
    throw illegalArgument(`a topic is named by text that is not empty, found ${describe(topic)}`);
  // eslint-disable-next-line no-control-regex
  if (Buffer.byteLength(topic) > MAX_NAME_BYTES || /[\u0000-\u001f\u007f-\u009f]/.test(topic))
    throw illegalArgument(`a topic has a name of at most ${MAX_NAME_BYTES} bytes without control characters`);
}
