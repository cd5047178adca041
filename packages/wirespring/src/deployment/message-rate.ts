import { CloseCodes, CloseReason } from "../close-reason.js";
import type { Clock, Timer } from "../clock.js";
import type { LimitName } from "../diagnostics.js";
import { HoldReason, type InputHolds } from "../session/input-holds.js";
import { TokenBucket } from "../session/token-bucket.js";

/**
 * Keeps the messages of one session below a rate: input stands still until the next one may come, and the session ends when the peer presses on for
 * too long. Made by the inbox, where the endpoint has a rate; told of each message.
 */

/** The bounds; see `Limits`. */
export interface RateLimits {
  readonly messageRate: number;
  readonly messageBurst: number;
  readonly messageRateTimeout: number;
}

/** The session's inbox. */
export interface RateHome {
  readonly holds: InputHolds;
  readonly limits: RateLimits;
  readonly clock: Clock;
}

/** The session's dispatcher. */
export interface RateOwner {
  broke(limit: LimitName, reason: CloseReason): void;
}

export class MessageRate {
  readonly #home: RateHome;
  readonly #owner: RateOwner;
  readonly #bucket: TokenBucket;
  /** Since when the peer has used up everything it may send. */
  #pressedSince: number | undefined;
  /** Runs while input stands still. */
  #timer: Timer | undefined;

  constructor(home: RateHome, owner: RateOwner) {
    const { messageRate, messageBurst } = home.limits;
    this.#home = home;
    this.#owner = owner;
    this.#bucket = new TokenBucket(messageRate, Math.max(1, messageBurst || 2 * messageRate), home.clock.now());
  }

  /** A message has arrived. */
  count(): void {
    const { clock, limits } = this.#home;
    const now = clock.now();
    this.#bucket.take(now);
    const wait = this.#bucket.wait(now);
    // It has waited long enough of its own accord.
    if (wait === 0) {
      if (this.#bucket.isHalfFull) this.#pressedSince = undefined;
      return;
    }
    this.#pressedSince ??= now;
    if (now - this.#pressedSince >= limits.messageRateTimeout) {
      this.#owner.broke("message-rate", new CloseReason(CloseCodes.VIOLATED_POLICY, "too many messages"));
      return;
    }
    // Of what comes while input stands still, the timer learns when it is due.
    if (this.#timer === undefined) this.#holdFor(wait);
  }

  /** The session has ended. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #holdFor(wait: number): void {
    const { clock, holds } = this.#home;
    holds.hold(HoldReason.rate);
    this.#timer = clock.setTimer(() => {
      this.#timer = undefined;
      const rest = this.#bucket.wait(clock.now());
      if (rest > 0) this.#holdFor(rest);
      else holds.letGo(HoldReason.rate);
    }, wait);
  }
}
