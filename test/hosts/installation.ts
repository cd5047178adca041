import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { installProject } from "../installed-project.js";

/**
 * Runs once before the table: installs the hosts' project, which is no part of the workspace, and lets the compiler judge it, which `npm test` cannot
 * without the hosts.
 */

const folder = fileURLToPath(new URL(".", import.meta.url));
const compiler = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

/** Called by Vitest. Throws with what npm or the compiler said. */
export default function setup(): void {
  installProject(folder, "the hosts");
  execFileSync(process.execPath, [compiler, "-p", folder], { stdio: "inherit" });
}
