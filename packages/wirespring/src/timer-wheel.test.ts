import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { JumpingClock, turns } from "./jumping-clock.test.fixture.js";
import { TimerWheel, Watched } from "./timer-wheel.js";

/** Writes down when it is looked at, and wants the next look after `every` milliseconds. */
class Probe extends Watched {
  readonly looks: number[] = [];
  every = Infinity;
  within: (() => void) | undefined;

  override look(now: number): number {
    this.looks.push(now);
    this.within?.();
    return now + this.every;
  }
}

function start(): { clock: JumpingClock; wheel: TimerWheel; add: (due: number, every?: number) => Probe } {
  const clock = new JumpingClock();
  const wheel = new TimerWheel(clock);
  const add = (due: number, every = Infinity): Probe => {
    const probe = new Probe();
    probe.every = every;
    wheel.add(probe, due);
    return probe;
  };
  return { clock, wheel, add };
}

describe("TimerWheel", () => {
  it.each([
    [1, 100],
    [100, 100],
    [101, 200],
    [51_100, 51_100],
    [51_200, 51_200],
    [51_201, 51_300],
    [102_400, 102_400],
    [10_000_001, 10_000_100],
  ])("looks at what is due at %d at %d, never earlier, and once", (due, at) => {
    const { clock, add } = start();
    const probe = add(due);
    clock.advance(at - 1);
    expect(probe.looks).toEqual([]);
    clock.advance(1);
    expect(probe.looks).toEqual([at]);
    clock.advance(200_000);
    expect(probe.looks).toEqual([at]);
  });

  it("looks at what is due already in the next turn, whatever the clock has begun with", () => {
    const { clock, add } = start();
    clock.advance(12_345_678);
    const probe = add(0);
    expect(probe.looks).toEqual([]);
    clock.advance(100);
    expect(probe.looks).toEqual([12_345_700]);
  });

  it.each([100, 700, 51_200, 60_000])("looks again and again, every %d", (every) => {
    const { clock, add } = start();
    const probe = add(every, every);
    clock.advance(5 * every);
    expect(probe.looks).toEqual([1, 2, 3, 4, 5].map((count) => count * every));
  });

  it("has one timer, however much it looks at, and none when nothing is left", () => {
    const { clock, wheel, add } = start();
    const probes = Array.from({ length: 1_000 }, (_, index) => add(index * 77, 5_000));
    expect(clock.timers.size).toBe(1);
    clock.advance(90_000);
    expect(clock.timers.size).toBe(1);
    for (const probe of probes) wheel.remove(probe);
    expect(clock.timers.size).toBe(0);
    const looks = probes.reduce((sum, { looks }) => sum + looks.length, 0);
    clock.advance(100_000);
    expect(probes.reduce((sum, { looks }) => sum + looks.length, 0)).toBe(looks);
  });

  it("sets no timer for what is never due", () => {
    const { clock, add } = start();
    add(Infinity);
    expect(clock.timers.size).toBe(0);
  });

  it("looks sooner when that is wanted, and not later", () => {
    const { clock, wheel, add } = start();
    const near = add(10_000);
    const far = add(1_000_000);
    const never = add(Infinity);
    wheel.sooner(near, 20_000);
    for (const probe of [near, far, never]) wheel.sooner(probe, 5_000);
    clock.advance(4_999);
    expect([near, far, never].map(({ looks }) => looks)).toEqual([[], [], []]);
    clock.advance(2_000_000);
    expect([near, far, never].map(({ looks }) => looks)).toEqual([[5_000], [5_000], [5_000]]);
  });

  it("keeps nothing of what was removed, in a slot or aside", () => {
    const { clock, wheel, add } = start();
    add(100);
    const removed = [add(100), add(40_000), add(60_000), add(Infinity)];
    for (const probe of removed) wheel.remove(probe);
    wheel.remove(removed[0]!);
    wheel.sooner(removed[1]!, 200);
    clock.advance(200_000);
    expect(removed.map(({ looks, turn }) => [looks, turn])).toEqual(removed.map(() => [[], -1]));
  });

  it("lets what is removed go at once", async () => {
    const { wheel, add } = start();
    add(100);
    const gone = ((): WeakRef<Probe>[] =>
      [add(40_000), add(60_000), add(Infinity)].map((probe) => {
        wheel.sooner(probe, 30_000);
        wheel.remove(probe);
        return new WeakRef(probe);
      }))();
    await turns();
    setFlagsFromString("--expose-gc");
    (runInNewContext("gc") as () => void)();
    expect(gone.map((reference) => reference.deref())).toEqual([undefined, undefined, undefined]);
  });

  it("bears looks that remove, add and hurry others", () => {
    const { clock, wheel, add } = start();
    const [first, second, third] = [add(100), add(100), add(100)];
    let added: Probe | undefined;
    first.within = () => {
      wheel.remove(second);
      wheel.sooner(third, 0);
      wheel.sooner(first, 0);
      added ??= add(0);
    };
    clock.advance(1_000);
    expect([first, second, third, added!].map(({ looks }) => looks)).toEqual([[100], [], [100], [200]]);
  });

  it("looks at nothing that a look has removed with itself", () => {
    const { clock, wheel, add } = start();
    const probe = add(100, 100);
    probe.within = () => wheel.remove(probe);
    clock.advance(1_000);
    expect([probe.looks, clock.timers.size]).toEqual([[100], 0]);
  });
});

