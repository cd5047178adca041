// Node's own, also while a test has replaced the global ones.
import { setImmediate } from "node:timers";

/**
 * Lets everything that is ready run: ticks, promises, and what they have started in turn. No time passes; a fixed number of turns of the
 * event loop, so that a test does the same each time.
 *
 * @param turns Default 10.
 */
export async function settle(turns = 10): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
