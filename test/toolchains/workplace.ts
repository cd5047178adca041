import { createHash } from "node:crypto";
import { copyFileSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Toolchain } from "./toolchain.js";

/**
 * Puts together what a user of a toolchain would have: the project's settings, one program, and a `package.json`. Called by the suite.
 */

/** Names the folder of a row: rows that make the same in the same way share it. Below the project, so that it finds the project's `node_modules`. */
export function workplaceOf({ project, program, type = "module", build = [] }: Toolchain): string {
  const way = createHash("sha256").update(build.join("\n")).digest("hex").slice(0, 8);
  return join(project, "dist", `${program}-${type}-${way}`);
}

/** Makes the folder of a row, empty of what an earlier run has left. Gives its path. */
export function makeWorkplace(row: Toolchain, toolchains: string): string {
  const { project, program, type = "module" } = row;
  const from = join(toolchains, project);
  const folder = join(toolchains, workplaceOf(row));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "src"), { recursive: true });
  for (const file of readdirSync(from, { withFileTypes: true }))
    if (file.isFile() && file.name !== "package.json") cpSync(join(from, file.name), join(folder, file.name));
  copyFileSync(join(toolchains, "programs", program), join(folder, "src", program));
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ private: true, type })}\n`);
  return folder;
}

/** The binaries of its project that a row runs. */
export function toolsOf({ build = [], run }: Toolchain): readonly string[] {
  return [build[0], run[0]].filter((word) => word !== undefined && word !== "node") as string[];
}

/** Makes the words of a command ones that can be run: a binary of the project, or a `node`. */
export function commandOf(
  [name, ...args]: readonly string[],
  { project, node }: Toolchain,
  toolchains: string,
): string[] {
  const bin = (of: string, binary: string): string => join(toolchains, of, "node_modules/.bin", binary);
  if (name !== "node") return [bin(project, name!), ...args];
  return [node === undefined ? process.execPath : bin(node, "node"), ...args];
}
