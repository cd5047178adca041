import { describe, expect, it } from "vitest";
import { parseArguments, usageOf, UsageError } from "./arguments.js";

const choices = { rows: ["P1", "P2", "P10"], peers: ["bun", "nest"] };
const parse = (...words: string[]) => parseArguments(words, choices);

describe("parseArguments", () => {
  it("measures everything, at length, and writes no file, unless told otherwise", () => {
    expect(parse()).toEqual({
      only: undefined,
      peers: undefined,
      quick: false,
      scale: 1,
      json: undefined,
      plot: false,
      help: false,
    });
  });

  it("takes all options together", () => {
    expect(
      parse("--only", "P2", "--peers=bun", "--quick", "--scale", "0.5", "--json", "a.json", "--plot", "-h"),
    ).toEqual({ only: ["P2"], peers: ["bun"], quick: true, scale: 0.5, json: "a.json", plot: true, help: true });
  });

  it.each(["P10,P2", "p2, p10", "P2,P10,P2"])("takes %j as rows, in the order of the table", (rows) => {
    expect(parse("--only", rows).only).toEqual(["P2", "P10"]);
  });

  it("takes no peers at all", () => {
    expect(parse("--peers", "none").peers).toEqual([]);
  });

  it.each([
    [["--only", "P3"], '--only has no "P3"; there are P1, P2, P10'],
    [["--only", ""], '--only has no ""; there are P1, P2, P10'],
    [["--peers", "bun,deno"], '--peers has no "deno"; there are bun, nest'],
    [["--scale", "0"], '--scale must be a number from 0.01 to 10, found "0"'],
    [["--scale", "much"], '--scale must be a number from 0.01 to 10, found "much"'],
    [["--scale", "11"], '--scale must be a number from 0.01 to 10, found "11"'],
    [["--json", " "], "--json needs a value"],
  ])("refuses %j", (words, message) => {
    expect(() => parse(...words)).toThrow(new UsageError(message));
  });

  it.each([[["--fast"]], [["P2"]], [["--only"]], [["--quick=yes"]]])("refuses %j as a usage error", (words) => {
    expect(() => parse(...words)).toThrow(UsageError);
  });
});

describe("usageOf", () => {
  it("names every option, row and peer", () => {
    const usage = usageOf(choices);
    for (const word of ["--only", "--peers", "--quick", "--scale", "--json", "--plot", "P10", "nest"])
      expect(usage).toContain(word);
  });
});
