import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

/**
 * Installs projects that are no part of the workspace: whoever does not run what needs them does not get them. Called by the benchmarks, the table of
 * hosts and the site.
 */

/** Holds what was installed; lies with it, and goes with it. */
const RECEIPT = "node_modules/.installed";

/**
 * Installs a project with npm, unless what its `package.json` names is there. Throws with npm's output when that fails.
 *
 * @param what What it brings, for the line that says so.
 */
export function installProject(folder: string, what: string): void {
  const wanted = readFileSync(join(folder, "package.json"), "utf8");
  const receipt = join(folder, RECEIPT);
  if (existsSync(receipt) && readFileSync(receipt, "utf8") === wanted) return;
  const place = relative(process.cwd(), folder);
  console.log(`Installing ${what}, into ${join(place, "node_modules")}`);
  // Without a lockfile: it would name the source of the packages.
  const flags = ["--no-package-lock", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  const { status, stdout, stderr } = spawnSync("npm", ["install", ...flags], { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm install failed in ${place}:\n${stdout}${stderr}`);
  writeFileSync(receipt, wanted);
}
