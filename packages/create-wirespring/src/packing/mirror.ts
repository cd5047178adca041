import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Files } from "./template-files.js";

/**
 * Brings a folder to hold exactly given files. Called by `main.ts`.
 *
 * A file that is as it should be is not touched, and another is replaced in one step: two that pack at the same time do not disturb each other.
 */

/** Writes what differs and deletes what is too much. */
export function mirror(files: Files, folder: string): void {
  for (const path of [...there(folder)].filter((each) => !files.has(each))) rmSync(join(folder, path), { force: true });
  for (const [path, content] of files) {
    const target = join(folder, path);
    if (contentOf(target)?.equals(content)) continue;
    mkdirSync(dirname(target), { recursive: true });
    const beside = join(dirname(folder), `.${process.pid}-being-written`);
    writeFileSync(beside, content);
    renameSync(beside, target);
  }
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    // It is not there yet: it will be written.
    return undefined;
  }
}

function there(folder: string, below = ""): readonly string[] {
  mkdirSync(folder, { recursive: true });
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    return entry.isDirectory() ? there(folder, path) : [path];
  });
}
