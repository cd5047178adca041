/** Counts what may happen so often in a second, with a burst above it. Owned by whoever limits a rate; time is handed in, in milliseconds. */
export class TokenBucket {
  readonly #perMillisecond: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  /** Starts full. `perSecond`: above 0. */
  constructor(perSecond: number, burst: number, now: number) {
    this.#perMillisecond = perSecond / 1_000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes a token, also where none is left; false then. No more than one is ever owed. */
  take(now: number): boolean {
    this.#refill(now);
    this.#tokens -= 1;
    if (this.#tokens >= 0) return true;
    this.#tokens = Math.max(-1, this.#tokens);
    return false;
  }

  /** Milliseconds until there is a token again; 0 when there is one. */
  wait(now: number): number {
    this.#refill(now);
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) / this.#perMillisecond);
  }

  /** Whether the peer has left some time unused, as of the last call. */
  get isHalfFull(): boolean {
    return this.#tokens >= this.#burst / 2;
  }

  #refill(now: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMillisecond);
    this.#at = now;
  }
}
