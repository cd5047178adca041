import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readBudget } from "./budget.js";
import { fuzz, heapInUse, replay, type Fuzzer, type Left } from "./fuzzer.js";

/** A fuzzer of numbers that does this with each. */
function numbers(attempt: (input: number) => void | Promise<void>, left?: () => Promise<Left>): Fuzzer<number> {
  return {
    name: "numbers",
    inputs: fc.nat(1_000),
    together: 10,
    start: () => Promise.resolve({ attempt, ...(left && { left }), async [Symbol.asyncDispose]() {} }),
  };
}

const few = { seconds: 0, count: 200, seed: 1 };

function refuse(input: number): void {
  if (input > 100) throw new Error(`${input} is too much`);
}

describe("fuzz", () => {
  it("tries as many inputs as it is told, the same for the same seed", async () => {
    const tried: number[][] = [];
    for (const seed of [7, 7, 8]) {
      const inputs: number[] = [];
      await expect(
        fuzz(
          numbers((input) => void inputs.push(input)),
          { ...few, count: 25, seed },
        ),
      ).resolves.toBe(25);
      expect(inputs.length).toBe(25);
      tried.push(inputs);
    }
    expect(tried[1]).toEqual(tried[0]);
    expect(tried[2]).not.toEqual(tried[0]);
  });

  it.each<[string, (input: number) => void | Promise<void>]>([
    ["throws", refuse],
    ["rejects", async (input) => refuse(input)],
  ])("names the smallest input for which a trial %s", async (_how, attempt) => {
    await expect(fuzz(numbers(attempt), few)).rejects.toThrow(/^numbers: 101 is too much\nseed \d+;.*txt:\n101$/);
  });

  it("says so when no input shows the fault alone", async () => {
    let tried = 0;
    const attempt = (): void => {
      if (++tried === 5) throw new Error("the fifth");
    };
    await expect(fuzz(numbers(attempt), few)).rejects.toThrow(
      /the fifth\nseed \d+: none of its 10 inputs shows it alone$/,
    );
  });

  it("fails for what is left open and for what was not collected", async () => {
    const growing = (step: Left): (() => Promise<Left>) => {
      let times = 0;
      return () => {
        times++;
        return Promise.resolve({ heap: step.heap * times, open: { sessions: (step.open["sessions"] ?? 0) * times } });
      };
    };
    const nothing = (): void => {};
    await expect(fuzz(numbers(nothing, growing({ heap: 0, open: { sessions: 1 } })), few)).rejects.toThrow(
      "2 sessions are left, 1 were there before",
    );
    await expect(fuzz(numbers(nothing, growing({ heap: 6_000_000, open: {} })), few)).rejects.toThrow(
      "the heap has grown",
    );
    await expect(fuzz(numbers(nothing, growing({ heap: 5_000_000, open: {} })), few)).resolves.toBe(200);
    expect(heapInUse()).toBeGreaterThan(1_000_000);
  });
});

describe("replay", () => {
  it("names the input that shows a fault", async () => {
    await expect(replay(numbers(refuse), [1, 100])).resolves.toBeUndefined();
    await expect(replay(numbers(refuse), [1, 200, 2])).rejects.toThrow("numbers: 200");
  });
});

describe("readBudget", () => {
  it("reads what it knows and refuses the rest", () => {
    expect(readBudget([])).toMatchObject({ seconds: 10, count: undefined, only: undefined });
    expect(readBudget(["--seconds", "60", "--only", "a,b", "--seed", "3", "--count", "5"])).toEqual({
      seconds: 60,
      count: 5,
      seed: 3,
      only: ["a", "b"],
    });
    for (const args of [["--second", "1"], ["--seconds"], ["--count", "many"], ["60"]])
      expect(() => readBudget(args)).toThrow("npm run fuzz --");
  });
});
