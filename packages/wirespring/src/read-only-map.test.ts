import { describe, expect, it } from "vitest";
import { ReadOnlyMap } from "./read-only-map.js";

describe("ReadOnlyMap", () => {
  const map = new ReadOnlyMap(
    new Map([
      ["a", 1],
      ["b", 2],
    ]),
  );

  it("shows what the other map has", () => {
    expect([map.size, map.get("a"), map.get("c"), map.has("b"), map.has("c")]).toEqual([2, 1, undefined, true, false]);
    const all = [
      ["a", 1],
      ["b", 2],
    ];
    expect([...map]).toEqual(all);
    expect([...map.entries()]).toEqual(all);
    expect([[...map.keys()], [...map.values()]]).toEqual([
      ["a", "b"],
      [1, 2],
    ]);
    const seen: unknown[] = [];
    map.forEach((value, key, shown) => seen.push([key, value, shown === map]));
    expect(seen).toEqual([
      ["a", 1, true],
      ["b", 2, true],
    ]);
  });

  it("has nothing that changes it", () => {
    expect(map).not.toBeInstanceOf(Map);
    for (const method of ["set", "delete", "clear"]) expect(method in map).toBe(false);
    expect(() => Map.prototype.set.call(map, "a", 3)).toThrow(TypeError);
  });
});
