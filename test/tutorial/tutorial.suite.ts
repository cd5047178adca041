import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { blocksOf, type Block } from "../architecture/doc-blocks.js";
import { root } from "../architecture/repository.js";
import { launchChromium } from "../browser/chromium.js";

/**
 * Somebody who does what the tutorial says, and nothing else: its commands in a shell, its files into a folder that was empty, its lines into the
 * console of a browser. Only the package comes as a tarball, because what is tested was not published yet. Run by `npm run tutorial`.
 */

const executablePath = inject("programs").chromium;
const run = promisify(execFile);

/** The packages that a command installs from here. */
const OURS = "wirespring";

const isStart = ({ language, code }: Block): boolean =>
  language === "sh" && code.some((line) => line.includes("node dist/main.js"));

/** A shell in which one command after another is typed. */
class Terminal {
  readonly packed: string;
  folder: string;
  #program: { child: ChildProcess; url: string; output: () => string } | undefined;

  constructor(folder: string, packed: string) {
    this.folder = folder;
    this.packed = packed;
  }

  /** Where the program listens that was started last. */
  get url(): string {
    return this.#program!.url;
  }

  /** Types commands; the next ones are typed where these have ended. */
  async type(commands: readonly string[]): Promise<void> {
    const script = commands.map((line) => line.replace(new RegExp(`(?<=npm install .*)\\b${OURS}\\b`), this.packed));
    // What npm has loaded before it need not load again.
    const env = { ...process.env, npm_config_prefer_offline: "true" };
    const { stdout } = await run("sh", ["-ec", [...script, "pwd"].join("\n")], { cwd: this.folder, env });
    this.folder = stdout.trim().split("\n").at(-1)!;
  }

  /** Types a command that goes on until Ctrl+C. */
  async start(commands: readonly string[]): Promise<void> {
    // As in a shell that somebody types into: Ctrl+C goes to the program, and the shell says how that ended.
    const script = `trap : INT\n${commands.join("\n")}\necho "ended with $?"`;
    const env = { ...process.env, PORT: "0" };
    const child = spawn("sh", ["-c", script], {
      cwd: this.folder,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const listening = new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk) => {
          output += String(chunk);
          const url = /listening on (http:\/\/\S+)/.exec(output)?.[1];
          if (url !== undefined) resolve(url);
        });
      child.once("exit", () => reject(new Error(`${commands.join("\n")} has ended:\n${output}`)));
    });
    this.#program = { child, url: await listening, output: () => output };
  }

  /** Presses Ctrl+C; gives the last line of the terminal. */
  async interrupt(): Promise<string | undefined> {
    if (this.#program === undefined) return undefined;
    const { child, output } = this.#program;
    this.#program = undefined;
    process.kill(-child.pid!, "SIGINT");
    await once(child, "close");
    return output().trim().split("\n").at(-1);
  }
}

describe.skipIf(executablePath === undefined)("the tutorial", { timeout: 180_000 }, () => {
  let base: string;
  let browser: Browser;
  let context: BrowserContext;
  let terminal: Terminal;

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), "wirespring-tutorial-"));
    const packed = join(base, "packed");
    await run("npm", ["run", "--silent", "pnpm", "--", "--filter", OURS, "pack", "--pack-destination", packed], {
      cwd: root,
    });
    const [archive] = await readdir(packed);
    await mkdir(join(base, "empty"));
    terminal = new Terminal(join(base, "empty"), join(packed, archive!));
    browser = await launchChromium(executablePath);
    context = await browser.newContext();
  }, 120_000);

  afterAll(async () => {
    await terminal.interrupt();
    await browser.close();
    await rm(base, { recursive: true });
  });

  it("ends with the working chat, command by command", async () => {
    const text = await readFile(join(root, "docs/tutorial.md"), "utf8");
    const blocks = blocksOf("docs/tutorial.md", text);
    const lines = blocks.find(({ language, section }) => language === "js" && section === 2)!;
    const seen = [() => oneConsole(lines), () => twoConsoles(lines), () => twoTabs()];
    expect(blocks.filter(isStart)).toHaveLength(seen.length);
    for (const block of blocks) {
      const file = block.flags.find((flag) => flag.startsWith("file="))?.slice("file=".length);
      if (file !== undefined) await save(file, block);
      else if (isStart(block)) {
        expect(await terminal.interrupt()).toBe(seen.length === 3 ? undefined : "ended with 0");
        await terminal.start(block.code);
        await seen.shift()!();
      } else if (block.language === "sh") await terminal.type(block.code);
      else expect(block).toBe(lines);
    }
    expect(seen).toEqual([]);
  });

  async function save(file: string, { code }: Block): Promise<void> {
    const path = join(terminal.folder, file);
    // The folders are there: the text has made them.
    expect(await readdir(dirname(path)).catch(() => `there is no folder for ${file}`)).toBeInstanceOf(Array);
    await writeFile(path, `${code.join("\n")}\n`);
  }

  /** Opens the address, and types the lines of the page into the console. Gives what the console shows. */
  async function typeInto({ code }: Block): Promise<{ page: Page; shown: string[] }> {
    const page = await context.newPage();
    const shown: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "log") shown.push(message.text());
    });
    await page.goto(terminal.url);
    await page.evaluate(code.join("\n").replace("127.0.0.1:8080", new URL(terminal.url).host));
    return { page, shown };
  }

  async function oneConsole(lines: Block): Promise<void> {
    const { page, shown } = await typeInto(lines);
    await expect.poll(() => shown).toEqual(["Welcome to lobby", "you said hello"]);
    await page.close();
  }

  async function twoConsoles(lines: Block): Promise<void> {
    const ada = await typeInto(lines);
    await expect.poll(() => ada.shown).toEqual(["somebody has come", "somebody: hello"]);
    const bob = await typeInto(lines);
    await expect.poll(() => bob.shown).toEqual(["somebody has come", "somebody: hello"]);
    await bob.page.close();
    await expect.poll(() => ada.shown.slice(2)).toEqual(["somebody has come", "somebody: hello", "somebody has left"]);
    await ada.page.close();
  }

  async function open(name: string): Promise<Page> {
    const page = await context.newPage();
    page.on("dialog", (dialog) => void dialog.accept(name));
    await page.goto(terminal.url);
    await page.getByRole("listitem").getByText(`${name} has come`).waitFor();
    return page;
  }

  async function say(page: Page, text: string): Promise<void> {
    await page.getByLabel("What you say").fill(text);
    await page.getByRole("button", { name: "Say" }).click();
  }

  async function twoTabs(): Promise<void> {
    const [ada, bob] = [await open("Ada"), await open("Bob")];
    await say(ada, "hello, Bob");
    await say(bob, "<b>hello</b>, Ada");
    const shown = ["Bob has come", "Ada : hello, Bob", "Bob : <b>hello</b>, Ada"];
    const texts = (page: Page): Promise<string[]> => page.getByRole("listitem").allTextContents();
    await expect.poll(() => texts(ada)).toEqual(["Ada has come", ...shown]);
    await expect.poll(() => texts(bob)).toEqual(shown);
    await ada.screenshot({ path: join(root, "test/output/tutorial.png") });
    expect(await terminal.interrupt()).toBe("ended with 0");
    for (const page of [ada, bob])
      await expect.poll(async () => (await texts(page)).at(-1)).toMatch(/^closed: 1012 retry=\d+$/);
  }
});
