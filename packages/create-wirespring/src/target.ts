import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import { CreateError } from "./create-error.js";

/**
 * The folder that is to become the project: whether it may, and what the project is then called. Called by `create.ts`.
 */

/** What a folder may hold already: nothing that is written has this name. */
const HARMLESS = new Set([".git"]);

/**
 * Makes sure that nothing is overwritten: the folder does not exist, or holds nothing but a `.git`.
 *
 * @param path Absolute.
 * @throws {CreateError} When something is there.
 */
export async function expectFree(path: string): Promise<void> {
  const there = (await entriesOf(path)).filter((name) => !HARMLESS.has(name));
  if (there.length === 0) return;
  const [first] = there.toSorted();
  const found = there.length === 1 ? first : `${first} and ${there.length - 1} more`;
  throw new CreateError(
    `${path} is expected to be new or empty, found ${found} in it. Nothing was written: name another folder, or empty this one`,
  );
}

async function entriesOf(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    const found = code === "ENOTDIR" ? "a file is in the way" : `it cannot be read (${code})`;
    throw new CreateError(`${path} is expected to be a folder: ${found}. Nothing was written: name another folder`, {
      cause: error,
    });
  }
}

/**
 * Makes a name that npm takes of the folder's name: `My App` becomes `my-app`.
 *
 * @param path Absolute.
 * @throws {CreateError} When nothing of it may be in a name.
 */
export function packageName(path: string): string {
  const name = basename(path)
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[-._]+|-+$/g, "")
    .slice(0, 214);
  // These two are the names that npm keeps for itself.
  if (name !== "" && name !== "node_modules" && name !== "favicon.ico") return name;
  throw new CreateError(
    `the last part of ${path} is expected to make a package name, of letters and digits; found "${basename(path)}". Name another folder`,
  );
}
