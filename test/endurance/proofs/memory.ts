import { encodeFrame, Opcode } from "@wirespring/testing";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import { Peer } from "../peer.js";
import { mib, type Bench, type Proof } from "../proof.js";

/** Two hundred peers that mean harm, for a minute: the process occupies no more than configuration says. */

const KIB = 1_024;
const MIB = KIB * KIB;

/** Of each kind. */
const PEERS = 50;

/** Visits of each ordinary client, before anybody means harm, and messages in each. */
const VISITS = 40;
const MESSAGES = 50;

/** Between two attempts of a peer that was thrown out, milliseconds. */
const BREATH = 500;

/** Milliseconds that a peer stays which reads nothing: it does not see its own end. */
const READS_NOTHING = 12_000;

const PINGS = repeated({ opcode: Opcode.PING, payload: "x".repeat(125) }, 500);
const EMPTY_FRAGMENTS = repeated({ opcode: Opcode.CONTINUATION, fin: false }, 10_000);

function repeated(frame: Parameters<typeof encodeFrame>[0], count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => encodeFrame(frame)));
}

/** What one peer does on a connection, until that has ended. */
type Attack = (port: number, until: number) => Promise<void>;

function readNothing(path: string): Attack {
  return async (port, until) => {
    const peer = await Peer.open(port, { path });
    peer.socket.pause();
    await setTimeout(Math.max(0, Math.min(READS_NOTHING, until - performance.now())));
    peer.socket.resetAndDestroy();
    await peer.ended;
  };
}

/** Sends something, and then something else as long as it is taken. */
function pourIn(first: Uint8Array, rest?: Uint8Array): Attack {
  return async (port, until) => {
    const peer = await Peer.open(port, { path: "/echo" });
    const { socket, ended } = peer;
    const patience = new AbortController();
    void ended.then(() => patience.abort());
    const over = setTimeout(Math.max(0, until - performance.now()), undefined, patience).catch(() => {});
    socket.write(first);
    while (rest !== undefined && peer.ending === undefined && performance.now() < until)
      if (!socket.write(rest)) await Promise.race([once(socket, "drain", patience).catch(() => {}), ended, over]);
    await Promise.race([ended, over]);
    patience.abort();
    socket.destroy();
    await ended;
  };
}

const HALF = "x".repeat(60_000);

/** Each is done by as many peers. */
const attacks: Readonly<Record<string, readonly Attack[]>> = {
  "slow readers": [readNothing("/pour"), readNothing("/news"), readNothing("/pour-block"), readNothing("/news")],
  "half messages": [
    pourIn(encodeFrame({ opcode: Opcode.TEXT, payload: HALF, fin: false })),
    pourIn(encodeFrame({ opcode: Opcode.TEXT, payload: HALF, length: 65_536 })),
  ],
  "ping floods": [pourIn(PINGS, PINGS)],
  "empty fragments": [pourIn(encodeFrame({ opcode: Opcode.TEXT, fin: false }), EMPTY_FRAGMENTS)],
};

/** Attacks again and again. Gives how often. */
async function persist(attack: Attack, port: number, until: number): Promise<number> {
  let attempts = 0;
  while (performance.now() < until) {
    await attack(port, until).catch(() => {});
    attempts++;
    await setTimeout(BREATH);
  }
  return attempts;
}

/** What as many ordinary clients make a process occupy, who come and go: Node's heap grows with any traffic. */
async function ordinaryTraffic(port: number, visits: number): Promise<void> {
  const payload = "x".repeat(KIB);
  const visit = async (): Promise<void> => {
    let echoes = 0;
    let answered = (): void => {};
    const all = new Promise<void>((resolve) => (answered = resolve));
    const peer = await Peer.open(port, { path: "/echo", heard: () => ++echoes === MESSAGES && answered() });
    for (let count = 0; count < MESSAGES; count++) peer.send({ opcode: Opcode.TEXT, payload });
    await all;
    peer.socket.destroy();
    await peer.ended;
  };
  const come = async (): Promise<void> => {
    for (let count = 0; count < visits; count++) await visit();
  };
  const clients = PEERS * Object.keys(attacks).length;
  await Promise.all(Array.from({ length: clients }, come));
}

async function run(bench: Bench): Promise<void> {
  const duration = bench.scaled(60_000);
  const server = await bench.serve({ maxOutboxBytes: 32 * MIB });
  const { port } = server;
  const { rss: start } = (await server.ask("watchMemory")) as NodeJS.MemoryUsage;
  await ordinaryTraffic(port, bench.scaled(VISITS));
  const { rss: base, heapTotal, arrayBuffers } = (await server.ask("mostMemory")) as NodeJS.MemoryUsage;
  const until = performance.now() + duration;
  const kinds = Object.entries(attacks).map(async ([kind, variants]) => {
    const peers = Array.from({ length: PEERS }, (_none, index) => variants[index % variants.length]!);
    const attempts = await Promise.all(peers.map((attack) => persist(attack, port, until)));
    return `${attempts.reduce((sum, each) => sum + each, 0)} by ${kind}`;
  });
  const attempts = await Promise.all(kinds);
  const most = (await server.ask("mostMemory")) as NodeJS.MemoryUsage;
  const left = await server.ask("settle");
  const metrics = (await server.ask("metrics")) as { readonly sessionsClosed: object; readonly limitHits: object };
  const allowed = base + PEERS * kinds.length * 40 * KIB + 64 * MIB;
  bench.figure(`connections in ${duration / 1_000} s: ${attempts.join(", ")}`);
  bench.figure(
    `closed with ${JSON.stringify(metrics.sessionsClosed)}, limits hit ${JSON.stringify(metrics.limitHits)}`,
  );
  bench.figure(
    `RSS ${mib(start)} at the start, ${mib(base)} behind ordinary traffic (heap ${mib(heapTotal)}, buffers ${mib(arrayBuffers)}), at most ${mib(most.rss)} (heap ${mib(most.heapTotal)}, external ${mib(most.external)}, buffers ${mib(most.arrayBuffers)}), allowed ${mib(allowed)}`,
  );
  expect(most.rss, "RSS").toBeLessThanOrEqual(allowed);
  expect(left, "what is left on the server").toEqual({});
}

export const memoryProof: Proof = { name: "memory", run };
