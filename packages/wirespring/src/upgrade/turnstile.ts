import type { Clock } from "../clock.js";
import type { RefusalReason } from "../diagnostics.js";
import { HeapGauge } from "../heap-gauge.js";
import type { ContainerLimits } from "../limits.js";
import { peerKey } from "./ip-address.js";
import { Refusal } from "./refusal.js";
import { UpgradeRate } from "./upgrade-rate.js";

/**
 * Counts who is in, and lets in no more than the application's limits take: by process, by address, by principal, by memory (T24, F12). One for
 * each router, which asks before the handshake; every answer takes the same time, however many are in.
 */

export type TurnstileLimits = Pick<
  ContainerLimits,
  | "maxConnections"
  | "maxConnectionsPerAddress"
  | "maxConnectionsPerPrincipal"
  | "maxHeapUsage"
  | "upgradeBurst"
  | "upgradeRate"
>;

/** Seconds after which a peer may come back when the place that it wants is taken. */
const RETRY_AFTER = 5;

export class Turnstile {
  readonly #limits: TurnstileLimits;
  readonly #clock: Clock;
  readonly #heap: HeapGauge;
  readonly #rate: UpgradeRate | undefined;
  readonly #addresses = new Tally();
  readonly #principals = new Tally();
  #inside = 0;

  constructor(limits: TurnstileLimits, clock: Clock, heap = new HeapGauge(clock)) {
    this.#limits = limits;
    this.#clock = clock;
    this.#heap = heap;
    const { upgradeRate, upgradeBurst } = limits;
    this.#rate = upgradeRate === 0 ? undefined : new UpgradeRate(upgradeRate, upgradeBurst || 2 * upgradeRate);
  }

  /** Connections that are open or wait for their handshake. */
  get inside(): number {
    return this.#inside;
  }

  /** Gives a place to a request, until its connection ends, or says why there is none. */
  enter(address: string | undefined): Place | Refusal {
    const { maxConnections, maxConnectionsPerAddress, maxHeapUsage } = this.#limits;
    const wait = address === undefined ? 0 : (this.#rate?.take(address, this.#clock.now()) ?? 0);
    if (wait > 0) return full(429, "rate", Math.ceil(wait / 1_000));
    if (maxHeapUsage > 0 && this.#heap.usage > maxHeapUsage) return full(503, "memory");
    if (maxConnections > 0 && this.#inside >= maxConnections) return full(503, "connections");
    const counted = maxConnectionsPerAddress > 0 && address !== undefined;
    const key = counted ? peerKey(address) : undefined;
    if (key !== undefined && !this.#addresses.add(key, maxConnectionsPerAddress)) return full(429, "address");
    this.#inside++;
    return new Place(this, key);
  }

  /** Counts a principal. */
  claim(principal: string): boolean {
    return this.#principals.add(principal, this.#limits.maxConnectionsPerPrincipal);
  }

  /** Gives a place back, and what was counted with it. */
  leave(address: string | undefined, principal: string | undefined): void {
    this.#inside--;
    if (address !== undefined) this.#addresses.remove(address);
    if (principal !== undefined) this.#principals.remove(principal);
  }

  /** Whether principals are counted at all. */
  get countsPrincipals(): boolean {
    return this.#limits.maxConnectionsPerPrincipal > 0;
  }
}

/** The place of one connection, from its handshake to its end. */
export class Place {
  readonly #turnstile: Turnstile;
  readonly #address: string | undefined;
  #principal: string | undefined;
  #left = false;

  /** Made by the turnstile. */
  constructor(turnstile: Turnstile, address: string | undefined) {
    this.#turnstile = turnstile;
    this.#address = address;
  }

  /** Counts the connection as one of this principal's, once it is known, or says that there are too many. */
  claim(principal: string): Refusal | undefined {
    if (!this.#turnstile.countsPrincipals || this.#left) return undefined;
    if (!this.#turnstile.claim(principal)) return full(429, "principal");
    this.#principal = principal;
    return undefined;
  }

  /** The connection has ended, or there will be none. A second call does nothing. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#turnstile.leave(this.#address, this.#principal);
  }
}

/** How many there are of each key; no more keys than what is counted. */
class Tally {
  readonly #counts = new Map<string, number>();

  /** Tells whether there was room. */
  add(key: string, most: number): boolean {
    const count = this.#counts.get(key) ?? 0;
    if (count >= most) return false;
    this.#counts.set(key, count + 1);
    return true;
  }

  remove(key: string): void {
    const count = this.#counts.get(key)! - 1;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}

function full(status: number, reason: RefusalReason, seconds = RETRY_AFTER): Refusal {
  return new Refusal(status, reason, { headers: [["Retry-After", String(seconds)]] });
}
