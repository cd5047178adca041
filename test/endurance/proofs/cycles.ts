import { closePayload, Opcode } from "@wirespring/testing";
import { expect } from "vitest";
import type { ServerProcess } from "../../hostile/server-process.js";
import type { Standing } from "../endurance-program.js";
import { Peer, together } from "../peer.js";
import { mib, type Bench, type Proof } from "../proof.js";

/** A hundred thousand connections come and go in every way: nothing of them is left. */

/** Bytes by which the heap may grow. */
const GROWTH = 5 * 2 ** 20;

const CHUNKS = 10;

/** Connections at one time. */
const TOGETHER = 50;

/** Compiles, and fills what is only filled once, before anything is measured. */
const WARM_UP = 2_000;

type Leave = (peer: Peer) => void;

/** How a connection ends. */
const ways: readonly Leave[] = [
  ({ socket }) => socket.resetAndDestroy(),
  ({ socket }) => socket.end(),
  (peer) => peer.send({ opcode: Opcode.CLOSE, payload: closePayload(1000) }),
];

async function cycle(port: number, index: number): Promise<void> {
  const leave = ways[index % (ways.length + 1)];
  const { peer, status } = await Peer.ask(port, { path: leave === undefined ? "/nowhere" : "/echo" });
  expect(status).toBe(leave === undefined ? 404 : 101);
  if (leave === undefined) peer.socket.destroy();
  else leave(peer);
  await peer.ended;
}

async function standing(server: ServerProcess): Promise<Standing> {
  expect(await server.ask("settle"), "what is left on the server").toEqual({});
  return (await server.ask("standing")) as Standing;
}

async function run(bench: Bench): Promise<void> {
  const server = await bench.serve();
  await together(TOGETHER, WARM_UP, (index) => cycle(server.port, index));
  const before = await standing(server);
  const heaps = [before.heap];
  const chunk = bench.scaled(100_000) / CHUNKS;
  const begun = performance.now();
  for (let round = 0; round < CHUNKS; round++) {
    await together(TOGETHER, chunk, (index) => cycle(server.port, index));
    const after = await standing(server);
    heaps.push(after.heap);
    expect(after, `after ${(round + 1) * chunk} cycles`).toEqual({ ...before, heap: expect.any(Number) });
  }
  const rate = Math.round((CHUNKS * chunk) / ((performance.now() - begun) / 1_000));
  const { sessions, timers, listeners, descriptors } = before;
  bench.figure(`${CHUNKS * chunk} cycles, ${rate} a second: reset, FIN, closing handshake and refusal in turn`);
  bench.figure(
    `before and after: ${sessions} sessions, ${timers} timers, ${listeners} listeners, ${descriptors} files`,
  );
  bench.figure(`heap ${heaps.map(mib).join(", ")}`);
  expect(heaps.at(-1)! - before.heap, "growth of the heap").toBeLessThanOrEqual(GROWTH);
}

export const cyclesProof: Proof = { name: "cycles", run };
