import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { allToolchains } from "./all-toolchains.js";

const here = fileURLToPath(new URL(".", import.meta.url));

describe("allToolchains", () => {
  it("names each row differently", () => {
    const names = allToolchains.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it("uses every project and every program that there is, and no other", () => {
    const folders = readdirSync(here, { withFileTypes: true }).filter((each) => each.isDirectory());
    const projects = folders.map(({ name }) => name).filter((name) => existsSync(`${here}${name}/package.json`));
    const used = allToolchains.flatMap(({ project, node }) => (node === undefined ? [project] : [project, node]));
    expect([...new Set(used)].sort()).toEqual(projects.sort());
    const programs = new Set(allToolchains.map(({ program }) => program));
    expect([...programs].sort()).toEqual(readdirSync(`${here}programs`).sort());
  });

  it("has every project named on the page of the toolchains", () => {
    const page = readFileSync(`${here}../../docs/reference/toolchains.md`, "utf8");
    for (const { project, node = project } of allToolchains) {
      expect(page).toContain(`toolchains/${project})`);
      expect(page).toContain(`toolchains/${node})`);
    }
  });
});
