import type { RawClient } from "@wirespring/testing";

/** How long others wait while somebody is hostile. Used by the cases about fairness. */

/** Has clients of an echo talk until something has ended. Gives the wait, in milliseconds, that one of a hundred exceeds. */
export async function waitsUntil(clients: readonly RawClient[], over: Promise<unknown>): Promise<number> {
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

/** Measures several times and gives the least: what else the machine does can only add to it. Stops when it is at most `enough`. */
export async function least(enough: number, measure: () => Promise<number>): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < 5 && best > enough; round++) best = Math.min(best, await measure());
  return best;
}
