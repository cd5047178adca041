import { createInterface } from "node:readline";

/**
 * What every server program here does for the harness: says where it listens, tidies its memory when asked, ends with its input. The peers have
 * the same in `peers/standard-input.js`.
 */

/** Prints `listening PORT`; then answers each line `gc` with `collected`, and ends when the input does. */
export function serveHarness(port: number): void {
  console.log(`listening ${port}`);
  createInterface(process.stdin)
    .on("line", () => {
      // There with --expose-gc.
      (globalThis as { gc?: () => void }).gc?.();
      console.log("collected");
    })
    .on("close", () => process.exit(0));
}
