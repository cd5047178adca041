import { fuzz } from "../../fuzz/fuzzer.js";
import { lifeFuzzer } from "../../fuzz/lives.js";
import type { Bench, Proof } from "../proof.js";

/** A hundred thousand lives of sessions, in every order of open, messages, errors, close and shutdown (F05). */

async function run(bench: Bench): Promise<void> {
  const count = bench.scaled(100_000);
  const begun = performance.now();
  const tried = await fuzz(lifeFuzzer, { seconds: Infinity, count, seed: 1 });
  bench.figure(`${tried} lives in ${((performance.now() - begun) / 1_000).toFixed(1)} s, every one of them exact`);
}

export const livesProof: Proof = { name: "lives", run };
