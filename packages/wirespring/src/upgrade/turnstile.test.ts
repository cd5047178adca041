import { describe, expect, it } from "vitest";
import { HeapGauge } from "../heap-gauge.js";
import { defaultContainerLimits } from "../limits.js";
import { ManualClock } from "./fake-endpoint.test.fixture.js";
import { Refusal } from "./refusal.js";
import { Turnstile, type Place, type TurnstileLimits } from "./turnstile.js";

function setUp(limits: Partial<TurnstileLimits> = {}, heap = (): number => 0) {
  const clock = new ManualClock();
  const turnstile = new Turnstile({ ...defaultContainerLimits, ...limits }, clock, new HeapGauge(clock, heap));
  return { turnstile, clock };
}

function verdict(entered: Place | Refusal | undefined): string {
  if (!(entered instanceof Refusal)) return "in";
  const [header] = entered.headers;
  return `${entered.status} ${entered.reason} ${header![0]}: ${header![1]}`;
}

const enter = (turnstile: Turnstile, address: string | undefined = "192.0.2.1"): Place =>
  turnstile.enter(address) as Place;

describe("Turnstile", () => {
  it("lets everybody in by default, and counts them until they leave, once", () => {
    const { turnstile } = setUp();
    const places = Array.from({ length: 1_000 }, () => enter(turnstile));
    for (const place of places) expect(place.claim("ann")).toBeUndefined();
    expect(turnstile.inside).toBe(1_000);
    for (const place of [...places, ...places]) place.leave();
    expect(turnstile.inside).toBe(0);
  });

  it("bounds the connections of the process", () => {
    const { turnstile } = setUp({ maxConnections: 2 });
    const first = enter(turnstile);
    enter(turnstile, undefined);
    expect(verdict(turnstile.enter("192.0.2.2"))).toBe("503 connections Retry-After: 5");
    first.leave();
    expect(verdict(turnstile.enter("192.0.2.2"))).toBe("in");
  });

  it("bounds the connections of an address, by the network of IPv6", () => {
    const { turnstile } = setUp({ maxConnectionsPerAddress: 1 });
    const first = enter(turnstile);
    expect(verdict(turnstile.enter("::ffff:192.0.2.1"))).toBe("429 address Retry-After: 5");
    expect(verdict(turnstile.enter("192.0.2.2"))).toBe("in");
    expect(verdict(turnstile.enter("2001:db8::1"))).toBe("in");
    expect(verdict(turnstile.enter("2001:db8::2"))).toBe("429 address Retry-After: 5");
    expect(verdict(turnstile.enter(undefined))).toBe("in");
    expect(verdict(turnstile.enter(undefined))).toBe("in");
    first.leave();
    first.leave();
    expect([verdict(turnstile.enter("192.0.2.1")), verdict(turnstile.enter("192.0.2.1"))]).toEqual([
      "in",
      "429 address Retry-After: 5",
    ]);
  });

  it("bounds the connections of a principal, also one with a name of every object", () => {
    const { turnstile } = setUp({ maxConnectionsPerPrincipal: 1 });
    for (const name of ["ann", "__proto__", "constructor"]) {
      const first = enter(turnstile);
      expect(first.claim(name)).toBeUndefined();
      const second = enter(turnstile);
      expect(verdict(second.claim(name))).toBe("429 principal Retry-After: 5");
      // It was not counted, so its end gives nothing back.
      second.leave();
      expect(verdict(enter(turnstile).claim(name))).toBe("429 principal Retry-After: 5");
      first.leave();
      expect(enter(turnstile).claim(name)).toBeUndefined();
    }
  });

  it("counts no principal for a connection that was given up while it was asked for", () => {
    const { turnstile } = setUp({ maxConnectionsPerPrincipal: 1 });
    const late = enter(turnstile);
    late.leave();
    expect(late.claim("ann")).toBeUndefined();
    expect(enter(turnstile).claim("ann")).toBeUndefined();
  });

  it("bounds the upgrades of an address, by default twice the rate at once (T24)", () => {
    const { turnstile, clock } = setUp({ upgradeRate: 1 });
    const four = [1, 2, 3, 4].map(() => verdict(turnstile.enter("192.0.2.1")));
    expect(four).toEqual(["in", "in", "429 rate Retry-After: 1", "429 rate Retry-After: 1"]);
    expect(verdict(turnstile.enter("192.0.2.2"))).toBe("in");
    clock.advance(1_000);
    expect(verdict(turnstile.enter("192.0.2.1"))).toBe("in");
    const { turnstile: wide } = setUp({ upgradeRate: 1, upgradeBurst: 4 });
    for (let count = 0; count < 4; count++) enter(wide);
    expect(verdict(wide.enter("192.0.2.1"))).toBe("429 rate Retry-After: 1");
  });

  it("lets nobody in while the heap is nearly full, and again when it is not (F12)", () => {
    let usage = 85;
    const { turnstile, clock } = setUp({}, () => usage);
    expect(verdict(turnstile.enter("192.0.2.1"))).toBe("in");
    usage = 86;
    expect(verdict(turnstile.enter("192.0.2.1"))).toBe("in");
    clock.advance(1_000);
    expect(verdict(turnstile.enter("192.0.2.1"))).toBe("503 memory Retry-After: 5");
    usage = 40;
    clock.advance(1_000);
    expect(verdict(turnstile.enter("192.0.2.1"))).toBe("in");
    expect(turnstile.inside).toBe(3);
  });

  it("does not look at the heap when it is told so", () => {
    const { turnstile } = setUp({ maxHeapUsage: 0 }, () => {
      throw new Error("looked");
    });
    expect(verdict(turnstile.enter("192.0.2.1"))).toBe("in");
  });
});
