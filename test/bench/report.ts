import { compared, metricWords, rate, short, spread } from "./figures.js";
import type { MachineFacts } from "./machine-facts.js";
import { CONTROL_RANGE, headingOf, isSteady, type CaseResult, type Outcome, type Verdict } from "./result.js";
import type { Metric } from "./rows.js";
import type { Summary } from "./statistics.js";

/**
 * The results as text on a terminal. Pure; called by `main.ts` after each case, and in the end.
 */

/** The first lines: what all of this runs on. */
export function machineLines({ processor, cores, memory, system, node, bufferutil }: MachineFacts): string {
  return `${processor}, ${cores} cores, ${memory}, ${system}, Node ${node}, ${bufferutil ? "with" : "without"} bufferutil`;
}

/** One case: each server, then what Wirespring has reached. */
export function caseReport(result: CaseResult): string {
  const rows = [headerOf(result.metric), ...result.outcomes.map((outcome) => cellsOf(outcome, result.metric))];
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join("  ")
      .trimEnd(),
  );
  const notes = [...result.verdicts.map((verdict) => verdictLine(verdict, result.metric)), ...controlLines(result)];
  return [`${headingOf(result)} (${metricWords[result.metric]})`, ...lines, ...notes].join("\n  ");
}

function headerOf(metric: Metric): string[] {
  if (metric === "rate") return ["matcher", "rate"];
  if (metric === "memory") return ["server", "compared", "bytes a session"];
  return ["server", "compared", "by the wall", "a second", "us of server", "ack ms", "load busy"];
}

function cellsOf(outcome: Outcome, metric: Metric): string[] {
  const { title, wall, perSecond, cpu, acknowledged, loadBusy } = outcome;
  const first = [title, spread(outcome.compared, (value) => compared(value, metric))];
  if (metric === "rate") return first;
  if (metric === "memory") return [...first, spread(outcome.bytes, short)];
  const median = (value: Summary | undefined, write: (value: number) => string): string =>
    value === undefined ? "-" : write(value.median);
  return [
    ...first,
    median(wall, short),
    median(perSecond, rate),
    median(cpu, short),
    median(acknowledged, short),
    median(loadBusy, short),
  ];
}

/** What one goal asks for and what was reached. */
function verdictLine({ against, must, aim, reached, grade }: Verdict, metric: Metric): string {
  const write = (value: number): string => compared(value, metric);
  const words = { aim: "aim reached", must: "must reached", missed: "MISSED" };
  const beside = against === "" ? "" : ` against ${against}`;
  return `Wirespring${beside}: ${spread(reached, write)}; must ${write(must)}, aim ${write(aim)}: ${words[grade]}`;
}

function controlLines(result: CaseResult): string[] {
  if (isSteady(result)) return [];
  const { least, most } = CONTROL_RANGE;
  return [`The control is outside of ${least} to ${most}: the machine was not quiet, and nothing here says anything.`];
}

/** The end: every goal in a line. */
export function summaryReport(results: readonly CaseResult[]): string {
  const lines = results.flatMap((result) =>
    result.verdicts.map(
      (verdict) =>
        `${headingOf(result).split(":")[0]!.padEnd(10)} ${verdictLine(verdict, result.metric)}${isSteady(result) ? "" : " (control not steady)"}`,
    ),
  );
  return lines.join("\n");
}
