import { describe, expect, it } from "vitest";
import { formatExtensions, parseExtensions } from "./extension.js";

describe("parseExtensions", () => {
  it("reads names and parameters in their order, several lines as one list", () => {
    expect(parseExtensions(["a; b=1;c , d", 'e;f="g"'])).toEqual([
      {
        name: "a",
        parameters: [
          { name: "b", value: "1" },
          { name: "c", value: "" },
        ],
      },
      { name: "d", parameters: [] },
      { name: "e", parameters: [{ name: "f", value: "g" }] },
    ]);
    expect(parseExtensions([])).toEqual([]);
  });

  it.each([
    "",
    ",a",
    "a,",
    "a;",
    "a;=1",
    "a;b=",
    'a;b="',
    'a;b=""',
    "a b",
    "a;b=c d",
    "a\u00a0",
    'a;b="c\\"',
    "a;b=c=d",
  ])("gives undefined for %j", (value) => {
    expect(parseExtensions([value])).toBeUndefined();
  });

  it("freezes what it read", () => {
    const [extension] = parseExtensions(["a;b"])!;
    expect(() => Object.assign(extension!, { name: "x" })).toThrowError(TypeError);
    expect(() => Object.assign(extension!.parameters[0]!, { value: "x" })).toThrowError(TypeError);
  });
});

describe("formatExtensions", () => {
  it("writes what parseExtensions reads", () => {
    const text = "a; b=1; c, d";
    expect(formatExtensions(parseExtensions([text])!)).toBe(text);
  });
});
