import type { Reporter, TestCase, TestModule } from "vitest/node";
import { rules } from "./rules.js";
import { tckClasses } from "./tck-classes.js";

/**
 * Says at the end of the suite how it went, one case once however many carriers it has run on: what has no case yet, and a closing line
 * `N passed, N failed, N skipped`. Used by vitest.conformance.config.ts.
 */

/** Counts cases by what became of them. */
export class Totals implements Reporter {
  readonly #complete: boolean;

  /** @param complete Whether a case that is missing fails the run. */
  constructor(complete: boolean) {
    this.#complete = complete;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const states = new Map<string, string>();
    for (const module of modules)
      for (const test of module.children.allTests()) states.set(test.name, worse(states.get(test.name), stateOf(test)));
    const missing = expectedIds().filter((id) => !states.has(id));
    const count = (state: string): number => [...states.values()].filter((each) => each === state).length;
    console.log(`${states.size} of ${expectedIds().length} cases are written, ${missing.length} are not yet shown.`);
    if (this.#complete && missing.length > 0) {
      console.log(missing.map((id) => `missing: ${id}`).join("\n"));
      process.exitCode = 1;
    }
    console.log(`${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`);
  }
}

/** The ids that there are to be: every possible method of the TCK, and every rule that it leaves out and that applies. */
export function expectedIds(): readonly string[] {
  const methods = tckClasses
    .filter((each) => each.impossible === undefined)
    .flatMap(({ name, methods: all }) => all.map((method) => `${name} #${method}`));
  const leftOut = rules.filter(({ gap, verdict }) => gap === true && verdict !== "none");
  return [...methods, ...leftOut.map(({ number }) => `J-${number}`)];
}

const ORDER = ["skipped", "passed", "failed"];

function stateOf(test: TestCase): string {
  const { state } = test.result();
  return state === "pending" ? "failed" : state;
}

function worse(one: string | undefined, other: string): string {
  return one === undefined || ORDER.indexOf(other) > ORDER.indexOf(one) ? other : one;
}
