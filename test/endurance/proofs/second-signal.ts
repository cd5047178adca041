import { Opcode } from "@wirespring/testing";
import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import { Peer } from "../peer.js";
import { ms, type Bench, type Proof } from "../proof.js";

/** Who is asked a second time ends at once, whatever there is still to do. */

/** Milliseconds. */
const ALLOWED = 1_000;

async function run(bench: Bench): Promise<void> {
  const count = bench.scaled(10_000);
  const server = await bench.serve();
  bench.mayEnd(server);
  const peers = await Peer.openMany(server.port, count, { path: "/work" });
  for (const peer of peers) peer.send({ opcode: Opcode.TEXT, payload: "20000" });
  while ((await server.ask("begun")) !== count) await setTimeout(10);
  server.kill("SIGTERM");
  while (!server.log.some(({ event }) => event === "application.signal")) await setTimeout(5);
  const asked = performance.now();
  server.kill("SIGTERM");
  const exit = await server.exited;
  const took = performance.now() - asked;
  await Promise.all(peers.map(({ ended }) => ended));
  bench.figure(`${count} sessions with a handler at work: the process has ended after ${ms(took)}`);
  expect(exit, "how the process ended").toEqual({ code: 143, signal: null });
  expect(took, "time until the end").toBeLessThanOrEqual(ALLOWED);
}

export const secondSignalProof: Proof = { name: "second-signal", run };
