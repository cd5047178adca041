import { describe, expect, it } from "vitest";
import { catalogOf, readVersions } from "./repository.js";

describe("catalogOf", () => {
  it("reads names and versions, quoted or not, up to the next key", () => {
    const yaml =
      'packages:\n  - a/*\n\n# Of all.\ncatalog:\n  "@types/x": ^1.0.0\n  y: 2.0.0\n\nallowBuilds:\n  z: false\n';
    expect([...catalogOf(yaml)]).toEqual([
      ["@types/x", "^1.0.0"],
      ["y", "2.0.0"],
    ]);
  });

  it("refuses what it does not understand, instead of leaving it out", () => {
    expect(() => catalogOf("catalog:\n  a:\n    b: 1\n")).toThrow("found:   a:");
    expect(() => catalogOf("packages:\n  - a\n")).toThrow("expected to have a catalog");
  });
});

describe("readVersions", () => {
  it("knows the packages of this repository and what they lean on", () => {
    const { packages, catalog } = readVersions();
    expect([...packages.keys()].toSorted()).toEqual(["@wirespring/testing", "create-wirespring", "wirespring"]);
    expect(catalog.get("tsyringe")).toMatch(/^\^\d/);
  });
});
