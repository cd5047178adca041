import { type Browser, chromium } from "playwright-core";

/**
 * Starts the installed Chromium for the tests of pages, as one that asks nobody and fetches nothing by itself.
 */

/** Launches a browser; its caller closes it. */
export function launchChromium(executablePath: string | undefined): Promise<Browser> {
  return chromium.launch({
    ...(executablePath && { executablePath }),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
