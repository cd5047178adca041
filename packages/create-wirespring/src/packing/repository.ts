import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The repository that the templates are taken from. Called by `main.ts`. This folder is not published: what is in it runs before packing.
 */

/** What makes versions real: those of the packages here, and those of the workspace's catalog. */
export interface Versions {
  readonly packages: ReadonlyMap<string, string>;
  readonly catalog: ReadonlyMap<string, string>;
}

/** The repository's folder. */
export const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** Reads a JSON file of the repository; lines of it may be comments. */
export function readJson(...path: readonly string[]): Record<string, unknown> {
  const text = readFileSync(join(root, ...path), "utf8");
  return JSON.parse(text.replace(/^\s*\/\/.*$/gm, "")) as Record<string, unknown>;
}

/** Reads all versions. */
export function readVersions(): Versions {
  const packages = readdirSync(join(root, "packages"))
    .map((folder) => readJson("packages", folder, "package.json"))
    .map(({ name, version }) => [String(name), String(version)] as const);
  return {
    packages: new Map(packages),
    catalog: catalogOf(readFileSync(join(root, "pnpm-workspace.yaml"), "utf8")),
  };
}

/** Reads the `catalog:` of a pnpm-workspace.yaml: one `name: version` a line, which is all that ours has. */
export function catalogOf(yaml: string): ReadonlyMap<string, string> {
  const block = /^catalog:\n((?: {2}.*\n)+)/m.exec(yaml)?.[1];
  if (block === undefined) throw new Error("pnpm-workspace.yaml is expected to have a catalog, found none");
  const entries = block.trimEnd().split("\n");
  return new Map(
    entries.map((line) => {
      const [, name, version] = /^ {2}"?([^":]+)"?: "?([^\s"]+)"?$/.exec(line) ?? [];
      if (name === undefined || version === undefined)
        throw new Error(
          `the catalog of pnpm-workspace.yaml is expected to have lines of name and version, found: ${line}`,
        );
      return [name, version];
    }),
  );
}
