import { describe, expect, it } from "vitest";
import { Line, parseLine } from "./line.js";

describe("parseLine", () => {
  it("takes an object with a text", () => {
    expect(parseLine({ text: "hello", more: 1 })).toEqual(new Line("hello"));
  });

  it.each([null, "hello", 1, [], {}, { text: 1 }, { text: null }])("throws for %j", (value) => {
    expect(() => parseLine(value)).toThrow('expected { "text": "..." }');
  });
});
