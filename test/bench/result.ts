import { BASE, CONTROL, WIRESPRING, type Contender } from "./contenders.js";
import type { Samples } from "./measurement.js";
import { labelOf, type Case, type Goal, type Metric } from "./rows.js";
import { pairedSummary, summaryOf, type Summary } from "./statistics.js";
import type { Measured } from "./work.js";

/**
 * What the samples of a case come to: for each server its figures and how it compares with the base, for Wirespring whether a goal is reached.
 * Pure; called by `main.ts`, written by the report and the page.
 */

/** One server in one case. */
export interface Outcome {
  readonly id: string;
  readonly title: string;
  /** Compared with the base as the metric says, inside of each round. */
  readonly compared?: Summary | undefined;
  /** Messages a second, divided by those of the base. */
  readonly wall?: Summary | undefined;
  readonly perSecond?: Summary | undefined;
  readonly cpu?: Summary | undefined;
  readonly acknowledged?: Summary | undefined;
  readonly bytes?: Summary | undefined;
  readonly loadBusy?: Summary | undefined;
}

/** How far Wirespring got. */
export interface Verdict extends Goal {
  readonly reached: Summary;
  /** What the median has reached. */
  readonly grade: "aim" | "must" | "missed";
}

/** All of a case. */
export interface CaseResult extends Pick<Case, "row" | "name" | "title" | "metric"> {
  readonly outcomes: readonly Outcome[];
  readonly verdicts: readonly Verdict[];
  /** The null control, compared with the base; undefined where there is none. */
  readonly control?: Summary | undefined;
}

/** How far the null control may be from 1 before a comparison says nothing. */
export const CONTROL_RANGE = { least: 0.93, most: 1.07 } as const;

/** Puts a case's samples together; of the contenders, their titles. */
export function resultOf(
  each: Case,
  samples: Samples,
  contenders: readonly Pick<Contender, "id" | "title">[],
): CaseResult {
  const { row, name, title, metric, goals } = each;
  const outcomes = [...samples].map(([id, rounds]) =>
    outcomeOf(id, contenders.find((contender) => contender.id === id)?.title ?? id, metric, {
      rounds,
      base: samples.get(BASE),
    }),
  );
  const verdicts = goals.flatMap((goal) => verdictOf(goal, metric, samples) ?? []);
  const control = outcomes.find(({ id }) => id === CONTROL)?.compared;
  return { row, name, title, metric, outcomes, verdicts, control };
}

type Rounds = readonly (Measured | undefined)[];

function outcomeOf(
  id: string,
  title: string,
  metric: Metric,
  { rounds, base }: { rounds: Rounds; base: Rounds | undefined },
): Outcome {
  const figure = (name: keyof Measured): Summary | undefined =>
    summaryOf(rounds.flatMap((round) => round?.[name] ?? []));
  return {
    id,
    title,
    compared: comparison(metric, rounds, base),
    wall: base && pairedSummary(column(rounds, "perSecond"), column(base, "perSecond"), (one, other) => one / other),
    perSecond: figure("perSecond"),
    cpu: figure("cpu"),
    acknowledged: figure("acknowledged"),
    bytes: figure("bytes"),
    loadBusy: figure("loadBusy"),
  };
}

function column(rounds: Rounds, name: keyof Measured): (number | undefined)[] {
  return rounds.map((round) => round?.[name]);
}

function comparison(metric: Metric, rounds: Rounds, base: Rounds | undefined): Summary | undefined {
  if (metric === "rate") return summaryOf(rounds.flatMap((round) => round?.perSecond ?? []));
  if (base === undefined) return undefined;
  switch (metric) {
    case "acknowledged":
      return pairedSummary(column(rounds, metric), column(base, metric), (one, other) => one / other);
    case "memory":
      return pairedSummary(column(rounds, "bytes"), column(base, "bytes"), (one, other) => one - other);
    case "cpu":
      return (
        pairedSummary(column(rounds, "cpu"), column(base, "cpu"), (one, other) => other / one) ??
        // Where processor time cannot be read, the clock on the wall has to do.
        pairedSummary(column(rounds, "perSecond"), column(base, "perSecond"), (one, other) => one / other)
      );
  }
}

function verdictOf(goal: Goal, metric: Metric, samples: Samples): Verdict | undefined {
  const reached = comparison(metric, samples.get(WIRESPRING) ?? [], samples.get(goal.against));
  if (reached === undefined) return undefined;
  const smallerIsBetter = metric === "acknowledged" || metric === "memory";
  const reaches = (bound: number): boolean => (smallerIsBetter ? reached.median <= bound : reached.median >= bound);
  return { ...goal, reached, grade: reaches(goal.aim) ? "aim" : reaches(goal.must) ? "must" : "missed" };
}

/** Whether the null control was steady enough; true where there is none, or where it is no ratio. */
export function isSteady({ control, metric }: Pick<CaseResult, "control" | "metric">): boolean {
  if (control === undefined || metric === "memory") return true;
  return control.median >= CONTROL_RANGE.least && control.median <= CONTROL_RANGE.most;
}

/** The row and the case, and what it is. */
export function headingOf(result: CaseResult): string {
  return `${labelOf(result)}: ${result.title}`;
}
