import { describe, expect, it } from "vitest";
import { allCases } from "./all-cases.js";
import { expectedIds } from "./expected-ids.js";

describe("the table of threats and faults", () => {
  it("has a case for each id, and for nothing that there is not", () => {
    const shown = new Set(allCases.map(({ id }) => id));
    expect(expectedIds.filter((id) => !shown.has(id))).toEqual([]);
    expect([...shown].filter((id) => !expectedIds.includes(id))).toEqual([]);
  });

  it("has no case twice", () => {
    const titles = allCases.map(({ id, what }) => `${id} ${what}`);
    expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
  });
});
