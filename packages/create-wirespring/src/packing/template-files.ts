import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GITIGNORE } from "../project.js";
import { standaloneConfig } from "./compiler-options.js";
import { standaloneManifest } from "./manifest.js";
import { standaloneReadme } from "./readme.js";
import { readJson, root, type Versions } from "./repository.js";

/**
 * The files of a template, from an example. Called by `main.ts`; whatever is a folder of `examples/` with a package.json is an example.
 */

/** Contents by path, relative to the template. */
export type Files = ReadonlyMap<string, Buffer>;

/** What is made when an example is built or tested. */
const MADE = new Set(["coverage", "dist", "node_modules"]);

/** For tests: the root of the repository has it for the examples. */
const VITEST_CONFIG = `import { defineConfig } from "vitest/config";

export default defineConfig({
  // The tests need the types of constructors and handlers at run time, as the program does.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: { include: ["src/**/*.test.ts"] },
});
`;

/** Finds the names of all examples. */
export function exampleNames(): readonly string[] {
  const folders = readdirSync(join(root, "examples"), { withFileTypes: true });
  return folders
    .map(({ name }) => name)
    .filter((name) => existsSync(join(root, "examples", name, "package.json")))
    .sort();
}

/** Makes the files of one template. Throws when the example could not stand alone. */
export function templateFiles(example: string, versions: Versions): Files {
  const folder = join(root, "examples", example);
  const files = new Map(filesUnder(folder).map((path) => [path, readFileSync(join(folder, path))]));
  const write = (path: string, text: string): unknown => files.set(path, Buffer.from(text));
  const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

  const readme = files.get("README.md");
  if (readme === undefined) throw new Error(`examples/${example} is expected to have a README.md, found none`);
  write("README.md", standaloneReadme(example, readme.toString("utf8")));
  write("package.json", json(standaloneManifest(readJson("examples", example, "package.json"), versions)));
  const own = readJson("examples", example, "tsconfig.json");
  write("tsconfig.json", json(standaloneConfig(readJson("tsconfig.base.json"), own)));
  if (!files.has("vitest.config.ts")) write("vitest.config.ts", VITEST_CONFIG);
  write(GITIGNORE, "dist/\nnode_modules/\n");
  return files;
}

function filesUnder(folder: string, below = ""): readonly string[] {
  return readdirSync(join(folder, below), { withFileTypes: true })
    .filter(({ name }) => !MADE.has(name))
    .flatMap((entry) => {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      return entry.isDirectory() ? filesUnder(folder, path) : [path];
    });
}
