import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, Page } from "playwright-core";

/**
 * One visitor of a page, for the tests of pages: a browser context of its own that writes down whatever the pages in it complain of, and takes
 * pictures of them.
 */

const output = fileURLToPath(new URL("../output/", import.meta.url));

/** A visitor with cookies of its own; `await using` ends the visit. */
export class PageVisit {
  /** Console errors, exceptions, broken rules of the content security policy, requests that leave the server. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;
  readonly #url: string;

  private constructor(context: BrowserContext, url: string) {
    this.#context = context;
    this.#url = url;
  }

  /** @param url Where the page is; nothing may be loaded from anywhere else. */
  static async begin(browser: Browser, url: string): Promise<PageVisit> {
    const context = await browser.newContext({ viewport: { width: 1000, height: 760 }, colorScheme: "light" });
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) =>
        console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI}`),
      );
    });
    return new PageVisit(context, url);
  }

  /** Opens the page in a new tab. */
  async open(): Promise<Page> {
    const page = await this.#context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("request", (request) => {
      if (!/^(?:data|blob):/.test(request.url()) && new URL(request.url()).origin !== this.#url)
        this.complaints.push(`loads ${request.url()}`);
    });
    await page.goto(this.#url);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}

/**
 * Takes pictures of a page into `test/output`: `<name>-<width>-<light or dark>.png`, wide and narrow. Gives the pictures in which the page has to be
 * scrolled sideways.
 */
export async function photograph(page: Page, name: string): Promise<string[]> {
  await mkdir(output, { recursive: true });
  const tooWide: string[] = [];
  for (const [width, colorScheme] of [
    [1000, "light"],
    [1000, "dark"],
    [360, "light"],
  ] as const) {
    await page.setViewportSize({ width, height: 760 });
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${output}${name}-${width}-${colorScheme}.png` });
    if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) tooWide.push(`${name} ${width}`);
  }
  return tooWide;
}
