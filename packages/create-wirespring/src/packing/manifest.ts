import { NAME } from "../project.js";
import type { Versions } from "./repository.js";

/**
 * Makes a package.json that stands alone of an example's, which leans on the workspace. Called by `template-files.ts`.
 */

type Manifest = Readonly<Record<string, unknown>>;

/** What an example gets from the root of the repository; versions are those of the catalog. */
const TOOLS = ["@types/node", "typescript", "vite", "vitest"];

/** Fills in what an example leaves to the workspace: versions, tools, scripts. */
export function standaloneManifest(example: Manifest, versions: Versions): Manifest {
  const { scripts, dependencies, devDependencies, ...rest } = example;
  for (const field of ["description", "scripts"])
    if (example[field] === undefined)
      throw new Error(`${String(example["name"])}: package.json is expected to have "${field}"`);
  const tools = Object.fromEntries(TOOLS.map((name) => [name, "catalog:"]));
  // These two are the repository's business; a project begins with neither.
  const { license: _license, version: _version, ...kept } = rest;
  return {
    ...kept,
    name: NAME,
    scripts: { build: "tsc", prestart: "tsc", ...(scripts as object), test: "vitest run" },
    dependencies: real(dependencies, versions),
    devDependencies: real({ ...tools, ...(devDependencies as object | undefined) }, versions),
  };
}

/** Puts versions where the workspace has `workspace:` and `catalog:`; sorts as package managers do. */
function real(dependencies: unknown, { packages, catalog }: Versions): Readonly<Record<string, string>> {
  const entries = Object.entries((dependencies ?? {}) as Record<string, string>);
  const made = entries.map(([name, range]): readonly [string, string] => {
    if (range === "catalog:") return [name, known(catalog, name, "the catalog")];
    const workspace = /^workspace:([\^~*])$/.exec(range)?.[1];
    if (workspace !== undefined) return [name, workspace.replace("*", "") + known(packages, name, "packages/")];
    if (range.includes(":"))
      throw new Error(`${name} is expected to have a version that others can install, found ${range}`);
    return [name, range];
  });
  return Object.fromEntries(made.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function known(versions: ReadonlyMap<string, string>, name: string, where: string): string {
  const version = versions.get(name);
  if (version === undefined) throw new Error(`${name} is expected in ${where}, found no version of it`);
  return version;
}
