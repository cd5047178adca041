import type { Clock } from "../clock.js";
import { Watched, type TimerWheel } from "../timer-wheel.js";
import { HEARTBEAT, type Transport } from "./transport.js";

/**
 * Everything about a session that time decides: whether the peer still lives, whether it reads, whether it ends its messages, whether a handler ever
 * ends, and when the session expires. Made by the dispatcher, looked at by the timer wheel of the container; tells the dispatcher what it found.
 */

/** The bounds of time; see `Limits`. */
export interface WatchLimits {
  readonly heartbeatInterval: number;
  readonly heartbeatTimeout: number;
  readonly assemblyTimeout: number;
  readonly handlerTimeout: number;
  readonly slowConsumerTimeout: number;
  readonly slowConsumerBytes: number;
}

/** The session's dispatcher. */
export interface WatchOwner {
  readonly clock: Clock;
  readonly limits: WatchLimits;
  /** The last moment in which we had stopped the peer's input; `now` while we do. */
  lastHeld(now: number): number;
  /** Bytes that wait for the peer. */
  readonly unread: number;
  /** When the handler was called that has been at work longest, by the clock; undefined when there is none that time ends. */
  readonly oldestCall: number | undefined;
  /** Nothing has come from the peer, a ping of ours included. */
  silent(): void;
  /** Nothing was received or sent for `timeout` milliseconds. */
  idle(timeout: number): void;
  /** A message that began long ago is not complete. */
  unfinished(): void;
  /** A handler does not end. */
  overdue(): void;
  /** The peer does not take what is sent. */
  slow(): void;
  /** The time that the session was given is over. */
  expired(): void;
}

/** What may be found; the first of several that are due. */
const VERDICTS = ["expired", "silent", "idle", "unfinished", "overdue", "slow"] as const;

type Verdict = (typeof VERDICTS)[number];

/** A heartbeat comes earlier by a share between these two, so that sessions which began together do not ping together. */
const [LEAST_EARLY, MOST_EARLY] = [0.01, 0.1];

/** How often in its time a slow peer is looked at: so exactly is it known since when it has taken nothing. */
const LOOKS = 4;

export class SessionWatch extends Watched {
  readonly #owner: WatchOwner;
  readonly #wheel: TimerWheel;
  readonly #transport: Transport;
  /** From when on the peer's silence counts. */
  #silentSince: number;
  #pingAfter: number;
  #pingedAt: number | undefined;
  /** Heartbeats that were not answered. */
  #unanswered = 0;
  #idleTimeout = 0;
  #activeAt = 0;
  /** Since when a whole message is incomplete. */
  #incompleteSince: number | undefined;
  /** Since when the peer leaves much unread, and what it had taken then. */
  #slowSince: number | undefined;
  #written = 0;
  #expiresAt = Infinity;

