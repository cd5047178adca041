import type { Reporter, TestCase, TestModule } from "vitest/node";

/**
 * Says at the end of a run how many inputs each fuzzer has tried and how it went, with a closing line `N passed, N failed, N skipped`. Used by
 * vitest.fuzz.config.ts.
 */

/** Counts fuzzers and their inputs. */
export class InputsReport implements Reporter {
  readonly #only: readonly string[] | undefined;

  /** @param only The names that were asked for: one that no fuzzer has fails the run. */
  constructor(only: readonly string[] | undefined) {
    this.#only = only;
  }

  onTestCaseResult(test: TestCase): void {
    const { state } = test.result();
    if (state !== "skipped") console.log(lineOf(test));
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (...states: string[]): number => tests.filter((test) => states.includes(test.result().state)).length;
    const unknown = this.#only?.filter((name) => !tests.some((test) => test.name === name)) ?? [];
    if (unknown.length > 0) {
      console.log(`no fuzzer is called ${unknown.join(", ")}: there are ${tests.map(({ name }) => name).join(", ")}`);
      process.exitCode = 1;
    }
    console.log(`${count("passed")} passed, ${count("failed", "pending")} failed, ${count("skipped")} skipped`);
  }
}

function lineOf(test: TestCase): string {
  const { inputs } = test.meta();
  const seconds = (test.diagnostic()?.duration ?? 0) / 1_000;
  if (inputs === undefined) return `${test.name}: failed after ${seconds.toFixed(1)} s`;
  return `${test.name}: ${inputs.toLocaleString("en")} inputs in ${seconds.toFixed(1)} s`;
}
