import { RawClient } from "@wirespring/testing";
import { once } from "node:events";
import { expect } from "vitest";
import { WebSocket } from "ws";
import { CaseList } from "../case-list.js";
import { Hole } from "../hole.js";
import { least } from "../latency.js";
import type { HostileServer } from "../stage.js";

/** Connections that break, vanish or stand still, and clocks that jump: F07 to F10 and F14. */
export const faultConnectionCases = new CaseList();

const FAULTS = { program: "faults" };
const MIB = 1_048_576;
const REPEATS = 1_000;
/** So many come first: code is compiled for them, and buffers are made. */
const WARM = 1_000;

/** Does something as often, some at a time. */
async function repeat(count: number, run: () => Promise<void>): Promise<void> {
  let left = count;
  const some = async (): Promise<void> => {
    while (left-- > 0) await run();
  };
  await Promise.all(Array.from({ length: 10 }, some));
}

/** Resets in the middle of a frame of the peer's. */
async function resetInFrame(server: HostileServer): Promise<void> {
  const client = await server.open("/large");
  client.frame({ opcode: 1, payload: "x".repeat(30_000), length: 60_000 });
  await server.call("turn");
  client.reset();
}

/** Resets in the middle of a message of ours. */
async function resetInSend(server: HostileServer, size: number): Promise<void> {
  const client = await server.open("/large");
  client.stall();
  client.frame({ opcode: 1, payload: String(size) });
  await server.call("turn");
  client.reset();
}

for (const [what, run] of [
  ["in the middle of a frame", resetInFrame],
  ["in the middle of 1 MiB that is sent to it", (server: HostileServer) => resetInSend(server, MIB)],
] as const)
  faultConnectionCases.add("F07", `1 000 peers reset ${what}: 1006, once each, and no memory`, async (stage) => {
    const server = await stage.serve(FAULTS);
    await server.call("heard");
    await repeat(WARM, () => run(server));
    let count = WARM;
    const grown = await least(5 * MIB, async () => {
      await server.call("left", 0);
      const before = await server.memory();
      await repeat(REPEATS, () => run(server));
      count += REPEATS;
      await server.call("left", 0);
      return (await server.memory()).rss - before.rss;
    });
    expect(grown).toBeLessThan(5 * MIB);
    expect(await server.outcome()).toMatchObject({ sessionsOpened: count, sessionsClosed: { 1006: count } });
    expect(await server.call("heard")).toEqual(Array.from({ length: count }, () => "close 1006"));
  });

/** Code of the rejection, and of its cause. */
const RESET = "WS_SESSION_FAILED ECONNRESET";

faultConnectionCases.add("F07", "sends that wait when the peer resets are rejected, within 100 ms", async (stage) => {
  const server = await stage.serve(FAULTS);
  const before = await server.call<Readonly<Record<string, number>>>("sends");
  let rounds = 0;
  const took = await least(100, async () => {
    rounds++;
    const client = await server.open("/large");
    client.stall();
    client.frame({ opcode: 1, payload: String(16 * MIB) });
    // Until the network takes no more.
    while ((await server.metrics()).bufferedBytes === 0) await server.call("turn");
    const began = performance.now();
    client.reset();
    await server.call("left", 0);
    return performance.now() - began;
  });
  expect(took).toBeLessThan(100);
  const after = await server.call<Readonly<Record<string, number>>>("sends");
  expect((after[RESET] ?? 0) - (before[RESET] ?? 0)).toBe(rounds);
  await server.logged({ event: "transport.failed", endpoint: "/large", ip: "127.0.0.1" });
  expect(await server.outcome()).toEqual({
    sessionsOpened: rounds,
    sessionsClosed: { 1006: rounds },
    errors: { transport: rounds },
    sendsFailed: rounds,
  });
  await server.call("heard");
});

async function throughHole(hole: Hole, count: number, path: string): Promise<readonly RawClient[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const client = await RawClient.connect({ port: hole.port });
      expect((await client.upgrade({ path })).status).toBe(101);
      return client;
    }),
  );
}

faultConnectionCases.add("F08", "200 peers vanish: gone after 46 s, one that answers stays", async (stage) => {
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

faultConnectionCases.add(
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

/** Has a session's input held: its handler is at work, and more waits than its mailbox takes. */
async function heldInput(server: HostileServer): Promise<RawClient> {
  const client = await server.open("/stuck");
  for (let count = 0; count < 100; count++) client.frame({ opcode: 1, payload: "x".repeat(60_000) });
  for (let turn = 0; turn < 50; turn++) await server.call("turn");
  return client;
}

/** Has a session's output wait: its peer reads nothing. */
async function heldOutput(server: HostileServer): Promise<RawClient> {
  const client = await server.open("/large");
  client.stall();
  client.frame({ opcode: 1, payload: String(16 * MIB) });
  while ((await server.metrics()).bufferedBytes === 0) await server.call("turn");
  return client;
}

const HELD = [
  ["input is held", heldInput],
  ["output waits", heldOutput],
] as const;

for (const [what, hold] of HELD) {
  faultConnectionCases.add("F09", `closed by us while its ${what}: over in 5 s`, async (stage) => {
    const server = await stage.serve(FAULTS);
    await hold(server);
    const closing = server.call("closeAll");
    await server.call("finish");
    await server.skip(5_100);
    await closing;
    expect((await server.metrics()).sessionsOpen).toBe(0);
    expect((await server.outcome()).sessionsOpened).toBe(1);
    await server.call("heard");
  });

  for (const leave of ["end", "reset"] as const)
    faultConnectionCases.add("F09", `its peer leaves by ${leave} while its ${what}: over in 5 s`, async (stage) => {
      const server = await stage.serve(FAULTS);
      const client = await hold(server);
      if (leave === "end") client.frame({ opcode: 8 });
      client[leave]();
      await server.call("turn");
      await server.call("finish");
      for (let count = 0; count < 100; count++) await server.call("finish");
      await server.skip(5_100);
      await server.call("finish");
      await server.call("left", 0);
      expect((await server.outcome()).sessionsOpened).toBe(1);
      await server.call("heard");
    });

  faultConnectionCases.add(
    "F09",
    `the server is stopped while its ${what}: over in the time to drain`,
    async (stage) => {
      const server = await stage.serve({ ...FAULTS, alone: true });
      await hold(server);
      // Not by `kill`: this process has to end by itself, and well.
      server.process.kill("SIGTERM");
      await server.logged({ event: "application.signal" });
      await server.call("finish");
      await server.skip(31_000);
      await server.call("left", 0);
      await server.call("finish");
    },
  );
}

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
  faultConnectionCases.add(
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

faultConnectionCases.add("F14", "the wall clock jumps an hour on and back: nothing happens", async (stage) => {
  const server = await stage.serve(FAULTS);
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

faultConnectionCases.add("F14", "a principal of two hours is closed after two hours, jump or not", async (stage) => {
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
