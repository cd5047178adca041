import type { Metric } from "./rows.js";
import type { Summary } from "./statistics.js";

/**
 * Numbers as people read them. Pure; called by the report, the page and its plots.
 */

/** Three significant digits, without an exponent. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-GB");
  return size >= 10 ? value.toFixed(1) : size >= 0.1 || size === 0 ? value.toFixed(2) : value.toFixed(3);
}

/** A rate: `126 k`, `2.68 M`. */
export function rate(value: number): string {
  if (value >= 1e6) return `${short(value / 1e6)} M`;
  return value >= 1e3 ? `${short(value / 1e3)} k` : short(value);
}

/** One number of a comparison, with the unit that its metric has. */
export function compared(value: number, metric: Metric): string {
  if (metric === "rate") return `${rate(value)}/s`;
  return metric === "memory" ? `${value >= 0 ? "+" : "-"}${short(Math.abs(value))} B` : short(value);
}

/** The median, then how far the rounds reach. */
export function spread(summary: Summary | undefined, write: (value: number) => string): string {
  if (summary === undefined) return "-";
  const { median, least, most, count } = summary;
  return count === 1 ? write(median) : `${write(median)} (${write(least)}..${write(most)})`;
}

/** What a metric compares, in words. */
export const metricWords: Readonly<Record<Metric, string>> = {
  cpu: "messages per second of server processor time, compared with ws",
  acknowledged: "time to the acknowledgement, compared with ws: less is better",
  memory: "memory of each session beyond that of ws: less is better",
  rate: "matches a second of processor time",
};
