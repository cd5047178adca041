import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import type { ServerProcess } from "../../hostile/server-process.js";
import { Peer } from "../peer.js";
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

/** One interval of heartbeats, in which every session is pinged once: it ends before the first is given up. */
const [FROM, TO] = [17_000, 42_000];

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

async function run(bench: Bench): Promise<void> {
  const count = bench.scaled(10_000);
  const [heartbeatInterval, heartbeatTimeout] = [bench.scaled(INTERVAL), bench.scaled(TIMEOUT)];
  const server = await bench.serve({ heartbeatInterval, heartbeatTimeout });
  const begun = performance.now();
  const at = (time: number): Promise<void> => setTimeout(Math.max(0, begun + bench.scaled(time) - performance.now()));
  const peers: Peer[] = [];
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      while (peers.length < count) {
        const place = peers.length;
        peers.length = place + 1;
        const peer = await Peer.open(server.port, { path: "/aged" });
        // The system still takes what is sent; nobody answers.
        peer.socket.pause();
        peers[place] = peer;
      }
    }),
  );
  const opened = performance.now() - begun;
  bench.figure(`${count} sessions opened in ${ms(opened)}`);
  expect(opened, "opened before the first is pinged").toBeLessThan(bench.scaled(FROM));
  await at(FROM);
  const before = await processorTime(server);
  await at(TO);
  const used = await processorTime(server, before);
  const share = (used.user + used.system) / bench.scaled(TO - FROM);
  expect(await server.ask("ages"), "nobody is given up yet").toEqual([]);
  const pinged = await processorTime(server);
  await at(INTERVAL + TIMEOUT + SLACK);
  const ages = (await server.ask("ages")) as readonly number[];
  const finding = await processorTime(server, pinged);
  for (const { socket } of peers) socket.destroy();
  bench.figure(
    `${said(used)} in ${ms(bench.scaled(TO - FROM))}, in which each is pinged: ${(share * 100).toFixed(2)} % of a core; ` +
      `to give them up ${said(finding)}`,
  );
  bench.figure(`${ages.length} found after ${ms(Math.min(...ages))} to ${ms(Math.max(...ages))}`);
  expect(ages.length, "sessions that were found").toBe(count);
  expect(Math.max(...ages), "time until the last is found").toBeLessThanOrEqual(
    heartbeatInterval + heartbeatTimeout + TOLERANCE,
  );
  expect(share, "share of a core").toBeLessThanOrEqual(SHARE);
}

export const halfOpenProof: Proof = { name: "half-open", run };
