/**
 * What a row of numbers comes to: median with least and most, and percentiles. Pure; called by the measurement, the load and the route matcher.
 */

/** The middle of some samples, and how far they reach. */
export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** How many samples there were. */
  readonly count: number;
}

/** Sums up samples; undefined without any. Throws `RangeError` for a sample that is no finite number: it would hide in the median. */
export function summaryOf(samples: readonly number[]): Summary | undefined {
  const wrong = samples.find((sample) => !Number.isFinite(sample));
  if (wrong !== undefined) throw new RangeError(`a sample is ${wrong}, expected a finite number`);
  if (samples.length === 0) return undefined;
  const sorted = samples.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  return { median, least: sorted[0]!, most: sorted.at(-1)!, count: sorted.length };
}

/** The smallest sample that at least this share, 0 to 1, of all samples does not exceed; undefined without any. */
export function percentileOf(samples: readonly number[], share: number): number | undefined {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/**
 * Compares samples round by round and sums that up: what slows a whole round down slows both of its sides. A round in which one side is missing
 * counts for nothing.
 */
export function pairedSummary(
  ones: readonly (number | undefined)[],
  others: readonly (number | undefined)[],
  compare: (one: number, other: number) => number,
): Summary | undefined {
  return summaryOf(
    ones.flatMap((one, round) => {
      const other = others[round];
      return one === undefined || other === undefined ? [] : [compare(one, other)];
    }),
  );
}
