import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { installProject } from "../installed-project.js";
import { SiteServer } from "./site-server.js";

/**
 * `npm run docs`: installs what the site needs, once; writes the API reference; builds the site into `docs/dist`. With `--check` it is tried
 * in Chromium, with `--serve` it can be looked at.
 */

const root = fileURLToPath(new URL("../../../", import.meta.url));
const docs = join(root, "docs");

/** Runs a program of `docs/node_modules` there. Ends this one with its exit code when it fails. */
function run(folder: string, script: string, ...args: string[]): void {
  const { status } = spawnSync(process.execPath, [join(folder, script), ...args], { cwd: folder, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

const { values } = parseArgs({
  options: { check: { type: "boolean" }, serve: { type: "boolean" }, port: { type: "string", default: "8088" } },
});
installProject(docs, "what builds the documentation");
rmSync(join(docs, "api"), { recursive: true, force: true });
run(docs, "node_modules/typedoc/bin/typedoc");
run(docs, "node_modules/vitepress/bin/vitepress.js", "build");
if (values.check) run(root, "node_modules/vitest/vitest.mjs", "run", "--config", "vitest.docs.config.ts", "test/site");
if (values.serve) {
  const server = await SiteServer.start(join(docs, "dist"), Number(values.port));
  console.log(`The documentation is at ${server.url}`);
} else console.log("The documentation is in docs/dist; npm run docs -- --serve shows it.");
