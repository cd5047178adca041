import { inject, it } from "vitest";
import { allFuzzers } from "./all-fuzzers.js";
import "./budget.js";
import { fuzz } from "./fuzzer.js";

declare module "vitest" {
  interface TaskMeta {
    inputs?: number;
  }
}

// Every other input is answered with an error, whose stack nobody reads.
Error.stackTraceLimit = 4;

const { only, ...budget } = inject("fuzz");

for (const fuzzer of allFuzzers)
  it.skipIf(only !== undefined && !only.includes(fuzzer.name))(fuzzer.name, { timeout: Infinity }, async ({ task }) => {
    task.meta.inputs = await fuzz(fuzzer, budget);
  });
