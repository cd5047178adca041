import { RawClient } from "@wirespring/testing";
import { once } from "node:events";
import { expect } from "vitest";
import { WebSocket } from "ws";
import { CaseList } from "../case-list.js";
import { Hole } from "../hole.js";
import type { HostileServer } from "../stage.js";

/** Peers that vanish, loops that stand still, and clocks that jump: F08, F10 and F14. */
export const faultTimeCases = new CaseList();

const FAULTS = { program: "faults" };

async function throughHole(hole: Hole, count: number, path: string): Promise<readonly RawClient[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const client = await RawClient.connect({ port: hole.port });
      expect((await client.upgrade({ path })).status).toBe(101);
      return client;
    }),
  );
}

faultTimeCases.add("F08", "200 peers vanish: gone after 46 s, one that answers stays", async (stage) => {
  const server = await stage.serve(FAULTS);
  const hole = await Hole.to(server.port);
  const vanished = await throughHole(hole, 200, "/echo");
  const good = await server.open("/echo");
  hole.swallow();
  try {
    await server.skip(25_000);
    expect((await server.metrics()).sessionsOpen).toBe(201);
    const { opcode, payload } = await good.nextFrame();
    expect(opcode).toBe(9);
    good.frame({ opcode: 10, payload });
    for (let turn = 0; turn < 5; turn++) await server.call("turn");
    await server.skip(21_000);
    await hole.givenUp();
    expect((await server.metrics()).sessionsOpen).toBe(1);
    good.frame({ opcode: 1, payload: "hello" });
    expect((await good.nextFrame()).payload.toString()).toBe("hello");
  } finally {
    for (const client of vanished) client.destroy();
    await hole.close();
  }
  await server.logged({ event: "limit.hit", limit: "heartbeat", endpoint: "/echo", ip: "127.0.0.1" });
  expect(await server.outcome()).toEqual({
    sessionsOpened: 201,
    sessionsClosed: { 1006: 201 },
    limitHits: { heartbeat: 200 },
  });
});

const BRISK = { ...FAULTS, limits: { heartbeatInterval: 300, heartbeatTimeout: 300 } };

faultTimeCases.add(
  "F08",
  "with 300 ms for each half, in real time, a peer that vanished is gone in 2 s",
  async (stage) => {
    const server = await stage.serve(BRISK);
    const hole = await Hole.to(server.port);
    try {
      const vanished = await throughHole(hole, 20, "/echo");
      hole.swallow();
      const began = performance.now();
      await hole.givenUp();
      expect(performance.now() - began).toBeLessThan(2_000);
      for (const client of vanished) client.destroy();
    } finally {
      await hole.close();
    }
    expect(await server.outcome()).toMatchObject({ sessionsClosed: { 1006: 20 }, limitHits: { heartbeat: 20 } });
  },
);

/** A peer like a browser: it answers pings, and close frames. */
async function browse(server: HostileServer, path: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`);
  await once(socket, "open");
  return socket;
}

async function echo(socket: WebSocket, text: string): Promise<string> {
  const answered = once(socket, "message");
  socket.send(text);
  return String((await answered)[0]);
}

for (const milliseconds of [1_000, 2_000])
  faultTimeCases.add(
    "F10",
    `the loop stands still for ${milliseconds} ms: none of 50 peers is given up`,
    async (stage) => {
      const server = await stage.serve(BRISK);
      const peers = await Promise.all(Array.from({ length: 50 }, () => browse(server, "/echo")));
      let closed = 0;
      for (const peer of peers) peer.on("close", () => closed++);
      await Promise.all(peers.map((peer) => once(peer, "ping")));
      await server.call("stall", milliseconds);
      expect((await server.metrics()).sessionsOpen).toBe(50);
      // Two more of them: by then each answer would have been too late that is.
      for (let heartbeat = 0; heartbeat < 2; heartbeat++)
        await Promise.all(peers.map((peer) => once(peer, "ping", { signal: AbortSignal.timeout(5_000) })));
      for (const peer of peers) expect(await echo(peer, "hello")).toBe("hello");
      expect(closed).toBe(0);
      const { longestStall } = await server.metrics();
      expect(longestStall).toBeGreaterThan(milliseconds / 2);
      expect((await server.changes()).limitHits).toBeUndefined();
      await Promise.all(peers.map((peer) => (peer.close(), once(peer, "close"))));
      expect(await server.outcome()).toEqual({ sessionsOpened: 50, sessionsClosed: { 1005: 50 } });
      expect(await server.log()).toEqual([]);
    },
  );

const HOUR = 3_600_000;

faultTimeCases.add("F14", "the wall clock jumps an hour on and back: nothing happens", async (stage) => {
  const server = await stage.serve(FAULTS);
  await server.call("stick");
  const clients = [await server.open("/echo"), await server.open("/expiring"), await server.open("/stuck")];
  clients[2]!.frame({ opcode: 1, payload: "hang" });
  for (const jump of [HOUR, -HOUR, 0]) {
    await server.call("jump", jump);
    await server.skip(1_000);
    for (const client of clients.slice(0, 2)) {
      client.frame({ opcode: 1, payload: `after ${jump}` });
      expect((await client.nextFrame()).payload.toString()).toBe(`after ${jump}`);
    }
    // Who comes now is served like anybody else.
    await server.open("/echo");
  }
  expect((await server.metrics()).sessionsOpen).toBe(6);
  await server.call("finish");
  expect(await server.outcome()).toEqual({ sessionsOpened: 6, sessionsClosed: { 1006: 6 } });
  expect(await server.log()).toEqual([]);
  await server.call("heard");
});

faultTimeCases.add("F14", "a principal of two hours is closed after two hours, jump or not", async (stage) => {
  const server = await stage.serve({ ...FAULTS, limits: { heartbeatInterval: 0 } });
  const client = await server.open("/expiring");
  await server.call("jump", -HOUR);
  await server.skip(2 * HOUR - 60_000);
  expect((await server.metrics()).sessionsOpen).toBe(1);
  await server.skip(120_000);
  expect((await client.nextClose()).code).toBe(1008);
  await server.call("jump", 0);
  await server.logged({ event: "limit.hit", limit: "expiry", endpoint: "/expiring" });
  expect(await server.outcome()).toEqual({
    sessionsOpened: 1,
    sessionsClosed: { 1008: 1 },
    limitHits: { expiry: 1 },
  });
});
