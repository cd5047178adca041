import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultContainerLimits, defaultLimits } from "../../packages/wirespring/src/limits.js";
import { root } from "./repository.js";

/** Each row of the tables of limits: the name, and the number its default begins with. */
function rowsOf(page: string): Record<string, number> {
  const rows = page.matchAll(/^\| `(\w+)` +\| [^|]+ \| (\d[\d ]*)[^|]*\|/gm);
  return Object.fromEntries([...rows].map(([, name, value]) => [name!, Number(value!.replaceAll(" ", ""))]));
}

describe("docs/topics/limits.md", () => {
  it("has every limit with its default", () => {
    const page = readFileSync(join(root, "docs/topics/limits.md"), "utf8");
    expect(rowsOf(page)).toEqual({ ...defaultLimits, ...defaultContainerLimits });
  });
});
