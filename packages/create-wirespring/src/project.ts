import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CreateError } from "./create-error.js";
import type { Template } from "./template.js";

/**
 * Writes a template's files as a project. Called by `create.ts` when the folder is known to be free.
 */

/** Stands in a template for the name of the project. The only files that have it are `package.json` and `README.md`. */
export const NAME = "{{name}}";

/** What `.gitignore` is called in a template: npm would read it, and leave it out of the package. */
export const GITIGNORE = "_gitignore";

/**
 * Writes every file of a template; what is there already it leaves as it is, and stops.
 *
 * @param path The project's folder, absolute; made where it is missing, as are the folders above it.
 * @param name The project's name.
 * @throws {CreateError} When a file cannot be written.
 */
export async function writeProject(template: Template, path: string, name: string): Promise<void> {
  const from = fileURLToPath(template.folder);
  for (const file of await filesOf(from)) {
    const content = await readFile(join(from, file));
    const named = file === "package.json" || file === "README.md";
    await writeNew(
      join(path, file === GITIGNORE ? ".gitignore" : file),
      named ? content.toString("utf8").replaceAll(NAME, name) : content,
    );
  }
}

/** Paths relative to the folder, in order. */
async function filesOf(folder: string, below = ""): Promise<readonly string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  const paths = await Promise.all(
    entries.map(async (entry) => {
      const path = join(below, entry.name);
      return entry.isDirectory() ? filesOf(folder, path) : [path];
    }),
  );
  return paths.flat().sort();
}

async function writeNew(path: string, content: string | Buffer): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    // "wx": never a file that somebody has put there meanwhile.
    await writeFile(path, content, { flag: "wx" });
  } catch (error) {
    throw new CreateError(`${path} could not be written: ${(error as Error).message}. The project is not complete`, {
      cause: error,
    });
  }
}
