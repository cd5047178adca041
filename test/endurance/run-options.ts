import type { EnduranceRun } from "./proof.js";

/** Reads what `npm run endurance -- ...` is told, for vitest.endurance.config.ts. */

declare module "vitest" {
  interface ProvidedContext {
    endurance: EnduranceRun;
  }
  interface TaskMeta {
    figures?: readonly string[];
  }
}

const USAGE = "npm run endurance -- [--quick] [--long] [--only memory,drain]";

/** Throws, with the usage, for what it does not know. */
export function readRun(args: readonly string[]): EnduranceRun {
  let [quick, long] = [false, false];
  let only: readonly string[] | undefined;
  for (let at = 0; at < args.length; at++) {
    const name = args[at]!;
    if (name === "--quick") quick = true;
    else if (name === "--long") long = true;
    else if (name === "--only" && args[at + 1] !== undefined) only = args[++at]!.split(",");
    else throw new Error(`${name}: ${USAGE}`);
  }
  return { quick, long, only };
}
