import { describe, expect, it } from "vitest";
import { readVersions } from "./repository.js";
import { exampleNames, templateFiles } from "./template-files.js";

const versions = readVersions();

describe("exampleNames", () => {
  it("finds the examples, whatever there are", () => {
    expect(exampleNames()).toEqual(expect.arrayContaining(["chat", "echo"]));
  });
});

/** Whoever adds an example hears here what it lacks as a template. */
describe.each(exampleNames())("the example %s as a template", (name) => {
  const files = templateFiles(name, versions);
  const text = (path: string): string => files.get(path)?.toString("utf8") ?? `no ${path}`;

  it("has sources, tests, a README and its own settings", () => {
    const paths = [...files.keys()];
    for (const path of ["README.md", "_gitignore", "package.json", "src/main.ts", "tsconfig.json", "vitest.config.ts"])
      expect(paths).toContain(path);
    expect(paths.some((path) => path.endsWith(".test.ts"))).toBe(true);
    expect(paths.filter((path) => /(^|\/)(dist|node_modules|\.gitignore|\.npmrc)(\/|$)/.test(path))).toEqual([]);
  });

  it("leans on nothing of the repository", () => {
    for (const [path, content] of files)
      expect(content.toString("latin1"), path).not.toMatch(/workspace:|catalog:|wirespring-source|\$\{configDir\}/);
    expect(text("tsconfig.json")).not.toContain("../");
  });
});
