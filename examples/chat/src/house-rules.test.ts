import { describe, expect, it } from "vitest";
import { LONGEST_LINE, objectionToLine, objectionToName, objectionToRoom, tidy } from "./house-rules.js";

describe("tidy", () => {
  it("takes the spaces around away and makes one of several inside", () => {
    expect(tidy("  Ann \t Lee ")).toBe("Ann Lee");
  });

  it("gives one spelling to names that look the same", () => {
    expect(tidy("Rene\u0301")).toBe("Ren\u00e9");
  });
});

describe("objectionToName", () => {
  it.each(["Ann", "Ann 2", "Zoë", "李小龍", "O.K.", "7-up", "नमस्ते"])("accepts %j", (name) => {
    expect(objectionToName(name)).toBeUndefined();
  });

  it.each([
    ["", "Please choose a name."],
    ["x".repeat(25), "A name has at most 24 characters."],
    ["<b>", "A name starts with a letter or digit and has letters, digits, spaces, . _ and - only."],
    [" Ann", "A name starts with a letter or digit and has letters, digits, spaces, . _ and - only."],
    ["An\u202en", "A name starts with a letter or digit and has letters, digits, spaces, . _ and - only."],
    ["An\u0000n", "A name starts with a letter or digit and has letters, digits, spaces, . _ and - only."],
  ])("objects to %j", (name, objection) => {
    expect(objectionToName(name)).toBe(objection);
  });
});

describe("objectionToRoom", () => {
  it("accepts 32 characters and objects to 33", () => {
    expect(objectionToRoom("x".repeat(32))).toBeUndefined();
    expect(objectionToRoom("x".repeat(33))).toBe("A room has at most 32 characters.");
  });

  it("objects to no room at all", () => {
    expect(objectionToRoom("")).toBe("Please choose a room.");
  });
});

describe("objectionToLine", () => {
  it.each(["hello", "  padded ", "<script>", "x".repeat(LONGEST_LINE), "👩‍👩‍👧 family", "שלום"])("accepts %j", (text) => {
    expect(objectionToLine(text)).toBeUndefined();
  });

  it.each([
    ["", "An empty line says nothing."],
    [" \t ", "An empty line says nothing."],
    ["x".repeat(501), "A line has at most 500 characters; this one has 501."],
    ["two\nlines", "A line is one line of visible characters."],
    ["turned \u202e round", "A line is one line of visible characters."],
  ])("objects to %j", (text, objection) => {
    expect(objectionToLine(text)).toBe(objection);
  });
});
