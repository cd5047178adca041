import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runToEnd } from "./command.js";

/**
 * Installs what a project of `test/toolchains` needs into its own `node_modules`, with the package as users get it. The projects are no part of
 * the workspace: whoever does not run this suite does not get them. Called by the suite.
 */

/** Holds what was installed; lies with it, and goes with it. */
const RECEIPT = "node_modules/.installed";

/** Milliseconds, for one project on a slow network. */
const PATIENCE = 300_000;

/** Milliseconds, for a tool that tells its version. */
const TOOL_PATIENCE = 30_000;

/** Packs wirespring as it is published. Gives the file. */
export async function pack(root: string): Promise<string> {
  const folder = join(root, "test/output/toolchains");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const words = [
    "npm",
    "run",
    "--silent",
    "pnpm",
    "--",
    "--filter",
    "wirespring",
    "pack",
    "--pack-destination",
    folder,
  ];
  const { code, output } = await runToEnd(words, root, PATIENCE);
  const [file] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  if (code !== 0 || file === undefined) throw new Error(`wirespring could not be packed:\n${output}`);
  return join(folder, file);
}

/** What a receipt says: the project's own needs, and the very bytes of the package. */
export function receiptOf(manifest: string, archive: Buffer | undefined): string {
  const packed = archive === undefined ? "" : createHash("sha256").update(archive).digest("hex");
  return `${manifest}\n${packed}\n`;
}

/**
 * Installs a project, unless just that is there, and makes sure that its tools run. Resolves with undefined, or with why it could not be: the last
 * words of npm or of the tool.
 *
 * @param archive What `pack` gave; undefined for a project that needs a program only.
 * @param tools Binaries of the project; each is asked for its version. npm may have been told to run no install scripts, of which some tools need one.
 * @param npm For tests.
 */
export async function install(
  folder: string,
  archive: string | undefined,
  tools: readonly string[],
  npm: readonly string[] = ["npm"],
): Promise<string | undefined> {
  const manifest = readFileSync(join(folder, "package.json"), "utf8");
  const wanted = receiptOf(manifest, archive === undefined ? undefined : readFileSync(archive));
  const receipt = join(folder, RECEIPT);
  if (existsSync(receipt) && readFileSync(receipt, "utf8") === wanted) return undefined;
  rmSync(receipt, { force: true });
  // Without a lockfile: it would name the source of the packages.
  const flags = ["--no-save", "--no-package-lock", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  const words = [...npm, "install", ...flags, ...(archive === undefined ? [] : [archive])];
  const { code, output } = await runToEnd(words, folder, PATIENCE);
  if (code !== 0) return lastWords(output);
  for (const tool of tools) {
    const asked = await runToEnd([join(folder, "node_modules/.bin", tool), "--version"], folder, TOOL_PATIENCE);
    if (asked.code !== 0) return `${tool} does not run: ${lastWords(asked.output)}`;
  }
  writeFileSync(receipt, wanted);
  return undefined;
}

/** The line that says the most. */
function lastWords(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "" && !line.includes("complete log"));
  return lines.find((line) => /ERR|error/.test(line)) ?? lines.at(-1) ?? "it said nothing";
}
