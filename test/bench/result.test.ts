import { describe, expect, it } from "vitest";
import { isSteady, resultOf } from "./result.js";
import type { Case, Goal, Metric } from "./rows.js";
import type { Measured } from "./work.js";

const contenders = ["wirespring", "ws", "ws-again", "nest"].map((id) => ({ id, title: id.toUpperCase() }));

function result(metric: Metric, goals: readonly Goal[], samples: Record<string, readonly (Measured | undefined)[]>) {
  const work = { kind: "idle", sessions: 1 } as const;
  const each: Case = { row: "P1", name: "x", title: "title", mode: "echo", work, metric, goals };
  return resultOf(each, new Map(Object.entries(samples)), contenders);
}

const ws = { against: "ws", must: 2, aim: 4 };

describe("resultOf", () => {
  it("divides the base's processor time by the contender's, inside of each round", () => {
    const { outcomes, verdicts } = result("cpu", [ws], {
      wirespring: [{ cpu: 1 }, { cpu: 10 }, { cpu: 2 }],
      ws: [{ cpu: 3 }, { cpu: 30 }, { cpu: 8 }],
    });
    expect(outcomes[0]).toMatchObject({ title: "WIRESPRING", compared: { median: 3, least: 3, most: 4 } });
    expect(verdicts).toEqual([{ ...ws, reached: { median: 3, least: 3, most: 4, count: 3 }, grade: "must" }]);
  });

  it("judges against another server, too", () => {
    const { verdicts } = result("cpu", [ws, { against: "nest", must: 6, aim: 8 }], {
      wirespring: [{ cpu: 1 }],
      ws: [{ cpu: 1 }],
      nest: [{ cpu: 8 }],
    });
    expect(verdicts.map(({ against, grade }) => [against, grade])).toEqual([
      ["ws", "missed"],
      ["nest", "aim"],
    ]);
  });

  it("compares rates where processor time cannot be read", () => {
    const { outcomes } = result("cpu", [], { wirespring: [{ perSecond: 30 }], ws: [{ perSecond: 10 }] });
    expect(outcomes[0]?.compared?.median).toBe(3);
  });

  it.each([
    ["acknowledged", { acknowledged: 1 }, { acknowledged: 10 }, 0.1],
    ["memory", { bytes: 6_500 }, { bytes: 6_000 }, 500],
  ] as const)("takes less %s for better", (metric, own, base, compared) => {
    const goal = { against: "ws", must: compared, aim: compared / 2 };
    const reached = result(metric, [goal], { wirespring: [own], ws: [base] });
    expect(reached.verdicts).toMatchObject([{ reached: { median: compared }, grade: "must" }]);
    const missed = result(metric, [{ ...goal, must: compared * 0.9 }], { wirespring: [own], ws: [base] });
    expect(missed.verdicts).toMatchObject([{ grade: "missed" }]);
  });

  it("takes a rate for itself", () => {
    const goal = { against: "", must: 2e6, aim: 3e6 };
    const { verdicts } = result("rate", [goal], {
      wirespring: [{ perSecond: 2.5e6 }],
      expressions: [{ perSecond: 1 }],
    });
    expect(verdicts).toMatchObject([{ reached: { median: 2.5e6 }, grade: "must" }]);
  });

  it("gives no verdict where one side was not measured", () => {
    expect(result("cpu", [ws], { wirespring: [undefined], ws: [{ cpu: 1 }] }).verdicts).toEqual([]);
    expect(result("cpu", [ws], { wirespring: [{ cpu: 1 }] }).verdicts).toEqual([]);
  });
});

describe("isSteady", () => {
  it.each([
    [1, 1, true],
    [1, 1.08, false],
    [1.08, 1, false],
  ])("judges a base of %d and a control of %d", (base, control, steady) => {
    expect(isSteady(result("cpu", [], { ws: [{ cpu: base }], "ws-again": [{ cpu: control }] }))).toBe(steady);
  });

  it("is content without a control, and where it is no ratio", () => {
    expect(isSteady(result("rate", [], { wirespring: [{ perSecond: 1 }] }))).toBe(true);
    expect(isSteady(result("memory", [], { ws: [{ bytes: 6_000 }], "ws-again": [{ bytes: 6_100 }] }))).toBe(true);
  });
});
