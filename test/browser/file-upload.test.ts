import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { ExampleProgram } from "../integration/example-program.js";
import { launchChromium } from "./chromium.js";
import { photograph } from "./page-visit.js";

const executablePath = inject("programs").chromium;

/** Where no Chromium is, the run has said so in one line already, and these tests count as skipped. */
describe.skipIf(executablePath === undefined)("the upload page in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser;
  let program: ExampleProgram;
  let folder: string;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "wirespring-to-upload-"));
    program = await ExampleProgram.start("file-upload");
    browser = await launchChromium(executablePath);
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await program.stop();
    await rm(folder, { recursive: true });
  });

  beforeEach(async () => {
    page = await browser.newPage();
    complaints = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(program.url);
  });

  afterEach(() => page.close());

  async function choose(name: string, bytes: Buffer): Promise<void> {
    await writeFile(join(folder, name), bytes);
    await page.getByLabel("File").setInputFiles(join(folder, name));
  }

  it("sends the chosen file, fills its bar and shows the receipt", async () => {
    const bytes = randomBytes(20_000_000);
    await choose("größe 100%.bin", bytes);
    await page.getByRole("button", { name: "Upload" }).click();
    await page.getByText("The server has it.").waitFor();
    expect(await page.locator("dd").allTextContents()).toEqual([
      "größe 100%.bin",
      "20,000,000 bytes",
      createHash("sha256").update(bytes).digest("hex"),
    ]);
    expect(await page.getByRole("progressbar").evaluate((bar: HTMLProgressElement) => bar.value)).toBe(1);
    expect(await photograph(page, "file-upload")).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it("stops when it is told to, and sends the next file from its beginning", async () => {
    // Large enough to be still on its way when the button is pressed.
    await writeFile(join(folder, "large.bin"), "");
    await truncate(join(folder, "large.bin"), 250_000_000);
    await page.getByLabel("File").setInputFiles(join(folder, "large.bin"));
    await page.getByRole("button", { name: "Upload" }).click();
    await page.getByText(/^[\d.]+ MB of 250\.0 MB$/).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("The upload was cancelled.").waitFor();
    await choose("small.bin", Buffer.from("hello"));
    await page.getByRole("button", { name: "Upload" }).click();
    await page.getByText("The server has it.").waitFor();
    expect(await page.locator("#size").textContent()).toBe("5 bytes");
    expect(complaints).toEqual([]);
  });
});
