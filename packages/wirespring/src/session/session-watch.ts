import type { Clock } from "../clock.js";
import { Watched, type TimerWheel } from "../timer-wheel.js";
import type { Transport } from "./transport.js";

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
  /** Whether we have stopped the peer's input. */
  readonly isHeld: boolean;
  /** Bytes that wait for the network. */
  readonly bufferedAmount: number;
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

/** A heartbeat comes earlier by a share between these two, so that sessions which began together do not ping together. */
const [LEAST_EARLY, MOST_EARLY] = [0.01, 0.1];

/** What a heartbeat carries, so that its answer is told from a pong that the application is to see. */
const HEARTBEAT = Buffer.from("wsprng");

export class SessionWatch extends Watched {
  readonly #owner: WatchOwner;
  readonly #wheel: TimerWheel;
  readonly #transport: Transport;
  /** From when on the peer's silence counts. */
  #silentSince: number;
  #pingAfter: number;
  #pingedAt: number | undefined;
  #awaitsPong = false;
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

  /** Much waits for the network. */
  congested(): void {
    if (this.#slowSince !== undefined) return;
    const now = this.#owner.clock.now();
    this.#measure(now);
    this.#wheel.sooner(this, now + this.#owner.limits.slowConsumerTimeout);
  }

  /** Whether a pong is the answer to a heartbeat, of which the application knows nothing. */
  isHeartbeat(pong: Buffer): boolean {
    if (!this.#awaitsPong || !pong.equals(HEARTBEAT)) return false;
    this.#awaitsPong = false;
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
    if (this.#owner.isHeld) this.#excuse(now);
    if (now >= this.#expiresAt) this.#owner.expired();
    return Math.min(
      this.#expiresAt,
      this.#lookAtPeer(now),
      this.#lookAtIdle(now),
      this.#lookAtMessage(now),
      this.#lookAtCall(now),
      this.#lookAtReader(now),
    );
  }

  /** Whose input we have stopped cannot be blamed for silence. */
  #excuse(now: number): void {
    this.#silentSince = now;
    this.#pingedAt = undefined;
    if (this.#idleTimeout > 0) this.#activeAt = now;
    if (this.#incompleteSince !== undefined) this.#incompleteSince = now;
  }

  #lookAtPeer(now: number): number {
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
      this.#awaitsPong = true;
      this.#transport.ping(HEARTBEAT);
    }
    const due = this.#pingedAt + heartbeatTimeout;
    if (now >= due) this.#owner.silent();
    return due;
  }

  #early(): number {
    const share = LEAST_EARLY + Math.random() * (MOST_EARLY - LEAST_EARLY);
    return this.#owner.limits.heartbeatInterval * (1 - share);
  }

  #lookAtIdle(now: number): number {
    const timeout = this.#idleTimeout;
    if (timeout <= 0) return Infinity;
    const due = this.#activeAt + timeout;
    if (now < due) return due;
    this.#owner.idle(timeout);
    return Infinity;
  }

  #lookAtMessage(now: number): number {
    if (this.#incompleteSince === undefined) return Infinity;
    const due = this.#incompleteSince + this.#owner.limits.assemblyTimeout;
    if (now < due) return due;
    this.#owner.unfinished();
    return Infinity;
  }

  #lookAtCall(now: number): number {
    const since = this.#owner.oldestCall;
    if (since === undefined) return Infinity;
    const due = since + this.#owner.limits.handlerTimeout;
    if (now < due) return due;
    this.#owner.overdue();
    return Infinity;
  }

  /** Slow is who takes less than some bytes in some time, while more than that waits. */
  #lookAtReader(now: number): number {
    if (this.#slowSince === undefined) return Infinity;
    const { slowConsumerBytes, slowConsumerTimeout } = this.#owner.limits;
    if (this.#owner.bufferedAmount <= slowConsumerBytes) {
      this.#slowSince = undefined;
      return Infinity;
    }
    const due = this.#slowSince + slowConsumerTimeout;
    if (now < due) return due;
    if (this.#transport.bytesWritten - this.#written < slowConsumerBytes) {
      this.#owner.slow();
      return Infinity;
    }
    this.#measure(now);
    return now + slowConsumerTimeout;
  }

  #measure(now: number): void {
    this.#slowSince = now;
    this.#written = this.#transport.bytesWritten;
  }
}
