import { createInterface } from "node:readline";

/**
 * What every peer does for the harness: says where it listens, tidies its memory when asked, ends with its input. The same as
 * `../servers/standard-input.ts`, for programs that nobody builds.
 */

/** Prints `listening PORT`; then answers each line `gc` with `collected`, and ends when the input does. */
export function serveHarness(port) {
  console.log(`listening ${port}`);
  createInterface({ input: process.stdin })
    .on("line", () => {
      if (globalThis.Bun !== undefined) globalThis.Bun.gc(true);
      else globalThis.gc?.();
      console.log("collected");
    })
    .on("close", () => process.exit(0));
}
