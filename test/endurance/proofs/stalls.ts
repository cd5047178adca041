import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import type { Metrics } from "wirespring";
import { Peer } from "../peer.js";
import { ms, type Bench, type Proof } from "../proof.js";

/** The event loop stands still for longer than a peer may be silent: nobody is blamed for it (F10). */

/** Of the defaults, for a stall of 30 s. A shorter one has shorter times in proportion. */
const [INTERVAL, TIMEOUT, STALL] = [25_000, 20_000, 30_000];

async function stall(bench: Bench, milliseconds: number, times: number): Promise<void> {
  const count = bench.scaled(1_000);
  const share = milliseconds / STALL;
  const [interval, timeout] = [Math.round(INTERVAL * share), Math.round(TIMEOUT * share)];
  const server = await bench.serve({ heartbeatInterval: interval, heartbeatTimeout: timeout });
  const lag = monitorEventLoopDelay({ resolution: 1 });
  lag.enable();
  const peers = await Peer.openMany(server.port, count, { path: "/echo" });
  for (let round = 0; round < times; round++) {
    // In the middle of the heartbeats: some are due, some are not answered yet.
    await setTimeout(interval * (0.95 + 0.1 * round));
    await server.ask("stall", milliseconds);
  }
  // Whoever is taken for dead is so by now.
  await setTimeout(interval + timeout);
  lag.disable();
  const { sessionsOpen, limitHits, longestStall } = (await server.ask("metrics")) as Metrics;
  const killed = peers.filter(({ ending }) => ending !== undefined).length;
  bench.figure(
    `${times} stalls of ${ms(milliseconds)}, pings after ${ms(interval)}, dead after ${ms(timeout)}: ${killed} of ${count} sessions killed; ` +
      `the server saw ${ms(longestStall)}, the clients' own longest lag ${ms(lag.max / 1e6)}`,
  );
  expect({ killed, sessionsOpen, limitHits }).toEqual({ killed: 0, sessionsOpen: count, limitHits: {} });
  expect(longestStall).toBeGreaterThanOrEqual(milliseconds * 0.9);
  for (const { socket } of peers) socket.destroy();
}

/** The stalls of one server, and how often. */
function stalls({ quick, long }: Bench): readonly (readonly [number, number])[] {
  if (quick)
    return [
      [1_000, 3],
      [3_000, 1],
    ];
  return [[1_000, 3], [5_000, 2], ...(long ? [[STALL, 1] as const] : [])];
}

async function run(bench: Bench): Promise<void> {
  // Each on a server of its own, which takes no processor time while it stands still.
  await Promise.all(stalls(bench).map(([milliseconds, times]) => stall(bench, milliseconds, times)));
}

export const stallsProof: Proof = { name: "stalls", run };
