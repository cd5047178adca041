import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import type { ServerProcess } from "../../hostile/server-process.js";
import { Peer, together } from "../peer.js";
import { ms, type Bench, type Proof } from "../proof.js";

/** Ten thousand peers that are gone without a word: they cost next to nothing, and are found (F08). */

/** The defaults; in a quick run a tenth of them for a tenth of the sessions, so that there are as many heartbeats a second. */
const [INTERVAL, TIMEOUT] = [25_000, 20_000];

/** A look comes so much late, and it may begin with a connection that has just been heard of. Milliseconds. */
const TOLERANCE = 1_000;

/** Milliseconds in which the last are opened, and given up. */
const SLACK = 15_000;

/** Of one core. */
const SHARE = 0.01;

/** The same for so few pings that hardly any of it runs compiled. */
const QUICK_SHARE = 0.05;

/** What was opened has settled, and nobody was pinged yet; every session was, and none is given up yet. Milliseconds. */
const [SETTLED, PINGED] = [15_000, 42_000];

/** Milliseconds. */
interface ProcessorTime {
  readonly user: number;
  readonly system: number;
}

/** Since the start of the server, or since it was measured before. */
async function processorTime(
  server: ServerProcess,
  before: ProcessorTime = { user: 0, system: 0 },
): Promise<ProcessorTime> {
  const now = (await server.ask("processorTime")) as ProcessorTime;
  return { user: now.user - before.user, system: now.system - before.system };
}

function said({ user, system }: ProcessorTime): string {
  return `${ms(user + system)} of processor time (${ms(system)} of it the system's)`;
}

/** Opens sessions whose peer reads nothing: the system still takes what is sent, nobody answers. */
async function openSilent(port: number, count: number): Promise<readonly Peer[]> {
  const peers: Peer[] = [];
  await together(50, count, async () => {
    const peer = await Peer.open(port, { path: "/aged" });
    peer.socket.pause();
    peers.push(peer);
  });
  return peers;
}

async function run(bench: Bench): Promise<void> {
  const count = bench.scaled(10_000);
  const [heartbeatInterval, heartbeatTimeout] = [bench.scaled(INTERVAL), bench.scaled(TIMEOUT)];
  const server = await bench.serve({ heartbeatInterval, heartbeatTimeout });
  const begun = performance.now();
  const at = (time: number): Promise<void> => setTimeout(Math.max(0, begun + bench.scaled(time) - performance.now()));
  const peers = await openSilent(server.port, count);
  bench.figure(`${count} sessions opened in ${ms(performance.now() - begun)}`);
  expect(performance.now() - begun, "opened before the first is pinged").toBeLessThan(heartbeatInterval * 0.9);
  await at(SETTLED);
  const before = await processorTime(server);
  await at(PINGED);
  const used = await processorTime(server, before);
  // One ping and some looks, in the time that it takes to find them.
  const share = (used.user + used.system) / (heartbeatInterval + heartbeatTimeout);
  expect(await server.ask("ages"), "nobody is given up yet").toEqual([]);
  bench.figure(`each is pinged once: ${said(used)}, ${(share * 100).toFixed(2)} % of a core until it is found`);
  const pinged = await processorTime(server);
  await at(INTERVAL + TIMEOUT + SLACK);
  const ages = (await server.ask("ages")) as readonly number[];
  bench.figure(`${ages.length} found after ${ms(Math.min(...ages))} to ${ms(Math.max(...ages))}`);
  bench.figure(`to give them up: ${said(await processorTime(server, pinged))}`);
  for (const { socket } of peers) socket.destroy();
  expect(ages.length, "sessions that were found").toBe(count);
  expect(Math.max(...ages), "time until the last is found").toBeLessThanOrEqual(
    heartbeatInterval + heartbeatTimeout + TOLERANCE,
  );
  expect(share, "share of a core").toBeLessThanOrEqual(bench.quick ? QUICK_SHARE : SHARE);
}

export const halfOpenProof: Proof = { name: "half-open", run };
