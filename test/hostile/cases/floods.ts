import { encodeFrame, type RawClient } from "@wirespring/testing";
import { expect } from "vitest";
import { CaseList } from "../case-list.js";
import { extraWait } from "../latency.js";
import type { HostileServer } from "../stage.js";

/** Peers that send too much, or too little at a time, T45 and T47 to T52. */
export const floodCases = new CaseList();

const FLOODS = { program: "floods" };
const KIB = 1_024;
const MIB = KIB * KIB;

async function openMany(server: HostileServer, path: string, count: number): Promise<readonly RawClient[]> {
  return Promise.all(Array.from({ length: count }, () => server.open(path)));
}

/** What a million of some frame look like, in writes of a megabyte. */
function flood(client: RawClient, frame: Buffer, count: number): void {
  const chunk = Buffer.concat(Array.from({ length: Math.floor(MIB / frame.length) }, () => frame));
  for (let left = count * frame.length; left > 0; left -= chunk.length) client.write(chunk.subarray(0, left));
}

/** A session that was closed with 1008 for a bound. */
async function expectBroken(server: HostileServer, limit: string): Promise<void> {
  await server.logged({ event: "limit.hit", limit, ip: "127.0.0.1" });
  expect(await server.outcome()).toMatchObject({
    sessionsOpened: 1,
    sessionsClosed: { 1008: 1 },
    limitHits: { [limit]: 1 },
  });
}

floodCases.add("T45", "200 peers stop a byte before the end: bounded memory, 1008 after 30 s", async (stage) => {
  const server = await stage.serve(FLOODS);
  const before = await server.memory();
  const clients = await openMany(server, "/echo", 200);
  for (const client of clients) client.frame({ opcode: 1, payload: "x".repeat(65_535), length: 65_536 });
  await server.call("turn");
  await server.skip(29_000);
  expect((await server.metrics()).sessionsOpen).toBe(200);
  const { rss } = await server.memory();
  expect(rss - before.rss).toBeLessThan(200 * (64 + 40) * KIB + 8 * MIB);
  await server.skip(2_000);
  for (const client of clients)
    expect(await client.nextClose()).toEqual({ code: 1008, reason: "the message took too long" });
  expect(await server.outcome()).toEqual({
    sessionsOpened: 200,
    sessionsClosed: { 1008: 200 },
    limitHits: { assembly: 200 },
  });
  await server.skip(1_000);
  const log = await server.log();
  // So many lines a second and address, then how many there would have been.
  expect(log.filter(({ event }) => event === "limit.hit")).toHaveLength(10);
  expect(log.filter(({ event }) => event === "log.suppressed").map(({ of, n }) => [of, n])).toEqual([
    ["limit.hit", 190],
  ]);
});

floodCases.add("T45", "a byte every 10 s does not buy time: 1008 after 30 s", async (stage) => {
  const server = await stage.serve(FLOODS);
  const client = await server.open("/echo");
  client.frame({ opcode: 1, payload: "x", length: 65_536 });
  for (let seconds = 0; seconds < 30; seconds += 10) {
    await server.call("turn");
    expect((await server.metrics()).sessionsOpen).toBe(1);
    await server.skip(10_000);
    client.write("x");
  }
  await server.skip(1_000);
  expect(await client.nextClose()).toMatchObject({ code: 1008 });
  await expectBroken(server, "assembly");
});

for (const payload of ["", "x"])
  floodCases.add("T47", `20 000 fragments of ${payload.length} bytes: 1008`, async (stage) => {
    const server = await stage.serve(FLOODS);
    const client = await server.open("/echo");
    client.frame({ opcode: 1, payload, fin: false });
    flood(client, encodeFrame({ opcode: 0, payload, fin: false }), 20_000);
    expect(await client.nextClose()).toMatchObject({ code: 1008 });
    await server.logged({ event: "transport.failed", endpoint: "/echo" });
    expect(await server.outcome()).toEqual({
      sessionsOpened: 1,
      sessionsClosed: { 1008: 1 },
      errors: { transport: 1 },
    });
  });

/** Writes bytes so that the server reads each of them alone. */
async function drip(server: HostileServer, client: RawClient, bytes: Buffer): Promise<void> {
  for (const byte of bytes) {
    client.write(Buffer.of(byte));
    await server.call("turn");
  }
}

floodCases.add("T48", "a frame in segments of one byte arrives", async (stage) => {
  const server = await stage.serve(FLOODS);
  const client = await server.open("/echo");
  await drip(server, client, encodeFrame({ opcode: 1, payload: "x".repeat(200) }));
  expect((await client.nextFrame()).payload.toString()).toBe("x".repeat(200));
  client.frame({ opcode: 8 });
  expect(await client.nextClose()).toEqual({ code: 1005, reason: "" });
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1005: 1 } });
});

