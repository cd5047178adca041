import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sources } from "./module-graph.js";

/**
 * The files of this repository as texts, for the rules about them. Walks the folders itself, so that it also works where there is no git.
 */

/** The repository's folder, with a slash at its end. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** Files whose content is not text that anybody has written. */
const BINARY = /\.(png|jpe?g|gif|ico|webp|woff2?|zip|gz)$/;

/** Reads every file under a folder that `.gitignore` does not leave out; paths are relative to the repository. */
export function filesUnder(folder = ""): Sources {
  const files = new Map<string, string>();
  const ignored = ignoredBy(readFileSync(join(root, ".gitignore"), "utf8"));
  const walk = (below: string): void => {
    for (const entry of readdirSync(join(root, below), { withFileTypes: true })) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (ignored(path) || path === ".git") continue;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile() && !BINARY.test(path)) files.set(path, readFileSync(join(root, path), "utf8"));
    }
  };
  walk(folder);
  return files;
}

/** The sources of all packages that are published, their tests left out. */
export function packageSources(): Sources {
  const isSource = (path: string): boolean => /^packages\/[^/]+\/src\/.*\.ts$/.test(path) && !path.endsWith(".test.ts");
  return new Map([...filesUnder("packages")].filter(([path]) => isSource(path)));
}

/** Understands the few forms that our `.gitignore` has: folders by name or path, and names with stars. */
export function ignoredBy(gitignore: string): (path: string) => boolean {
  const rules = gitignore
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      if (line.startsWith("!"))
        throw new Error(`.gitignore: "${line}" is a form that test/architecture/repository.ts does not know`);
      const bare = line.replace(/^\/|\/$/g, "");
      const source = bare.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*");
      return new RegExp(bare.includes("/") ? `^${source}(/|$)` : `(^|/)${source}(/|$)`);
    });
  return (path) => rules.some((rule) => rule.test(path));
}
