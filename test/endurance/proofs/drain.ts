import { Opcode } from "@wirespring/testing";
import { setInterval, clearInterval } from "node:timers";
import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import type { ServerProcess } from "../../hostile/server-process.js";
import { Peer } from "../peer.js";
import { ms, type Bench, type Proof } from "../proof.js";

/** A deploy: SIGTERM under load, with ten thousand sessions, of which some have a handler at work (F15). */

/** Milliseconds until all has ended. */
const ALLOWED = 30_000;

/** How long a handler works, milliseconds. */
const WORK = 1_500;

/** Messages a second until the end. */
const RATE = 500;

/** Sends messages in turn to all peers, as long as they are open. */
function chatter(peers: readonly Peer[]): () => void {
  let next = 0;
  const each = 20;
  const timer = setInterval(() => {
    for (let count = 0; count < (RATE * each) / 1_000; count++) {
      const peer = peers[next++ % peers.length]!;
      if (peer.socket.writable) peer.send({ opcode: Opcode.TEXT, payload: "hello" });
    }
  }, each);
  return () => clearInterval(timer);
}

/** Gives so many sessions something to do, and waits until they are at it. */
async function work(server: ServerProcess, peers: readonly Peer[]): Promise<void> {
  for (const peer of peers) peer.send({ opcode: Opcode.TEXT, payload: String(WORK) });
  while ((await server.ask("begun")) !== peers.length) await setTimeout(10);
}

/** Each has been closed with 1012 and a time to come back, spread over some time. */
function expectFarewells(bench: Bench, peers: readonly Peer[]): void {
  const endings = peers.map(({ ending }) => ending ?? { code: 0, reason: "" });
  const codes: Record<number, number> = {};
  for (const { code } of endings) codes[code] = (codes[code] ?? 0) + 1;
  bench.figure(`clients were closed with ${JSON.stringify(codes)}`);
  expect(codes, "close codes").toEqual({ 1012: peers.length });
  const retries = endings.map(({ reason }) => Number(/^retry=(\d+)$/.exec(reason)?.[1]));
  expect(retries).not.toContain(Number.NaN);
  const [first, last] = [Math.min(...retries), Math.max(...retries)];
  const busiest = busiestSecond(retries);
  bench.figure(`told to come back after ${first} to ${last} ms, at most ${busiest} of them in one second`);
  // Spread over five seconds, and each second has its share.
  expect(busiest).toBeLessThan(peers.length / 4);
}

function busiestSecond(times: readonly number[]): number {
  const seconds: number[] = [];
  for (const time of times) seconds[Math.floor(time / 1_000)] = (seconds[Math.floor(time / 1_000)] ?? 0) + 1;
  return Math.max(...seconds.filter((count) => count !== undefined));
}

async function run(bench: Bench): Promise<void> {
  const count = bench.scaled(10_000);
  const server = await bench.serve();
  let answers = 0;
  const heard = (): void => void answers++;
  const idle = await Peer.openMany(server.port, count * 0.95, { path: "/echo" });
  const working = await Peer.openMany(server.port, count * 0.05, { path: "/work", heard });
  const peers = [...idle, ...working];
  const quiet = chatter(idle);
  await work(server, working);
  const asked = performance.now();
  server.kill("SIGTERM");
  const lastEnd = Promise.all(peers.map(({ ended }) => ended)).then(() => performance.now() - asked);
  const exit = await server.exited;
  const took = performance.now() - asked;
  quiet();
  const closed = await lastEnd;
  const ended = server.log.find(({ event }) => event === "ended");
  bench.figure(`${count} sessions: the last has ended after ${ms(closed)}, the process after ${ms(took)}`);
  bench.figure(`the server's event loop stood still for ${ms(Number(ended?.["longestLag"]))} at most`);
  bench.figure(`${answers} of ${working.length} handlers at work have answered`);
  expect(exit, "how the process ended").toEqual({ code: 0, signal: null });
  expect(took, "time of the drain").toBeLessThanOrEqual(ALLOWED);
  expect(answers, "handlers that ended").toBe(working.length);
  expectFarewells(bench, peers);
}

export const drainProof: Proof = { name: "drain", run };
