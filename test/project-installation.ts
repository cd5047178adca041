import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Installs a project that is no part of the workspace, when it is first needed: whoever does not run its command does not get it. Called by the
 * programs of those commands.
 */

/** Holds what was installed; lies with it, and goes with it. */
const RECEIPT = "node_modules/.installed";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Installs a project with npm, unless what its `package.json` names is there. Throws with npm's output when that fails. */
export function installProject(folder: string, what: string): void {
  const wanted = readFileSync(join(folder, "package.json"), "utf8");
  const receipt = join(folder, RECEIPT);
  if (existsSync(receipt) && readFileSync(receipt, "utf8") === wanted) return;
  const shown = relative(root, folder);
  console.log(`Installing ${what}, into ${shown}/node_modules`);
  // Without a lockfile: it would name the source of the packages.
  const flags = ["--no-package-lock", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  const { status, stdout, stderr } = spawnSync("npm", ["install", ...flags], { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm install failed in ${shown}:\n${stdout}${stderr}`);
  writeFileSync(receipt, wanted);
}
