import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { peersFolder } from "./contenders.js";

/**
 * Installs the peers' project, which is no part of the workspace: whoever does not measure does not get it. Called by `main.ts`.
 */

/** Holds what was installed; lies with it, and goes with it. */
const RECEIPT = "node_modules/.installed";

/** Installs the peers with npm, unless what `package.json` names is there. Throws with npm's output when that fails. */
export function installPeers(folder = peersFolder): void {
  const wanted = readFileSync(join(folder, "package.json"), "utf8");
  const receipt = join(folder, RECEIPT);
  if (existsSync(receipt) && readFileSync(receipt, "utf8") === wanted) return;
  console.log("Installing the servers to compare with, into test/bench/peers/node_modules");
  // Without a lockfile: it would name the source of the packages.
  const flags = ["--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status, stdout, stderr } = spawnSync("npm", ["install", ...flags], { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm install failed in test/bench/peers:\n${stdout}${stderr}`);
  writeFileSync(receipt, wanted);
}
