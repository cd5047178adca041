import { describe, expect, it } from "vitest";
import { PathParameters } from "./path-parameters.js";

describe("PathParameters", () => {
  const parameters = new PathParameters(["room", "seat"], ["blue", "7"]);

  it("is a map of names and values, in their order", () => {
    const seen: unknown[] = [];
    parameters.forEach((value, name, map) => seen.push([name, value, map === parameters]));
    expect(seen).toEqual([
      ["room", "blue", true],
      ["seat", "7", true],
    ]);
    expect([...parameters]).toEqual([...new Map(parameters)]);
    expect([...parameters.keys()]).toEqual(["room", "seat"]);
    expect([...parameters.values()]).toEqual(["blue", "7"]);
    expect([parameters.size, parameters.get("seat"), parameters.get("x"), parameters.has("room")]).toEqual([
      2,
      "7",
      undefined,
      true,
    ]);
  });

  it("shows a map as it was (J-124)", () => {
    const map = new Map([["room", "blue"]]);
    const copy = PathParameters.of(map);
    map.set("room", "red");
    expect(copy.get("room")).toBe("blue");
    expect(copy).not.toHaveProperty("set");
    expect(PathParameters.of(new Map())).toBe(PathParameters.none);
  });
});