describe("a stall", () => {
  it.each([250, 1_000, 5_000, 30_000, 200_000])(
    "of %d ms puts the looks off until what has arrived was read",
    async (stall) => {
      const { clock, wheel, add } = start();
      const near = add(100, 1_000);
      const [far, aside] = [add(3_000), add(100_000)];
      clock.jump(100 + stall);
      expect([near.looks, far.looks]).toEqual([[], []]);
      await turns();
      const at = 100 + stall;
      expect(near.looks).toEqual([at]);
      expect([far.looks.length, aside.looks.length]).toEqual([at >= 3_000 ? 1 : 0, at >= 100_000 ? 1 : 0]);
      expect(wheel.longestStall).toBe(stall);
      clock.advance(1_100);
      expect(near.looks).toHaveLength(2);
    },
  );

  it("is noticed, but for a second of it, also when nothing is due meanwhile", async () => {
    const { clock, wheel, add } = start();
    const probe = add(30_000);
    clock.advance(6_500);
    clock.jump(20_000);
    await turns();
    const elapsed = wheel.elapsed(0, clock.now());
    expect(elapsed).toBeGreaterThanOrEqual(6_500);
    expect(elapsed).toBeLessThanOrEqual(7_500);
    expect(probe.looks).toEqual([]);
    clock.advance(3_500);
    expect(probe.looks).toEqual([30_000]);
  });

  it("is none when a turn comes a little late", () => {
    const { clock, wheel, add } = start();
    const probe = add(100);
    clock.jump(349);
    expect([probe.looks, wheel.longestStall, wheel.elapsed(0, 349)]).toEqual([[349], 0, 349]);
  });

  it("does not count as time that has passed", async () => {
    const { clock, wheel, add } = start();
    add(1_000, 1_000);
    clock.jump(3_000);
    await turns();
    expect([0, 1_000, 1_500, 3_000].map((since) => wheel.elapsed(since, 3_000))).toEqual([1_000, 0, 0, 0]);
    clock.advance(1_000);
    clock.jump(5_000);
    await turns();
    expect(wheel.elapsed(0, clock.now())).toBe(9_000 - 2_000 - 4_000);
    expect(wheel.elapsed(4_000, clock.now())).toBe(1_000);
  });

  it("is forgotten when many came after it", async () => {
    const { clock, wheel, add } = start();
    add(1_000, 1_000);
    for (let count = 0; count < 33; count++) {
      clock.jump(2_000);
      await turns();
    }
    expect(wheel.elapsed(0, clock.now())).toBeGreaterThan(clock.now() - 32 * 2_000);
  });

  it("leaves no timer when everything was removed meanwhile", async () => {
    const { clock, wheel, add } = start();
    const probe = add(100);
    clock.jump(10_000);
    wheel.remove(probe);
    await turns();
    expect([probe.looks, clock.timers.size]).toEqual([[], 0]);
    const later = add(clock.now() + 500);
    clock.advance(500);
    expect(later.looks).toHaveLength(1);
  });
});
