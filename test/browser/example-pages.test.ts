import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { ExampleProgram } from "../integration/example-program.js";
import { launchChromium } from "./chromium.js";
import { PageVisit, photograph } from "./page-visit.js";

const executablePath = inject("programs").chromium;

/** Where no Chromium is, the run has said so in one line already, and these tests count as skipped. */
describe.skipIf(executablePath === undefined)("in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser;
  let program: ExampleProgram;
  let visits: PageVisit[];

  beforeAll(async () => {
    browser = await launchChromium(executablePath);
  }, 60_000);

  afterAll(() => browser.close());

  beforeEach(() => {
    visits = [];
  });

  afterEach(async () => {
    for (const visit of visits) await visit[Symbol.asyncDispose]();
    await program.stop();
  });

  /** A visitor with cookies of its own. */
  async function visitor(): Promise<PageVisit> {
    const visit = await PageVisit.begin(browser, program.url);
    visits.push(visit);
    return visit;
  }

  const complaints = (): string[] => visits.flatMap((visit) => visit.complaints);

  it("the news desk of express-host shows on every page what one has published", async () => {
    program = await ExampleProgram.start("express-host");
    const [one, other] = [await (await visitor()).open(), await (await visitor()).open()];
    for (const page of [one, other]) await page.getByRole("status").getByText("Connected.").waitFor();
    for (const headline of ["Spring is here", "<b>Rain</b> & wind"]) {
      await one.getByLabel("Headline").fill(headline);
      await one.getByRole("button", { name: "Publish" }).click();
      for (const page of [one, other]) await page.getByRole("listitem").filter({ hasText: headline }).waitFor();
    }
    expect(await other.getByRole("listitem").count()).toBe(2);
    expect(await photograph(other, "express-host")).toEqual([]);
    expect(complaints()).toEqual([]);
  });

  it("the poll of fastify-host counts one vote of each browser and knows it again", async () => {
    program = await ExampleProgram.start("fastify-host");
    const [ann, bob] = [await visitor(), await visitor()];
    const [one, other] = [await ann.open(), await bob.open()];
    await one.getByLabel("Something else").fill("Cocoa");
    await one.getByRole("button", { name: "Add" }).click();
    await other.getByRole("button", { name: "Cocoa 0" }).click();
    await one.getByRole("button", { name: "Tea 0" }).click();
    await one.getByRole("button", { name: "Cocoa 1" }).click();
    for (const page of [one, other]) await page.getByRole("button", { name: "Cocoa 2" }).waitFor();
    await other.getByRole("button", { name: "Tea 0" }).waitFor();

    const again = await ann.open();
    await again.getByRole("button", { name: "Cocoa 2", pressed: true }).waitFor();
    expect(await photograph(again, "fastify-host")).toEqual([]);
    expect(complaints()).toEqual([]);
  });

  it("the kitchen of nest-host shows what Nest's controller took until a screen says that it is ready", async () => {
    program = await ExampleProgram.start("nest-host");
    const [guest, kitchen] = [await (await visitor()).open(), await (await visitor()).open()];
    await kitchen.getByRole("status").getByText("Connected.").waitFor();
    for (const [table, dish] of [
      ["4", "Soup"],
      ["7", "<i>Cake</i>"],
    ] as const) {
      await guest.getByLabel("Table").fill(table);
      await guest.getByLabel("Dish").fill(dish);
      await guest.getByRole("button", { name: "Order" }).click();
      await kitchen
        .getByRole("listitem")
        .filter({ hasText: `Table ${table}${dish}` })
        .waitFor();
    }
    expect(await photograph(kitchen, "nest-host")).toEqual([]);
    await kitchen.getByRole("listitem").filter({ hasText: "Soup" }).getByRole("button", { name: "Ready" }).click();
    await guest.getByRole("status").getByText("Ready for table 4: Soup").waitFor();
    expect(await guest.getByRole("listitem").allTextContents()).toEqual(["Table 7<i>Cake</i>Ready"]);
    expect(complaints()).toEqual([]);
  });

  it("the dashboard draws what the server pushes", async () => {
    program = await ExampleProgram.start("live-dashboard", 0, { SAMPLE_INTERVAL: "50" });
    const page = await (await visitor()).open();
    await page.getByRole("status").getByText("Connected.").waitFor();
    const memory = page.getByRole("definition").filter({ hasText: /^[\d.]+ MiB$/ });
    await memory.first().waitFor();
    expect(await memory.count()).toBe(2);
    // The colour of the line, in many columns of the canvas.
    const drawn = await page.waitForFunction(() => {
      const canvas = document.querySelector<HTMLCanvasElement>("#bytes canvas")!;
      const { width, height } = canvas;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, width, height);
      const columns = new Set<number>();
      for (let pixel = 0; pixel < width * height; pixel++)
        if (data[4 * pixel] === 0x2b && data[4 * pixel + 1] === 0x8a && data[4 * pixel + 2] === 0x3e)
          columns.add(pixel % width);
      return columns.size > 100;
    });
    expect(await drawn.jsonValue()).toBe(true);
    expect(await photograph(page, "live-dashboard")).toEqual([]);
    expect(complaints()).toEqual([]);
  });
});
