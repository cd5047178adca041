import { describe, expect, it } from "vitest";
import { layers, outsidePackages, strayImportsOf, upwardImports, upwardImportsOf } from "./import-rules.js";
import { cyclesOf, modulesOf, type Module } from "./module-graph.js";
import { outlineOf } from "./module-outline.js";
import { packageSources } from "./repository.js";

const modules = modulesOf(packageSources());

function made(sources: Record<string, string>): ReadonlyMap<string, Module> {
  const core = Object.entries(sources).map(([path, text]) => [`packages/wirespring/src/${path}`, text] as const);
  return modulesOf(new Map(core));
}

describe("imports of the packages", () => {
  it("form no cycle, imports of types included", () => {
    expect(cyclesOf(modules)).toEqual([]);
  });

  it("point down the way of a connection only", () => {
    expect(upwardImportsOf(modules)).toEqual([]);
  });

  it("name packages only where the table lets them", () => {
    expect(strayImportsOf(modules)).toEqual([]);
  });

  it("need every row of the tables", () => {
    const paths = [...modules.keys()];
    const core = paths.filter((path) => path.startsWith("packages/wirespring/src/")).map((path) => path.slice(24));
    expect(layers.filter(({ files }) => !core.some((path) => files.test(path))).map(({ name }) => name)).toEqual([]);
    const used = new Set([...modules.values()].flatMap(({ external }) => external.map(({ specifier }) => specifier)));
    expect(outsidePackages.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
    const unneeded = upwardImports.filter(
      (each) =>
        upwardImportsOf(
          modules,
          layers,
          upwardImports.filter((other) => other !== each),
        ).length === 0,
    );
    expect(unneeded).toEqual([]);
  });
});

describe("cyclesOf", () => {
  it("finds a cycle of values, of types and through a type's import()", () => {
    expect(
      cyclesOf(made({ "a.ts": 'import { b } from "./b.js";', "b.ts": 'export { a } from "./a.js";' })),
    ).toHaveLength(1);
    expect(
      cyclesOf(made({ "a.ts": 'import type { B } from "./b.js";', "b.ts": 'import { type A } from "./a.js";' })),
    ).toHaveLength(1);
    expect(
      cyclesOf(made({ "a.ts": 'import "./b.js";', "b.ts": 'import "./c.js";', "c.ts": 'let x: import("./a.js").A;' })),
    ).toEqual([
      "packages/wirespring/src/a.ts -> packages/wirespring/src/b.ts -> packages/wirespring/src/c.ts -> packages/wirespring/src/a.ts",
    ]);
  });

  it("finds every cycle once and none in a diamond", () => {
    const diamond = {
      "a.ts": 'import "./b.js"; import "./c.js";',
      "b.ts": 'import "./d.js";',
      "c.ts": 'import "./d.js";',
    };
    expect(cyclesOf(made({ ...diamond, "d.ts": "" }))).toEqual([]);
    expect(cyclesOf(made({ ...diamond, "d.ts": 'import "./b.js"; import "./c.js";' }))).toHaveLength(2);
  });
});

describe("upwardImportsOf", () => {
  it.each([
    ["session/session.ts", "../endpoint/endpoint-config.js"],
    ["codec/json.ts", "../session/session.js"],
    ["endpoint/handler.ts", "../deployment/deployment.js"],
    ["deployment/deployment.ts", "../upgrade/upgrade-router.js"],
    ["upgrade/upgrade-router.ts", "../server-container.js"],
    ["server-container.ts", "./context/application.js"],
    ["limits.ts", "./session/session.js"],
    ["context/bean.ts", "../index.js"],
  ])("refuses %s that imports %s", (from, to) => {
    expect(upwardImportsOf(made({ [from]: `import type { X } from "${to}";` }))).toHaveLength(1);
  });

  it("lets a codec import the types of endpoint-config, and no value of it", () => {
    const importing = (text: string): string[] => upwardImportsOf(made({ "codec/decoder.ts": text }));
    expect(importing('import type { EndpointConfig } from "../endpoint/endpoint-config.js";')).toEqual([]);
    expect(importing('import { EndpointConfig } from "../endpoint/endpoint-config.js";')).toHaveLength(1);
  });

  it("asks for a layer, when a source has none", () => {
    expect(upwardImportsOf(made({ "plugins/plugin.ts": "" }))).toHaveLength(1);
  });
});

describe("strayImportsOf", () => {
  it.each([
    ["session/session.ts", "ws"],
    ["upgrade/upgrade-router.ts", "ws"],
    ["upgrade/ws-transport.ts", "tsyringe"],
    ["codec/json.ts", "tsyringe"],
    ["endpoint/decorators.ts", "reflect-metadata"],
    ["errors.ts", "lodash"],
    ["errors.ts", "./elsewhere.js"],
  ])("refuses %s that imports %s", (from, specifier) => {
    expect(strayImportsOf(made({ [from]: `import { x } from "${specifier}";` }))).toHaveLength(1);
  });

  it("lets everybody import Node's modules", () => {
    expect(strayImportsOf(made({ "session/session.ts": 'import { randomUUID } from "node:crypto";' }))).toEqual([]);
  });
});

describe("outlineOf", () => {
  it("reads no import out of comments, strings, templates or regular expressions", () => {
    const source = [
      '// import "a";',
      '/** import "b"; */',
      'const text = \'import "c";\' + `import "d" ${`export * from "e"`}`;',
      'const pattern = /import "f";/.test(text);',
      'const half = 1 / 2; import "real";',
    ].join("\n");
    expect(outlineOf(source).dependencies).toMatchObject([{ specifier: "real", line: 5 }]);
  });

  it("tells types from values", () => {
    const typeOnly = (source: string): boolean => outlineOf(source).dependencies[0]!.typeOnly;
    expect(typeOnly('import type { A } from "x";')).toBe(true);
    expect(typeOnly('import { type A, type B } from "x";')).toBe(true);
    expect(typeOnly('export type { A } from "x";')).toBe(true);
    expect(typeOnly('let a: import("x").A;')).toBe(true);
    expect(typeOnly('import { type A, b } from "x";')).toBe(false);
    expect(typeOnly('import type from "x";')).toBe(false);
    expect(typeOnly('import { type as b } from "x";')).toBe(false);
    expect(typeOnly('import "x";')).toBe(false);
    expect(typeOnly('const a = await import("x");')).toBe(false);
  });

  it("lists exported names with what is said about them", () => {
    const source = `
      import.meta.url;
      /** Makes a. */
      export function a(x: 1): 1;
      export function a(x: unknown): unknown { return x; }
      export abstract class B {}
      /** Is c. */
      export interface C {}
      export { d, type E, f as g } from "./d.js";
      export * as H from "./h.js";
      export * from "./open.js";
      export default 1;`;
    const { exports, openExports } = outlineOf(source);
    expect(exports.map(({ name, type, doc }) => [name, type, doc])).toEqual([
      ["a", false, "/** Makes a. */"],
      ["B", false, undefined],
      ["C", true, "/** Is c. */"],
      ["d", false, undefined],
      ["E", true, undefined],
      ["g", false, undefined],
      ["H", false, undefined],
      ["default", false, undefined],
    ]);
    expect(openExports).toEqual([{ specifier: "./open.js", line: 11 }]);
  });
});
