import type { RawClient } from "@wirespring/testing";
import type { HostileServer } from "./stage.js";

/** How long others wait while somebody is hostile. Used by the cases about fairness. */

/** Has clients of an echo talk until something has ended. Gives the wait, in milliseconds, that one of a hundred exceeds. */
async function waitsUntil(clients: readonly RawClient[], over: Promise<unknown>): Promise<number> {
  let isOver = false;
  const end = (): void => void (isOver = true);
  over.then(end, end);
  const waits: number[] = [];
  const talk = async (client: RawClient): Promise<void> => {
    do {
      const asked = performance.now();
      client.frame({ opcode: 1, payload: "hello" });
      await client.nextFrame();
      waits.push(performance.now() - asked);
    } while (!isOver);
  };
  await Promise.all(clients.map(talk));
  waits.sort((one, other) => one - other);
  return waits[Math.floor(waits.length * 0.99)]!;
}

/**
 * Measures how much longer a client waits while something goes on than just before, when nothing did. Several times, and gives the least: what else
 * the machine does can only add to it. Stops when it is at most `enough`.
 *
 * @param disturb Starts it, and says when it is over.
 */
export async function extraWait(
  server: HostileServer,
  clients: readonly RawClient[],
  enough: number,
  disturb: () => Promise<{ readonly over: Promise<unknown> }>,
): Promise<number> {
  return least(enough, async () => {
    const usual = await waitsUntil(clients, quietly(server));
    return (await waitsUntil(clients, (await disturb()).over)) - usual;
  });
}

/** For about as long as something that disturbs. */
async function quietly(server: HostileServer): Promise<void> {
  for (let count = 0; count < 100; count++) await server.metrics();
}

/** Measures several times and gives the least: what else the machine does can only add to it. Stops when it is at most `enough`. */
export async function least(enough: number, measure: () => Promise<number>): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < 5 && best > enough; round++) best = Math.min(best, await measure());
  return best;
}
