import { existsSync, readFileSync, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { filesUnder } from "../architecture/repository.js";
import { launchChromium } from "../browser/chromium.js";
import { SiteServer } from "./site-server.js";

/**
 * The built site, as `npm run docs -- --check` tries it: every link and anchor of every page, and what a reader does in Chromium.
 */

const site = fileURLToPath(new URL("../../docs/dist/", import.meta.url));
const output = fileURLToPath(new URL("../output/", import.meta.url));
const executablePath = inject("programs").chromium;

/** The pages by their path in the site, `how-to/nginx.html`. */
const pages = new Map(
  readdirSync(site, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".html") && path !== "404.html")
    .map((path) => [path.replaceAll("\\", "/"), readFileSync(join(site, path), "utf8")] as const),
);

const anchorsOf = (html: string): Set<string> =>
  new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => decodeHtml(id!)));

function decodeHtml(text: string): string {
  return text.replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#39;", "'");
}

describe("the pages of the site", () => {
  it("are all pages of docs", () => {
    const written = [...filesUnder("docs").keys()].filter((path) => path.endsWith(".md") && !path.includes("["));
    expect(written.length).toBeGreaterThan(30);
    const expected = written.map((path) => posix.relative("docs", path).replace(/\.md$/, ".html"));
    expect(expected.filter((path) => !pages.has(path))).toEqual([]);
  });

  it("are all in the navigation, which has four parts", () => {
    const start = pages.get("tutorial.html")!;
    const sidebar = new Set([...start.matchAll(/href="\/([^"#]+\.html)"/g)].map(([, path]) => path!));
    const own = [...pages.keys()].filter((path) => !/^(source\/|index\.html$)/.test(path));
    expect(own.filter((path) => !sidebar.has(path))).toEqual([]);
    const bar = start.matchAll(/VPNavBarMenuLink[^>]*>(?:<!--.*?-->)*<span[^>]*>([^<]+)<\/span>/g);
    const parts = [...bar].map(([, text]) => text!);
    expect(parts).toEqual(["Tutorial", "How-to", "Reference", "Topics"]);
  });

  it("link only to pages, files and headings that are there", () => {
    const anchors = new Map([...pages].map(([path, html]) => [path, anchorsOf(html)]));
    let seen = 0;
    const broken = [...pages].flatMap(([page, html]) =>
      [...new Set([...html.matchAll(/<a[^>]* href="([^"]+)"/g)].map(([, href]) => decodeHtml(href!)))]
        .filter((href) => !/^[a-z]+:/.test(href))
        .flatMap((href) => {
          seen++;
          const url = new URL(href, `http://site/${page}`);
          const path = decodeURIComponent(url.pathname.slice(1)).replace(/^$|\/$/, "$&index.html");
          if (!pages.has(path)) return existsSync(join(site, path)) ? [] : [`${page}: ${href}`];
          const anchor = decodeURIComponent(url.hash.slice(1));
          return anchor === "" || anchors.get(path)!.has(anchor) ? [] : [`${page}: ${href} has no such heading`];
        }),
    );
    expect(broken).toEqual([]);
    expect(seen).toBeGreaterThan(1_000);
  });
});

describe.skipIf(executablePath === undefined)("the site in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser;
  let server: SiteServer;
  let page: Page;
  /** What the page complained of, and what it wanted from elsewhere. */
  const complaints: string[] = [];

  beforeAll(async () => {
    await mkdir(output, { recursive: true });
    server = await SiteServer.start(site);
    browser = await launchChromium(executablePath);
    page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: "light" });
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(server.url)) complaints.push(request.url());
    });
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  it("starts with a program within the first screen", async () => {
    await page.goto(server.url);
    const program = page.locator(".language-ts").first();
    expect(await program.innerText()).toContain("WirespringApplication.run(");
    const { y, height } = (await program.boundingBox())!;
    await page.screenshot({ path: `${output}docs-start.png` });
    expect(y + height).toBeLessThanOrEqual(800);
    expect(await program.locator("pre").evaluate((pre) => pre.scrollWidth - pre.clientWidth)).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
  });

  it("finds OnMessage, and leads to its place in the reference", async () => {
    await page.goto(server.url);
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByPlaceholder("Search").fill("OnMessage");
    const results = page.locator("#localsearch-list a");
    await results.first().waitFor();
    await page.screenshot({ path: `${output}docs-search.png` });
    const addresses = await results.evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    expect(addresses).toContainEqual(expect.stringMatching(/^\/reference\/decorators\.html#onmessage$/));
    await page.locator('#localsearch-list a[href="/reference/decorators.html#onmessage"]').click();
    await page.getByRole("heading", { name: /@OnMessage/ }).waitFor();
    expect(complaints).toEqual([]);
  });

  it("fits on a small screen, light and dark", async () => {
    for (const [path, colorScheme] of [
      ["", "dark"],
      ["tutorial.html", "light"],
      ["how-to/from-nestjs.html", "dark"],
    ] as const) {
      await page.setViewportSize({ width: 360, height: 740 });
      await page.emulateMedia({ colorScheme });
      await page.goto(`${server.url}/${path}`);
      await page.screenshot({ path: `${output}docs-${path.replace(/\W/g, "-") || "start"}-360-${colorScheme}.png` });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), path).toBeLessThanOrEqual(0);
    }
    expect(complaints).toEqual([]);
  });
});