  /** Begins to look. */
  constructor(owner: WatchOwner, wheel: TimerWheel, transport: Transport) {
    super();
    this.#owner = owner;
    this.#wheel = wheel;
    this.#transport = transport;
    this.#silentSince = owner.clock.now();
    this.#pingAfter = this.#early();
    wheel.add(this, this.#silentSince + (this.#pingAfter || Infinity));
  }

  /** Looks no more. */
  stop(): void {
    this.#wheel.remove(this);
  }

  /** A message, ping or pong was received or sent. */
  touch(): void {
    if (this.#idleTimeout > 0) this.#activeAt = this.#owner.clock.now();
  }

  /** A whole message has begun, of which the rest is still to come. */
  incomplete(): void {
    this.#incompleteSince = this.#owner.clock.now();
    this.#wheel.sooner(this, this.#incompleteSince + this.#owner.limits.assemblyTimeout);
  }

  /** The message has arrived. */
  complete(): void {
    this.#incompleteSince = undefined;
  }

  /** A handler has been called that goes on. */
  called(now: number): void {
    this.#wheel.sooner(this, now + this.#owner.limits.handlerTimeout);
  }

  /** More waits than a peer leaves that reads. */
  congested(): void {
    if (this.#slowSince !== undefined) return;
    const now = this.#owner.clock.now();
    this.#measure(now);
    this.#wheel.sooner(this, now + this.#owner.limits.slowConsumerTimeout / LOOKS);
  }

  /** Whether a pong is the answer to a heartbeat, of which the application knows nothing. */
  isHeartbeat(pong: Buffer): boolean {
    if (this.#unanswered === 0 || !pong.equals(HEARTBEAT)) return false;
    this.#unanswered--;
    return true;
  }

  /** Milliseconds; 0 or less: never. Starts the time anew. */
  set idleTimeout(timeout: number) {
    this.#idleTimeout = timeout;
    this.#activeAt = this.#owner.clock.now();
    if (timeout > 0) this.#wheel.sooner(this, this.#activeAt + timeout);
  }

  /** When the session ends, by the clock; Infinity: never. */
  set expiresAt(time: number) {
    this.#expiresAt = time;
    this.#wheel.sooner(this, time);
  }

  override look(now: number): number {
    this.#excuse(now);
    const { assemblyTimeout, handlerTimeout, slowConsumerTimeout } = this.#owner.limits;
    const dues: Record<Verdict, number> = {
      expired: this.#expiresAt,
      silent: this.#silentAt(now),
      idle: this.#idleTimeout > 0 ? this.#due(this.#activeAt, this.#idleTimeout, now) : Infinity,
      unfinished: this.#due(this.#incompleteSince, assemblyTimeout, now),
      overdue: this.#due(this.#owner.oldestCall, handlerTimeout, now),
      slow: this.#slowAt(now),
    };
    const soon = this.#slowSince === undefined ? Infinity : now + slowConsumerTimeout / LOOKS;
    const verdict = VERDICTS.find((each) => dues[each] <= now);
    if (verdict === undefined) return Math.min(soon, ...Object.values(dues));
    // One is enough: the session ends.
    this.stop();
    if (verdict === "idle") this.#owner.idle(this.#idleTimeout);
    else this.#owner[verdict]();
    return Infinity;
  }

  /** Whose input we have stopped cannot be blamed for silence. */
  #excuse(now: number): void {
    const held = this.#owner.lastHeld(now);
    if (held > this.#silentSince) this.#silentSince = held;
    if (this.#pingedAt !== undefined && held >= this.#pingedAt) this.#pingedAt = undefined;
    if (held > this.#activeAt) this.#activeAt = held;
    if (this.#incompleteSince !== undefined && held > this.#incompleteSince) this.#incompleteSince = held;
  }

  /** The moment at which something has lasted too long, as far as that is known now. */
  #due(since: number | undefined, limit: number, now: number): number {
    return since === undefined ? Infinity : now + limit - this.#wheel.elapsed(since, now);
  }

  /** Pings the peer when it is time; then, when it is dead unless something comes. */
  #silentAt(now: number): number {
    const { heartbeatInterval, heartbeatTimeout } = this.#owner.limits;
    if (heartbeatInterval === 0) return Infinity;
    const { heardAt } = this.#transport;
    if (heardAt > this.#silentSince) {
      this.#silentSince = heardAt;
      this.#pingedAt = undefined;
    }
    if (this.#pingedAt === undefined) {
      const due = this.#silentSince + this.#pingAfter;
      if (now < due) return due;
      this.#pingedAt = now;
      this.#pingAfter = this.#early();
      this.#unanswered++;
      this.#transport.ping(HEARTBEAT);
    }
    const dead = this.#due(this.#pingedAt, heartbeatTimeout, now);
    // Once it has answered, its next ping may be due before this one's time is over.
    return dead <= now ? dead : Math.min(dead, now + this.#pingAfter);
  }

  #early(): number {
    const share = LEAST_EARLY + Math.random() * (MOST_EARLY - LEAST_EARLY);
    return this.#owner.limits.heartbeatInterval * (1 - share);
  }

  /** Slow is who takes less than some bytes in some time, while more than that waits. */
  #slowAt(now: number): number {
    if (this.#slowSince === undefined) return Infinity;
    const { slowConsumerBytes, slowConsumerTimeout } = this.#owner.limits;
    if (this.#owner.unread <= slowConsumerBytes) {
      this.#slowSince = undefined;
      return Infinity;
    }
    if (this.#transport.bytesWritten - this.#written >= slowConsumerBytes) this.#measure(now);
    return this.#due(this.#slowSince, slowConsumerTimeout, now);
  }

  #measure(now: number): void {
    this.#slowSince = now;
    this.#written = this.#transport.bytesWritten;
  }
}
