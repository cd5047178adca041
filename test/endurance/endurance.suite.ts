import { expect, inject, it } from "vitest";
import { allProofs } from "./all-proofs.js";
import { Bench } from "./proof.js";
import "./run-options.js";

const { only, ...size } = inject("endurance");

for (const proof of allProofs) {
  const { name } = proof;
  it.skipIf(only !== undefined && !only.includes(name))(name, { timeout: Infinity }, async ({ task }) => {
    const bench = new Bench(size);
    const failure = await proof.run(bench).then(
      () => undefined,
      (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown))),
    );
    const problems = await bench.end();
    task.meta.figures = bench.figures;
    // What the proof has found comes first: the rest may be its consequence.
    if (failure !== undefined) throw failure;
    expect(problems).toEqual([]);
  });
}
