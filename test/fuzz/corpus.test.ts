import { describe, expect, it } from "vitest";
import { allFuzzers } from "./all-fuzzers.js";
import { keptInputs } from "./corpus.js";
import { replay } from "./fuzzer.js";

describe("the kept inputs", () => {
  it.each(allFuzzers)("show no fault: $name", async (fuzzer) => {
    const kept = keptInputs(fuzzer.name);
    expect(kept.length).toBeGreaterThan(0);
    await expect(replay(fuzzer, kept)).resolves.toBeUndefined();
  });
});
