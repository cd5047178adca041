import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { launchChromium } from "../browser/chromium.js";
import { ExampleProgram } from "../integration/example-program.js";
import { packAll, type Packed } from "../packages/packed.js";
import { CreatedProject } from "./created-project.js";
import { hasPage, isClient } from "./template-list.js";

/**
 * Shows of a template that a project of it stands alone. Called by `create.test.ts` for one, by `create.suite.ts` for all.
 */

const output = fileURLToPath(new URL("../output/", import.meta.url));

/** The packed packages, and room for projects. */
export class Workshop {
  readonly #folder: string;
  readonly #packages: ReadonlyMap<string, Packed>;

  private constructor(folder: string, packages: ReadonlyMap<string, Packed>) {
    this.#folder = folder;
    this.#packages = packages;
  }

  static async open(): Promise<Workshop> {
    const folder = await mkdtemp(join(tmpdir(), "wirespring-created-"));
    return new Workshop(folder, await packAll(folder));
  }

  /** Makes an empty folder, which goes with the workshop. */
  emptyFolder(template: string): Promise<string> {
    return mkdtemp(join(this.#folder, `${template}-`));
  }

  /** Makes a project; rejects, with what the program has said, when it refuses. */
  make(template: string, within: string): Promise<CreatedProject> {
    return CreatedProject.make(template, within, this.#packages);
  }

  /** Makes a project in an empty folder, and installs it with the first command that it was told. */
  async project(template: string): Promise<CreatedProject> {
    const project = await this.make(template, await this.emptyFolder(template));
    if (project.commands.join() !== "npm install,npm start")
      throw new Error(`expected npm install and npm start as the next steps, found ${project.commands.join(", ")}`);
    await project.run(project.commands[0]!);
    return project;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Shows that the project's own tests pass, that it is not of this repository, and that it starts with the second command. */
export async function expectRuns(project: CreatedProject, template: string): Promise<void> {
  expect(await project.run("npm test")).toMatch(/^ *Tests +\d+ passed/m);
  if (isClient(template)) await expectTalks(project);
  else {
    await using program = project.start(project.commands[1]!);
    const url = await program.told(/^listening on (http:\/\/\S+)$/m);
    expect((await fetch(url)).status).toBe(hasPage(template) ? 200 : 404);
    expect(program.output).not.toMatch(/"level":"(warn|error)"|error TS/);
  }
}

async function expectTalks(project: CreatedProject): Promise<void> {
  await using chat = await ExampleProgram.start("chat");
  await using program = project.start(`${project.commands[1]!} -- "${chat.socketUrl("/chat/lobby?name=Ann")}"`);
  await program.told(/^(you are Ann in lobby)$/m);
  expect(await program.endInput()).toBe(0);
}

/** Opens the project's page, and leaves a picture of it in `test/output`. */
export async function expectPage(project: CreatedProject, template: string, chromium: string): Promise<void> {
  await using program = project.start(project.commands[1]!);
  const url = await program.told(/^listening on (http:\/\/\S+)$/m);
  const browser = await launchChromium(chromium);
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    const response = await page.goto(url, { waitUntil: "load" });
    expect(response?.status()).toBe(200);
    expect((await page.title()).trim()).not.toBe("");
    expect((await page.locator("body").innerText()).trim()).not.toBe("");
    await mkdir(output, { recursive: true });
    await page.screenshot({ path: `${output}template-${template}.png` });
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
}
