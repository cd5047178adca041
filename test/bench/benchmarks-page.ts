import { barPlot } from "./bar-plot.js";
import { BASE, WIRESPRING } from "./contenders.js";
import { compared, metricWords, rate, short, spread } from "./figures.js";
import type { MachineFacts } from "./machine-facts.js";
import { headingOf, isSteady, type CaseResult, type Outcome } from "./result.js";
import { labelOf, type Metric } from "./rows.js";

/**
 * The page of the documentation and its plots, from what was measured. Pure: gives texts by path; called by `main.ts`.
 */

const FOLDER = "benchmarks";

/** What was measured, on what. */
export interface Measurement {
  readonly machine: MachineFacts;
  readonly results: readonly CaseResult[];
  /** Whether this was a short run: then the page says so. */
  readonly quick: boolean;
}

/** The texts of the page, `benchmarks.md`, and of its plots, by path below `docs/reference`. */
export function benchmarksPage(measurement: Measurement): ReadonlyMap<string, string> {
  const { results } = measurement;
  const page = [...introduction(measurement), ...overview(results), ...results.flatMap(section), ""].join("\n");
  const plots = results.map((result) => [plotPath(result), plotOf(result)] as const);
  return new Map([["benchmarks.md", page], ...plots]);
}

function introduction({ machine, quick }: Measurement): string[] {
  const { date, processor, cores, memory, system, node, versions, bufferutil } = machine;
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    "# Benchmarks",
    "",
    "What Wirespring costs and saves, compared with plain `ws` and with others. Written by `npm run bench -- --plot`; how to run it says [CONTRIBUTING](../../CONTRIBUTING.md).",
    "",
    ...(quick ? ["**A quick run: it shows that everything works, and proves nothing.**", ""] : []),
    `Measured on ${date}: ${processor}, ${cores} cores, ${memory}, ${system}, Node ${node}, loopback. ${names.join(", ")}; \`bufferutil\` ${bufferutil ? "is" : "is not"} installed.`,
    "",
    "Every server is a process of its own on one core, the load a process on another. The servers take turns in rounds, in alternating order; they are compared inside a round, and a figure is the median of the rounds with the least and the most of them. Compared is the processor time that the server takes for a message, which other programs on the machine disturb least. The control is plain `ws` a second time: what the two differ by is noise.",
    "",
  ];
}

function overview(results: readonly CaseResult[]): string[] {
  const rows = results.flatMap((result) =>
    result.verdicts.map(({ against, must, aim, reached }) => {
      const write = (value: number): string => compared(value, result.metric);
      const control = result.metric === "memory" ? "-" : spread(result.control, short);
      const cells = [
        labelOf(result),
        result.title,
        against || "-",
        spread(reached, write),
        write(must),
        write(aim),
        control,
      ];
      return `| ${cells.join(" | ")} |`;
    }),
  );
  if (rows.length === 0) return [];
  return [
    "## Wirespring at a glance",
    "",
    "| row | work | against | reached | must | aim | control |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ];
}

function section(result: CaseResult): string[] {
  const unsteady = isSteady(result) ? [] : ["The control was not steady: read nothing into these.", ""];
  return [
    `## ${headingOf(result)}`,
    "",
    `${metricWords[result.metric].replace(/^./, (letter) => letter.toUpperCase())}.`,
    "",
    ...unsteady,
    `![${result.title}](${plotPath(result)})`,
    "",
    ...table(result),
    "",
  ];
}

type Column = readonly [name: string, write: (outcome: Outcome) => string];

/** What a table says beside the comparison. */
function figuresOf(metric: Metric): readonly Column[] {
  switch (metric) {
    case "rate":
      return [];
    case "memory":
      return [["bytes a session", ({ bytes }) => spread(bytes, short)]];
    case "acknowledged":
      return [["milliseconds", ({ acknowledged }) => spread(acknowledged, short)]];
    case "cpu":
      return [
        ["a second", ({ perSecond }) => spread(perSecond, rate)],
        ["microseconds of the server", ({ cpu }) => spread(cpu, short)],
      ];
  }
}

function table({ outcomes, metric }: CaseResult): string[] {
  const columns: readonly Column[] = [
    ["server", ({ title }) => title],
    ["compared", (outcome) => spread(outcome.compared, (value) => compared(value, metric))],
    ...figuresOf(metric),
  ];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(columns.map(([name]) => name)),
    line(columns.map(() => "---")),
    ...outcomes.map((outcome) => line(columns.map(([, write]) => write(outcome)))),
  ];
}

function plotPath(result: CaseResult): string {
  return `${FOLDER}/${labelOf(result)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")}.svg`;
}

function plotOf(result: CaseResult): string {
  const bars = result.outcomes.flatMap(({ id, title, compared: summary }) =>
    summary === undefined
      ? []
      : [{ label: title, ...summary, text: compared(summary.median, result.metric), emphasis: id === WIRESPRING }],
  );
  const isRatio = result.metric === "cpu" || result.metric === "acknowledged";
  const hasBase = result.outcomes.some(({ id }) => id === BASE);
  return barPlot({ title: headingOf(result), bars, mark: isRatio && hasBase ? 1 : undefined });
}
