import type { Reporter, TestCase, TestModule } from "vitest/node";
import "./run-options.js";

/**
 * Says what each proof has measured, why one does not hold, and at the end `N passed, N failed, N skipped`. Used by vitest.endurance.config.ts.
 */

/** Prints figures as they are found. */
export class FiguresReport implements Reporter {
  readonly #only: readonly string[] | undefined;

  /** @param only The names that were asked for: one that no proof has fails the run. */
  constructor(only: readonly string[] | undefined) {
    this.#only = only;
  }

  onTestCaseReady(test: TestCase): void {
    if (test.options.mode === "run") console.log(`${test.name} ...`);
  }

  onTestCaseResult(test: TestCase): void {
    const { state, errors = [] } = test.result();
    if (state === "skipped") return;
    const seconds = ((test.diagnostic()?.duration ?? 0) / 1_000).toFixed(1);
    const figures = test.meta().figures ?? [];
    const problems = errors.map(({ message }) => `FAILED: ${message}`);
    console.log([`${test.name}: ${state} in ${seconds} s`, ...figures, ...problems].join("\n    "));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { readonly message: string }[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (...states: string[]): number => tests.filter((test) => states.includes(test.result().state)).length;
    for (const error of [...modules.flatMap((module) => module.errors()), ...unhandled]) console.log(error.message);
    const unknown = this.#only?.filter((name) => !tests.some((test) => test.name === name)) ?? [];
    if (unknown.length > 0) {
      console.log(`no proof is called ${unknown.join(", ")}: there are ${tests.map(({ name }) => name).join(", ")}`);
      process.exitCode = 1;
    }
    console.log(`${count("passed")} passed, ${count("failed", "pending")} failed, ${count("skipped")} skipped`);
  }
}
