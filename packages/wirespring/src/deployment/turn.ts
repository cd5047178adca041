import { setImmediate } from "node:timers";
import type { Clock } from "../clock.js";
import type { RecipientCount } from "../session/recipient-count.js";

/**
 * How long one session may keep the process to itself: so many messages, those included that it has others sent, or so many milliseconds of
 * synchronous handlers; then everybody else's turn comes. Asked by the inbox around each message; costs next to nothing while handlers are quick.
 */

/** The bounds; see `Limits`. */
export interface TurnLimits {
  readonly turnMessages: number;
  readonly turnTime: number;
}

/** While handlers are quick, one in so many is measured, and stands for the others. */
const SAMPLE = 8;

/** A handler that takes longer than this share of the turn is not quick. */
const QUICK = 1 / 16;

/** This share of a turn may pass before it matters that a new turn of the event loop has begun. */
const UNTOLD = 1 / 4;

export class Turn {
  readonly #limits: TurnLimits;
  readonly #clock: Clock;
  readonly #over: () => void;
  readonly #recipients: RecipientCount;
  #messages = 0;
  /** What was published before the message at hand. */
  #published = 0;
  #spent = 0;
  /** The last one that was measured took long: each is measured. */
  #slow = true;
  #isEnding = false;

  /** @param over Called in the next turn of the event loop. */
  constructor(limits: TurnLimits, clock: Clock, recipients: RecipientCount, over: () => void) {
    this.#limits = limits;
    this.#clock = clock;
    this.#recipients = recipients;
    this.#over = over;
  }

  /** A message is about to be handled. Gives what `end` wants. */
  begin(): number {
    this.#messages++;
    this.#published = this.#recipients.total;
    return this.#slow || this.#messages % SAMPLE === 0 ? this.#clock.now() : -1;
  }

  /** It was handled, as far as that was synchronous. True: the session has had its turn. */
  end(began: number): boolean {
    const { turnMessages, turnTime } = this.#limits;
    if (began >= 0) {
      const took = this.#clock.now() - began;
      this.#spent += this.#slow ? took : took * SAMPLE;
      this.#slow = took > turnTime * QUICK;
    }
    this.#messages += this.#recipients.total - this.#published;
    if (this.#messages < turnMessages * UNTOLD && this.#spent < turnTime / 2) return false;
    this.#endLater();
    return this.#messages >= turnMessages || this.#spent >= turnTime;
  }

  #endLater(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    setImmediate(() => {
      this.#isEnding = false;
      this.#spent = 0;
      this.#messages = Math.max(0, this.#messages - this.#limits.turnMessages);
      // Who has had a crowd told something has had several turns.
      if (this.#messages >= this.#limits.turnMessages) this.#endLater();
      else this.#over();
    });
  }
}
