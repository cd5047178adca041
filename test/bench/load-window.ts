import { setTimeout as wait } from "node:timers/promises";
import { cpuBetween, readCpu } from "./process-readings.js";
import type { Measured, Order } from "./work.js";

/**
 * The stretch of time that is measured: rate, processor time of the server and of the load itself. Called by each kind of load.
 */

/** How often a window in which nothing came back is made longer. */
const MOST_WINDOWS = 20;

/** Begins now; what is called in the end gives what happened since. */
export function beginWindow(pid: number): (messages: number) => Measured {
  const own = process.cpuUsage();
  const started = performance.now();
  const server = readCpu(pid);
  return (messages) => {
    const used = cpuBetween(server, readCpu(pid));
    const seconds = (performance.now() - started) / 1_000;
    const { user, system } = process.cpuUsage(own);
    return {
      perSecond: messages / seconds,
      loadBusy: (user + system) / 1e6 / seconds,
      ...(used === undefined || messages === 0 ? {} : { cpu: used / messages }),
    };
  };
}

/**
 * Lets the work go on for the order's warm-up, then measures its window; `count` gives the messages so far. With a boundary, the window begins and
 * ends at one: where a message is the work of many steps, part of it says nothing.
 */
export async function measureWindow(
  order: Order,
  count: () => number,
  boundary: () => Promise<void> = async () => {},
): Promise<Measured> {
  await wait(order.warmUp);
  await boundary();
  const before = count();
  const end = beginWindow(order.pid);
  // On a machine with much else to do, a short window may pass before anybody had a turn.
  for (let windows = 0; windows < MOST_WINDOWS; windows++) {
    await wait(order.window);
    await boundary();
    if (count() > before) return end(count() - before);
  }
  throw new Error(`nothing came back within ${MOST_WINDOWS * order.window} ms`);
}
