import { describe, expect, it } from "vitest";
import { dereference } from "./class-reference.js";

describe("dereference", () => {
  it("gives a class as it is, also an abstract one, an old-style one and BigInt", () => {
    class Line {}
    abstract class Shape {}
    function Old(): void {}
    for (const type of [Line, Shape, Old, BigInt, String]) expect(dereference(type)).toEqual({ type });
  });

  it("calls a function that gives a class later", () => {
    const reference = (): unknown => Late;
    class Late {}
    expect(dereference(reference)).toEqual({ type: Late });
  });

  it.each([
    [undefined, "is undefined, expected a class: when two modules import each other, write () => Class"],
    [() => undefined, "is undefined, expected a class: when two modules import each other, write () => Class"],
    [null, "is null, expected a class"],
    ["Line", "is string, expected a class"],
    [{ text: "" }, "is an instance of Object, expected a class"],
    [() => () => 1, "is an anonymous function, expected a class"],
    [
      () => {
        throw new ReferenceError("no Late yet");
      },
      "is a function that threw: no Late yet",
    ],
  ])("tells what is wrong with %o", (reference, problem) => {
    expect(dereference(reference)).toEqual({ problem });
  });
});