floodCases.add("T48", "a message in more segments than it can need: 1008", async (stage) => {
  const server = await stage.serve(FLOODS);
  const client = await server.open("/echo");
  const bytes = encodeFrame({ opcode: 1, payload: "x".repeat(65_536) });
  let closed = false;
  const close = client.nextClose().finally(() => (closed = true));
  for (let at = 0; at < 10_000 && !closed; at++) await drip(server, client, bytes.subarray(at, at + 1));
  expect(await close).toMatchObject({ code: 1008 });
  await server.logged({ event: "transport.failed", endpoint: "/echo" });
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1008: 1 }, errors: { transport: 1 } });
});

const PING = encodeFrame({ opcode: 9 });
const PONG = encodeFrame({ opcode: 10 });
const EMPTY_TEXT = encodeFrame({ opcode: 1 });

floodCases.add("T49", "40 pings at once, then 20 a second, are answered", async (stage) => {
  const server = await stage.serve(FLOODS);
  const client = await server.open("/echo");
  let expected = 40;
  flood(client, PING, 40);
  for (let second = 0; second < 5; second++) {
    for (; expected > 0; expected--) expect(await client.nextFrame()).toMatchObject({ opcode: 10 });
    await server.skip(1_000);
    flood(client, PING, 20);
    expected = 20;
  }
  for (; expected > 0; expected--) expect(await client.nextFrame()).toMatchObject({ opcode: 10 });
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1006: 1 } });
});

floodCases.add("T49", "a million pings of a peer that reads: 1008", async (stage) => {
  const server = await stage.serve(FLOODS);
  const client = await server.open("/echo");
  flood(client, PING, 1_000_000);
  expect(await client.nextClose()).toEqual({ code: 1008, reason: "too many pings and pongs" });
  await expectBroken(server, "control-rate");
});

floodCases.add(
  "T50",
  "a million pings of a peer that does not read: 1008, its socket ended, no memory",
  async (stage) => {
    const server = await stage.serve(FLOODS);
    const before = await server.memory();
    const client = await server.open("/echo");
    client.stall();
    flood(client, PING, 1_000_000);
    await server.logged({ event: "limit.hit", limit: "control-rate" });
    const { rss } = await server.memory();
    expect(rss - before.rss).toBeLessThan(8 * MIB);
    await server.skip(5_000);
    await expectBroken(server, "control-rate");
  },
);

floodCases.add("T50", "a ws that would not end such floods: nothing is served", async (stage) => {
  await expect(stage.serve({ program: "old-ws", alone: true })).rejects.toThrow(
    /ended with 1 before it listened:[\s\S]*wirespring needs ws 8\.23\.0 or later, found ws 8\.22\.9/,
  );
});

floodCases.add("T51", "a million pongs that nobody asked for: 1008", async (stage) => {
  const server = await stage.serve(FLOODS);
  const client = await server.open("/echo");
  flood(client, PONG, 1_000_000);
  expect(await client.nextClose()).toEqual({ code: 1008, reason: "too many pings and pongs" });
  await expectBroken(server, "control-rate");
});

/** What a peer that floods costs others. */
for (const [id, what, path, frame, count] of [
  ["T49", "pings", "/sink", PING, 500_000],
  ["T51", "pongs", "/sink", PONG, 500_000],
  ["T52", "messages", "/sink", EMPTY_TEXT, 500_000],
  ["T52", "messages that are work", "/busy", EMPTY_TEXT, 10_000],
] as const)
  floodCases.add(id, `ten others wait at most 50 ms longer while a peer floods with ${what}`, async (stage) => {
    const server = await stage.serve(FLOODS);
    const others = await openMany(server, "/echo", 10);
    const wait = await extraWait(server, others, 50, async () => {
      const client = await server.open(path);
      flood(client, frame, count);
      client.frame({ opcode: 8 });
      return { over: client.ended };
    });
    expect(wait).toBeLessThan(50);
    const { messagesDropped } = await server.outcome();
    expect(messagesDropped).toBeUndefined();
  });

floodCases.add("T52", "with a message rate input stands still, and after 10 s of it 1008", async (stage) => {
  const server = await stage.serve(FLOODS);
  const client = await server.open("/limited");
  flood(client, EMPTY_TEXT, 100_000);
  await server.call("turn");
  await server.skip(9_000);
  expect((await server.metrics()).sessionsOpen).toBe(1);
  expect((await server.changes()).limitHits).toBeUndefined();
  await server.skip(2_000);
  expect(await client.nextClose()).toEqual({ code: 1008, reason: "too many messages" });
  await expectBroken(server, "message-rate");
});
