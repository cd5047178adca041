import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Toolchain } from "./toolchain.js";
import { commandOf, makeWorkplace, toolsOf, workplaceOf } from "./workplace.js";

const row: Toolchain = {
  name: "tool",
  project: "tool",
  program: "typed.ts",
  build: ["tool", "src"],
  run: ["node", "out/typed.js"],
};

describe("makeWorkplace", () => {
  let toolchains: string;

  beforeEach(() => {
    toolchains = mkdtempSync(join(tmpdir(), "wirespring-toolchains-"));
    mkdirSync(join(toolchains, "tool/node_modules"), { recursive: true });
    mkdirSync(join(toolchains, "programs"));
    writeFileSync(join(toolchains, "programs/typed.ts"), "typed");
    writeFileSync(join(toolchains, "tool/package.json"), "{}");
    writeFileSync(join(toolchains, "tool/.toolrc"), "settings");
  });

  afterEach(() => rmSync(toolchains, { recursive: true }));

  it("has the settings, the program and a package.json of its own, and nothing of an earlier run", () => {
    const folder = makeWorkplace(row, toolchains);
    writeFileSync(join(folder, "left"), "");
    expect(makeWorkplace(row, toolchains)).toBe(folder);
    expect(readdirSync(folder).sort()).toEqual([".toolrc", "package.json", "src"]);
    expect(readFileSync(join(folder, "src/typed.ts"), "utf8")).toBe("typed");
    expect(JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))).toMatchObject({ type: "module" });
  });

  it("says commonjs where the row does", () => {
    const folder = makeWorkplace({ ...row, type: "commonjs" }, toolchains);
    expect(JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))).toMatchObject({ type: "commonjs" });
  });
});

describe("workplaceOf", () => {
  it("is one for rows that differ in what runs the program, and another where it is made differently", () => {
    expect(workplaceOf({ ...row, name: "other", node: "node-22" })).toBe(workplaceOf(row));
    const others: Partial<Toolchain>[] = [
      { type: "commonjs" },
      { program: "marked.ts" },
      { build: ["tool"] },
      { project: "b" },
    ];
    const all = [row, ...others.map((other) => ({ ...row, ...other }))].map(workplaceOf);
    expect(new Set(all).size).toBe(5);
  });
});

describe("commandOf", () => {
  it("takes binaries of the project, and the node of the suite or of another project", () => {
    expect(commandOf(["tool", "src"], row, "/t")).toEqual([join("/t/tool/node_modules/.bin/tool"), "src"]);
    expect(commandOf(["node", "x"], row, "/t")).toEqual([process.execPath, "x"]);
    expect(commandOf(["node", "x"], { ...row, node: "node-22" }, "/t")).toEqual([
      join("/t/node-22/node_modules/.bin/node"),
      "x",
    ]);
  });
});

describe("toolsOf", () => {
  it("names what the project has to bring, which node is not", () => {
    expect(toolsOf(row)).toEqual(["tool"]);
    expect(toolsOf({ ...row, run: ["bun", "src/typed.ts"], build: ["bun", "build"] })).toEqual(["bun", "bun"]);
    const { build: _, ...plain } = row;
    expect(toolsOf(plain)).toEqual([]);
  });
});
