import { CloseCodes, CloseReason } from "../close-reason.js";
import type { Clock } from "../clock.js";
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

  constructor(home: RateHome, owner: RateOwner) {
    const { messageRate, messageBurst } = home.limits;
    this.#home = home;
    this.#owner = owner;
    this.#bucket = new TokenBucket(messageRate, Math.max(1, messageBurst || 2 * messageRate), home.clock.now());
  }

  /** A message has arrived. */
  count(): void {
    const { clock, holds, limits } = this.#home;
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
    holds.hold(HoldReason.rate);
    clock.setTimer(() => holds.letGo(HoldReason.rate), wait);
  }
}
