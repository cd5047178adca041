import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { faceChanges, faceOf, faceSources, undocumented, type Face } from "./faces.js";
import { modulesOf, type Module } from "./module-graph.js";
import { packageSources, root } from "./repository.js";

const modules = modulesOf(packageSources());
const listed = JSON.parse(readFileSync(join(root, "test/architecture/faces.json"), "utf8")) as Record<string, Face>;

function module(path: string, sources: Record<string, string>): [Module, ReadonlyMap<string, Module>] {
  const made = modulesOf(new Map(Object.entries(sources)));
  return [made.get(path)!, made];
}

describe.each(Object.entries(faceSources))("the face %s", (name, path) => {
  it("exports exactly the names of the committed list", () => {
    expect(faceChanges(name, faceOf(modules.get(path)!), listed[name]!)).toEqual([]);
  });

  it("lists each of its names itself", () => {
    expect(modules.get(path)!.outline.openExports).toEqual([]);
  });

  it("says of every name what it is", () => {
    expect(undocumented(modules.get(path)!, modules)).toEqual([]);
  });
});

describe("the faces", () => {
  it("have one list each, sorted", () => {
    expect(Object.keys(listed)).toEqual(Object.keys(faceSources));
    for (const { values, types } of Object.values(listed)) {
      expect(values).toEqual(values.toSorted());
      expect(types).toEqual(types.toSorted());
    }
  });

  it("are the entries of their packages and nothing else is", () => {
    const entries = ["wirespring", "testing"].flatMap((folder) => {
      const text = readFileSync(join(root, "packages", folder, "package.json"), "utf8");
      const manifest = JSON.parse(text) as { name: string; exports: Record<string, string | Record<string, string>> };
      return Object.entries(manifest.exports)
        .filter(([key]) => key !== "./package.json")
        .map(([key, target]) => [
          key.replace(/^\./, manifest.name),
          `packages/${folder}/${(target as Record<string, string>)["wirespring-source"]?.slice(2) ?? "no wirespring-source"}`,
        ]);
    });
    expect(Object.fromEntries(entries)).toEqual(faceSources);
  });

  // It loads and compiles every source.
  it("export at run time what they list", { timeout: 30_000 }, async () => {
    const names = async (face: Promise<object>): Promise<string[]> => Object.keys(await face).toSorted();
    expect(await names(import("wirespring"))).toEqual(listed["wirespring"]!.values);
    expect(await names(import("wirespring/spi"))).toEqual(listed["wirespring/spi"]!.values);
    expect(await names(import("@wirespring/testing"))).toEqual(listed["@wirespring/testing"]!.values);
    expect(await names(import("@wirespring/testing/contract"))).toEqual(listed["@wirespring/testing/contract"]!.values);
  });
});

describe("faceChanges", () => {
  it("tells what was added and what is gone, with the cure", () => {
    const changes = faceChanges("wirespring", { values: ["A", "B"], types: [] }, { values: ["A"], types: ["T"] });
    expect(changes).toEqual([
      expect.stringContaining('exports B, which is not public yet. If it should be: add it to "values"'),
      expect.stringContaining('no longer exports T, on which users build. If that is meant: remove it from "types"'),
    ]);
  });

  it("sees a value that became a type", () => {
    expect(faceChanges("x", { values: [], types: ["A"] }, { values: ["A"], types: [] })).toHaveLength(2);
  });
});

describe("undocumented", () => {
  it("follows a name to its declaration, also through a namespace", () => {
    const [face, all] = module("src/index.ts", {
      "src/index.ts": 'export { a, b as c } from "./a.js"; export * as N from "./n.js";',
      "src/a.ts": "/** Makes an a. */ export const a = 1; // not a doc comment\nexport const b = 2;",
      "src/n.ts": "export class Bare {}\n/** Reads. */ export class Told {}",
    });
    expect(undocumented(face, all)).toEqual([
      "src/a.ts:2 b is public and has no doc comment",
      "src/n.ts:1 Bare is public and has no doc comment",
    ]);
  });

  it("wants a sentence", () => {
    const [face, all] = module("src/index.ts", { "src/index.ts": "/** @internal */ export const a = 1;" });
    expect(undocumented(face, all)).toEqual(["src/index.ts:1 a is public and its doc comment has no sentence"]);
  });
});
