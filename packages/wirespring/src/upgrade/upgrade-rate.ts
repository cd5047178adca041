import { TokenBucket } from "../session/token-bucket.js";
import { peerKey } from "./ip-address.js";

/**
 * Bounds the upgrades that one address may ask for (T24). Owned by the turnstile; keeps a bucket for each peer that came lately, and never
 * more than a fixed number of them.
 */

/** Peers that are remembered; those that have not come for longest are forgotten. */
const MAX_PEERS = 100_000;

export class UpgradeRate {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #generation: number;
  /** Two generations of half the peers each: whoever comes is of the young one, and the old one is forgotten as a whole. */
  #young = new Map<string, TokenBucket>();
  #old = new Map<string, TokenBucket>();

  /** @param perSecond Above 0. */
  constructor(perSecond: number, burst: number, most = MAX_PEERS) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#generation = most / 2;
  }

  /** Takes one upgrade of an address, and tells how many milliseconds it has to wait; 0 when it has not, and was counted. */
  take(address: string, now: number): number {
    const key = peerKey(address);
    const bucket = this.#bucketOf(key, now);
    const wait = bucket.wait(now);
    // What was refused costs nothing: a peer that keeps asking is not shut out for ever.
    if (wait === 0) bucket.take(now);
    return wait;
  }

  /** Peers that are remembered. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  // Not one map in order of use: finding its first key takes the longer, the more were deleted before it.
  #bucketOf(key: string, now: number): TokenBucket {
    const known = this.#young.get(key);
    if (known !== undefined) return known;
    const bucket = this.#old.get(key) ?? new TokenBucket(this.#perSecond, this.#burst, now);
    this.#old.delete(key);
    if (this.#young.size >= this.#generation) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, bucket);
    return bucket;
  }
}
