import { describe, expect, it } from "vitest";
import { allCases } from "./all-cases.js";
import { conformancePage, idsMatching } from "./page.js";
import { rules } from "./rules.js";
import { tckClasses } from "./tck-classes.js";
import { expectedIds } from "./expected-ids.js";

const ids = allCases.map(({ id }) => id);

describe("the list of what there is to be shown", () => {
  it("has the TCK's 93 classes and 749 tests, of which 742 can be said", () => {
    const all = tckClasses.flatMap(({ name, methods }) => methods.map((method) => `${name} #${method}`));
    expect([tckClasses.length, all.length, new Set(all).size]).toEqual([93, 749, 749]);
    expect(expectedIds().filter((id) => !id.startsWith("J-"))).toHaveLength(742);
    expect(tckClasses.flatMap(({ changed }) => changed)).toHaveLength(106);
    for (const { methods, changed } of tckClasses) expect(methods).toEqual(expect.arrayContaining([...changed]));
  });

  it("has the 210 rules, of which 59 are none of the TCK's", () => {
    expect(rules.map(({ number }) => number)).toEqual(Array.from({ length: 210 }, (_none, index) => index + 1));
    expect(rules.filter(({ gap }) => gap === true)).toHaveLength(59);
    expect(rules.filter(({ verdict, note }) => (verdict === "holds") !== (note === undefined))).toEqual([]);
  });

  it("names no case for a rule that the TCK does not have", () => {
    const lost = rules.flatMap(({ number, shownBy }) =>
      shownBy.filter((pattern) => idsMatching([pattern]).length === 0).map((pattern) => `J-${number}: ${pattern}`),
    );
    expect(lost).toEqual([]);
  });
});

describe("the cases", () => {
  it("are there once each, and for nothing that there is not", () => {
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    const expected = new Set([...expectedIds(), ...rules.map(({ number }) => `J-${number}`)]);
    expect(ids.filter((id) => !expected.has(id))).toEqual([]);
  });

  it("leave nothing out", () => {
    expect(expectedIds().filter((id) => !ids.includes(id))).toEqual([]);
  });

  it("say what is changed, where the TCK's cannot be said as it is", () => {
    const changed = new Set(tckClasses.flatMap((each) => each.changed.map((method) => `${each.name} #${method}`)));
    expect(allCases.filter((each) => changed.has(each.id) && each.changed === undefined).map(({ id }) => id)).toEqual(
      [],
    );
  });
});

describe("docs/reference/conformance.md", () => {
  it("is what the cases say; `npm run conformance:page` writes it anew", async () => {
    await expect(conformancePage(allCases)).toMatchFileSnapshot("../../docs/reference/conformance.md");
  });
});
