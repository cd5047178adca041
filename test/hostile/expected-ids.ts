/** The ids that the table must have: threats T01 to T60, faults F01 to F15. Used by the suite, its totals, and the test that all are there. */
export const expectedIds: readonly string[] = [...ids("T", 60), ...ids("F", 15)];

/** The id that a case is about, from its title; the title where it is about none. */
export function idOf(title: string): string {
  return /^[TF]\d\d/.exec(title)?.[0] ?? title;
}

function ids(letter: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_none, index) => letter + String(index + 1).padStart(2, "0"));
}
