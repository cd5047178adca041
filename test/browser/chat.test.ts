import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { ExampleProgram } from "../integration/example-program.js";
import { launchChromium } from "./chromium.js";

const executablePath = inject("programs").chromium;
const output = fileURLToPath(new URL("../output/", import.meta.url));

/** Where no Chromium is, the run has said so in one line already, and these tests count as skipped. */
describe.skipIf(executablePath === undefined)("the chat in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser;
  let context: BrowserContext;
  /** One for all tests, each of which has a room of its own. */
  let program: ExampleProgram;
  /** Whatever a page complained of: console errors, exceptions, broken rules of its content security policy. */
  let complaints: string[];

  beforeAll(async () => {
    await mkdir(output, { recursive: true });
    program = await ExampleProgram.start("chat");
    browser = await launchChromium(executablePath);
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await program[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    complaints = [];
    context = await browser.newContext({ viewport: { width: 1200, height: 800 }, colorScheme: "light" });
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) =>
        console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI}`),
      );
    });
  });

  afterEach(() => context.close());

  async function open(hash = ""): Promise<Page> {
    const page = await context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${program.url}/${hash}`);
    return page;
  }

  async function join(name: string, room: string): Promise<Page> {
    const page = await open();
    await page.getByLabel("Your name").fill(name);
    await page.getByLabel("Room", { exact: true }).fill(room);
    await page.getByRole("button", { name: "Join" }).click();
    await page.getByRole("status").getByText("Connected", { exact: true }).waitFor();
    return page;
  }

  async function say(page: Page, text: string): Promise<void> {
    await page.getByLabel("Your line").fill(text);
    await page.getByLabel("Your line").press("Enter");
  }

  const line = (page: Page, text: string) => page.getByRole("log").getByText(text, { exact: true });
  const people = (page: Page) => page.locator("#people li > span:last-child").allTextContents();

  it("shows two guests each other's lines, names and leaving", async () => {
    const ann = await join("Ann", "talk");
    const bob = await join("Bob", "talk");
    await line(ann, "Bob came in").waitFor();
    expect(await people(ann)).toEqual(["Ann (you)", "Bob"]);
    expect(await people(bob)).toEqual(["Ann", "Bob (you)"]);

    await say(ann, "Hello, Bob!");
    await line(bob, "Hello, Bob!").waitFor();
    await say(bob, "<b>Hello</b> & good morning, Ann 👋");
    await line(ann, "<b>Hello</b> & good morning, Ann 👋").waitFor();
    await line(bob, "<b>Hello</b> & good morning, Ann 👋").waitFor();
    expect(await bob.locator(".said .by b").allTextContents()).toEqual(["Ann", "You"]);

    await bob.close();
    await line(ann, "Bob left").waitFor();
    expect(await people(ann)).toEqual(["Ann (you)"]);

    const late = await join("Cleo", "talk");
    await line(late, "Hello, Bob!").waitFor();
    expect(complaints).toEqual([]);
  });

  it("gives a second tab with the same name the next free one", async () => {
    const first = await join("Ann", "twins");
    const second = await join("Ann", "twins");
    await line(second, "“Ann” is taken: here you are “Ann 2”.").waitFor();
    expect(await people(first)).toEqual(["Ann (you)", "Ann 2"]);
    expect(complaints).toEqual([]);
  });

  it("goes on after a reload, under the same name in the same room", async () => {
    const ann = await join("Ann", "garden");
    await say(ann, "before the reload");
    await line(ann, "before the reload").waitFor();
    await ann.reload();
    await line(ann, "before the reload").waitFor();
    expect(ann.url()).toBe(`${program.url}/#garden`);
    expect(await people(ann)).toEqual(["Ann (you)"]);
    expect(complaints).toEqual([]);
  });

  it("says why the server does not want a name, and does not try again", async () => {
    const page = await open("#lobby");
    await page.getByLabel("Your name").fill("<Ann>");
    await page.getByRole("button", { name: "Join" }).click();
    await page.getByRole("alert").getByText("A name starts with a letter or digit").waitFor();
    expect(await page.getByRole("status").textContent()).toBe("Offline");
    expect(await page.getByLabel("Your name").inputValue()).toBe("<Ann>");
    expect(complaints).toEqual([]);
  });

  it("shows a line that the server did not take to its author, who gets it back", async () => {
    const ann = await join("Ann", "corrections");
    await say(ann, "turned \u202e round");
    await line(ann, "A line is one line of visible characters.").waitFor();
    expect(await ann.getByLabel("Your line").inputValue()).toBe("turned \u202e round");
    expect(complaints).toEqual([]);
  });

  it("comes back after a lost connection and shows every line once", async () => {
    let lose: (() => Promise<void>) | undefined;
    await context.routeWebSocket(/name=Ann/, (socket) => {
      socket.connectToServer();
      lose = () => socket.close({ code: 4000, reason: "lost" });
    });
    const ann = await join("Ann", "tunnel");
    const bob = await join("Bob", "tunnel");
    await say(bob, "before the tunnel");
    await line(ann, "before the tunnel").waitFor();
    await lose?.();
    await line(bob, "Ann left").waitFor();
    await line(ann, "You are back.").waitFor();
    await say(bob, "after the tunnel");
    await line(ann, "after the tunnel").waitFor();
    expect(await ann.locator(".text").allTextContents()).toEqual(["before the tunnel", "after the tunnel"]);
    expect(complaints).toEqual([]);
  });

  it("brings both guests back by themselves after the server was restarted", async () => {
    const ann = await join("Ann", "restart");
    const bob = await join("Bob", "restart");
    await say(ann, "before the restart");
    await line(bob, "before the restart").waitFor();

    expect(await program.stop("SIGTERM")).toMatchObject({ code: 0 });
    for (const page of [ann, bob]) await page.getByText("The server restarts. Trying again").waitFor();
    await ann.getByLabel("Your line").fill("written meanwhile");
    expect(await ann.getByRole("button", { name: "Send" }).isDisabled()).toBe(true);
    await ann.screenshot({ path: `${output}chat-restart.png` });

    program = await ExampleProgram.start("chat", program.port);
    for (const page of [ann, bob]) {
      await line(page, "You are back.").waitFor();
      await page.getByRole("status").getByText("Connected", { exact: true }).waitFor();
      // The new process knows no history; the page keeps its own.
      await line(page, "before the restart").waitFor();
    }
    await ann.getByLabel("Your line").press("Enter");
    await line(bob, "written meanwhile").waitFor();
    await say(bob, "we are back");
    await line(ann, "we are back").waitFor();
    expect((await people(ann)).sort()).toEqual(["Ann (you)", "Bob"]);
    expect(complaints.filter((text) => !text.includes("ERR_CONNECTION_REFUSED"))).toEqual([]);
  });

  it("looks as in test/output at 1200 and at 360 pixels, light and dark, without scrolling sideways", async () => {
    const ann = await join("Ann", "pictures");
    await ann.screenshot({ path: `${output}chat-empty.png` });
    const bob = await join("Bob", "pictures");
    await join("Zoë Maximiliane-Antonia", "pictures");
    const talk: [Page, string][] = [
      [bob, "Morning! Has anybody tried the new endpoints yet?"],
      [ann, "Yes, last night. One class, three methods, and it was running."],
      [ann, "The room comes from the path and the line is a class of its own:"],
      [ann, "https://example.org/a-rather-long-address/which-has-no-place-to-break/and-so-it-has-to-break-anywhere"],
      [bob, "Nice. And when the server restarts?"],
      [ann, "The page comes back by itself. Try it."],
    ];
    for (const [page, text] of talk) {
      await say(page, text);
      await line(ann, text).waitFor();
    }
    const entrance = await open();
    for (const [name, page, width, colorScheme] of [
      ["talk", ann, 1200, "light"],
      ["talk", ann, 1200, "dark"],
      ["talk", ann, 360, "light"],
      ["talk", ann, 360, "dark"],
      ["entrance", entrance, 1200, "light"],
      ["entrance", entrance, 360, "dark"],
    ] as const) {
      await page.setViewportSize({ width, height: 760 });
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${output}chat-${name}-${width}-${colorScheme}.png` });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `${name} at ${width}`).toBeLessThanOrEqual(0);
    }
    expect(complaints).toEqual([]);
  });
});
