import { describe, expect, it } from "vitest";
import { coresOf } from "./processors.js";

describe("coresOf", () => {
  it.each([
    ["0", [0]],
    ["0-1", [0, 1]],
    ["0-2,7,9-10", [0, 1, 2, 7, 9, 10]],
    ["", []],
  ])("reads %j", (list, cores) => {
    expect(coresOf(list)).toEqual(cores);
  });
});
