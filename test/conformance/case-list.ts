import type { Stage } from "./stage.js";

/**
 * How cases are written down: a file of `cases` makes a list, puts cases into it, and exports it. Nothing runs until the suite asks, so that the
 * page and the comparison with the TCK can read the lists, too.
 */

/** What carries a case: a `ws` socket, memory, or nothing, when it needs no connection. */
export type Carrier = "ws" | "memory" | "none";

/** One case, of the TCK or for a rule that the TCK leaves out. */
export interface ConformanceCase {
  /** `<class> #<method>`, or `J-n`. */
  readonly id: string;
  readonly carriers: readonly Carrier[];
  /** What is other than in the TCK, or undefined. */
  readonly changed: string | undefined;
  readonly run: (stage: Stage) => void | Promise<void>;
}

/** What a case may say about itself. */
export interface CaseOptions {
  /** What is other than in the TCK, and why; the page prints it. */
  readonly changed?: string | undefined;
  /** Default: a `ws` socket and memory. */
  readonly on?: readonly Carrier[];
}

/** What a case does on its stage. */
export type Run = ConformanceCase["run"];

/** The cases of one class of the TCK. */
export class CaseList {
  readonly cases: ConformanceCase[] = [];
  readonly #prefix: string;
  readonly #carriers: readonly Carrier[];

  /** @param on What carries its cases. Default: a `ws` socket and memory. */
  constructor(tckClass: string, on: readonly Carrier[] = ["ws", "memory"]) {
    this.#prefix = `${tckClass} #`;
    this.#carriers = on;
  }

  /** Adds the case of one method. */
  add(method: string, run: Run): void;
  add(method: string, options: CaseOptions, run: Run): void;
  add(method: string, ...rest: [Run] | [CaseOptions, Run]): void {
    const [options, run] = rest.length === 1 ? [{}, rest[0]] : rest;
    this.cases.push({
      id: this.#prefix + method,
      carriers: options.on ?? this.#carriers,
      changed: options.changed,
      run,
    });
  }
}

/** Adds a case of our own, for a rule that no test of the TCK checks. */
export function ruleCase(number: number, run: Run, options: CaseOptions = {}): ConformanceCase {
  return { id: `J-${number}`, carriers: options.on ?? ["ws", "memory"], changed: options.changed, run };
}

/** Why cases are other than in the TCK, where many are so for the same reason. */
export const CHANGES = {
  noChar: "there is no char type: a string of one character",
  numberText: "compared as numbers: JavaScript writes them in another form than Java",
  explicitDeployment: "no servlet listener: the application calls `addEndpoint` itself, before and after the export",
  noBigDecimal: "there is no BigDecimal: a `Date` without a decoder",
  clientOrder: 'with `subprotocolOrder: "client"`, which is Jakarta\'s order',
  errorHandler: "the endpoint has `@OnError`: without one the session would close",
  options: "`ServerEndpointConfig.create` with options instead of a builder",
  clientOptions: "`ClientEndpointConfig.create` with options instead of a builder",
  containerDefaults: "the container is made by its constructor, not found by a provider",
} as const;
