import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { allToolchains } from "./all-toolchains.js";
import { RunningCommand, runToEnd } from "./command.js";
import { askOnce } from "./conversation.js";
import { install, pack } from "./installation.js";
import type { Toolchain } from "./toolchain.js";
import { commandOf, makeWorkplace, toolsOf, workplaceOf } from "./workplace.js";

/** Every toolchain makes a program of the packed package, which starts and answers, or says why it does not. */

const root = fileURLToPath(new URL("../..", import.meta.url));
const toolchains = fileURLToPath(new URL(".", import.meta.url));

/** Milliseconds: for what a compiler does, and for a program that waits for nobody. */
const BUILD_PATIENCE = 120_000;
const RUN_PATIENCE = 30_000;

let archive: string;
/** By project: what became of its installation. */
const installed = new Map<string, Promise<string | undefined>>();
/** By workplace: its folder, when the program is there. */
const made = new Map<string, Promise<string>>();

beforeAll(async () => {
  archive = await pack(root);
}, 300_000);

/** Installs a project once. Says so in one line where that fails. */
function installOnce(project: string, packed: boolean, tools: readonly string[]): Promise<string | undefined> {
  let installing = installed.get(project);
  if (installing === undefined) {
    installing = install(join(toolchains, project), packed ? archive : undefined, tools).then((problem) => {
      if (problem !== undefined) console.warn(`SKIP what needs ${project}: it could not be installed: ${problem}`);
      return problem;
    });
    installed.set(project, installing);
  }
  return installing;
}

async function missing(row: Toolchain): Promise<string | undefined> {
  const problem = await installOnce(row.project, true, toolsOf(row));
  return problem ?? (row.node === undefined ? undefined : installOnce(row.node, false, ["node"]));
}

describe("toolchains", () => {
  for (const row of allToolchains) it(row.name, { timeout: 900_000 }, ({ skip }) => show(row, skip));
});

async function show(row: Toolchain, skip: (why: string) => never): Promise<void> {
  const problem = await missing(row);
  if (problem !== undefined) skip(problem);
  const folder = await makeOnce(row);
  const words = commandOf(row.run, row, toolchains);
  if (row.node !== undefined) await expectVersion(words[0]!, row.node);
  if (row.refusal === undefined) await expectAnswer(words, folder);
  else await expectRefusal(words, folder, row.refusal);
}

/** Makes a program once, for all the versions of Node that run it. Gives its folder. */
function makeOnce(row: Toolchain): Promise<string> {
  const key = workplaceOf(row);
  let making = made.get(key);
  if (making === undefined) made.set(key, (making = make(row)));
  return making;
}

async function make(row: Toolchain): Promise<string> {
  const folder = makeWorkplace(row, toolchains);
  if (row.build === undefined) return folder;
  const { code, output } = await runToEnd(commandOf(row.build, row, toolchains), folder, BUILD_PATIENCE);
  expect(code, output).toBe(0);
  return folder;
}

async function expectAnswer(words: readonly string[], folder: string): Promise<void> {
  const running = new RunningCommand(words, folder, RUN_PATIENCE);
  try {
    const [, url] = (await running.line(/^listening on (\S+)$/m)) ?? [];
    expect(url, running.output).toBeDefined();
    expect(await askOnce(`${url}/rooms/lobby`, "Ada")).toBe("Hello Ada, this is lobby");
  } finally {
    const { code, output } = await running.stop();
    expect(code, output).toBe(0);
  }
}

/** What is called Node 22 must be: npm may have found another one. */
async function expectVersion(node: string, project: string): Promise<void> {
  const manifest = JSON.parse(readFileSync(join(toolchains, project, "package.json"), "utf8")) as {
    readonly dependencies: { readonly node: string };
  };
  const wanted = manifest.dependencies.node;
  const { output } = await runToEnd([node, "--version"], toolchains, RUN_PATIENCE);
  expect(`${output.trim()}.`.startsWith(wanted === "latest" ? "v" : `v${wanted}.`), `${project}: ${output}`).toBe(true);
}

async function expectRefusal(words: readonly string[], folder: string, refusal: readonly string[]): Promise<void> {
  const { code, output } = await runToEnd(words, folder, RUN_PATIENCE);
  for (const part of refusal) expect(output).toContain(part);
  expect(code).toBe(1);
}
