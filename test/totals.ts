import type { Reporter, TestCase, TestModule } from "vitest/node";

/**
 * Says at the end of a suite how it went, one case once however many tests it has: what has no case yet, and a closing line
 * `N passed, N failed, N skipped`. Used by the configurations of the suites.
 */

/** What a suite may say about its tests. */
export interface TotalsOptions {
  /** Whether a case that is missing fails the run. Default false. */
  readonly complete?: boolean;
  /** The case that a test belongs to, by the test's name. Default: the name. */
  readonly idOf?: (name: string) => string;
}

/** Counts cases by what became of them. */
export class Totals implements Reporter {
  readonly #expected: readonly string[];
  readonly #complete: boolean;
  readonly #idOf: (name: string) => string;

  /** @param expected The cases that there are to be. */
  constructor(expected: readonly string[], { complete = false, idOf = (name) => name }: TotalsOptions = {}) {
    this.#expected = expected;
    this.#complete = complete;
    this.#idOf = idOf;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const states = new Map<string, string>();
    for (const module of modules)
      for (const test of module.children.allTests()) {
        const id = this.#idOf(test.name);
        states.set(id, worse(states.get(id), stateOf(test)));
      }
    const missing = this.#expected.filter((id) => !states.has(id));
    const count = (state: string): number => [...states.values()].filter((each) => each === state).length;
    const { length } = this.#expected;
    const further = states.size - (length - missing.length);
    console.log(
      `${length - missing.length} of ${length} cases are written, ${missing.length} are not yet shown, ${further} are there beside them.`,
    );
    if (this.#complete && missing.length > 0) {
      console.log(missing.map((id) => `missing: ${id}`).join("\n"));
      process.exitCode = 1;
    }
    console.log(`${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`);
  }
}

const ORDER = ["skipped", "passed", "failed"];

function stateOf(test: TestCase): string {
  const { state } = test.result();
  return state === "pending" ? "failed" : state;
}

function worse(one: string | undefined, other: string): string {
  return one === undefined || ORDER.indexOf(other) > ORDER.indexOf(one) ? other : one;
}
