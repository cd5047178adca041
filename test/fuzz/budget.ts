import type { Budget } from "./fuzzer.js";

/** What `npm run fuzz -- ...` is told. Read by vitest.fuzz.config.ts. */

/** A budget for each fuzzer, and which of them are to run. */
export interface FuzzRun extends Budget {
  /** Names; undefined for all. */
  readonly only: readonly string[] | undefined;
}

declare module "vitest" {
  interface ProvidedContext {
    fuzz: FuzzRun;
  }
}

const USAGE = `npm run fuzz -- [--seconds 10] [--count inputs] [--only targets,json] [--seed number]`;

/** Reads the arguments behind `--`. Throws, with the usage, for what it does not know. */
export function readBudget(args: readonly string[]): FuzzRun {
  const given = new Map<string, string>();
  for (let at = 0; at < args.length; at += 2) {
    const [name = "", value] = args.slice(at, at + 2);
    if (!["--seconds", "--count", "--only", "--seed"].includes(name) || value === undefined)
      throw new Error(`${name}: ${USAGE}`);
    given.set(name, value);
  }
  const number = (name: string): number | undefined => {
    const text = given.get(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!(value >= 0)) throw new Error(`${name} ${text}: ${USAGE}`);
    return value;
  };
  return {
    seconds: number("--seconds") ?? 10,
    count: number("--count"),
    // Each run tries others; the seed of a failure is in its message.
    seed: number("--seed") ?? Math.floor(Math.random() * 2 ** 30),
    only: given.get("--only")?.split(","),
  };
}
