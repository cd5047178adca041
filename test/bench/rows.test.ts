import { describe, expect, it } from "vitest";
import { contenders } from "./contenders.js";
import { cases, labelOf, rowIds } from "./rows.js";

describe("the rows", () => {
  it("are P1 to P12, in order", () => {
    expect(rowIds).toEqual(Array.from({ length: 12 }, (_, index) => `P${index + 1}`));
  });

  it("have cases that can be told apart", () => {
    const labels = cases.map(labelOf);
    expect(new Set(labels).size).toBe(labels.length);
  });

  it.each(cases.map((each) => [labelOf(each), each] as const))(
    "%s aims no lower than it must",
    (_, { goals, metric }) => {
      const smallerIsBetter = metric === "acknowledged" || metric === "memory";
      for (const { must, aim } of goals) expect(smallerIsBetter ? aim <= must : aim >= must).toBe(true);
    },
  );

  it.each(cases.map((each) => [labelOf(each), each] as const))(
    "%s is compared with servers that can do it",
    (_, { goals, mode, metric }) => {
      const able = contenders.filter(({ modes }) => modes.includes(mode)).map(({ id }) => id);
      expect(able).toEqual(
        expect.arrayContaining(["wirespring", ...goals.map(({ against }) => against).filter(Boolean)]),
      );
      expect(goals.every(({ against }) => (against === "") === (metric === "rate"))).toBe(true);
    },
  );
});
