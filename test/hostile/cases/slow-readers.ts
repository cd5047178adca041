import { expect } from "vitest";
import { CaseList } from "../case-list.js";
import { extraWait, least } from "../latency.js";
import type { Poured } from "../programs/floods.js";

/** Peers that do not read what they are sent, T46. */
export const slowReaderCases = new CaseList();

const FLOODS = { program: "floods" };
const KIB = 1_024;
const MIB = KIB * KIB;
const SIZE = 64 * KIB;

/** The number that a message begins with. */
function numberOf(payload: Buffer): number {
  return Number(payload.toString("latin1", 0, payload.indexOf(":")));
}

slowReaderCases.add(
  "T46",
  "190 MiB for a peer that does not read: 1013, 8 MiB at most, and it is gone",
  async (stage) => {
    const server = await stage.serve(FLOODS);
    let clients = 0;
    const grown = await least(8 * MIB, async () => {
      clients++;
      const client = await server.open("/close");
      client.stall();
      const before = await server.memory();
      const pour = { path: "/close", messages: (190 * MIB) / SIZE, size: SIZE };
      expect((await server.call<readonly number[]>("pour", pour))[0]).toBeLessThan(2 * MIB);
      const { rss } = await server.memory();
      await server.logged({ event: "limit.hit", limit: "outbox", endpoint: "/close" });
      // The close frame does not get through either.
      await server.skip(5_000);
      const [poured] = await server.call<readonly Poured[]>("poured");
      expect(Object.values(poured!.failed)).toContain("WS_SESSION_CLOSED");
      expect(poured!.dropped).toEqual([]);
      client.unstall();
      await client.untilEnded();
      return rss - before.rss;
    });
    expect(grown).toBeLessThanOrEqual(8 * MIB);
    expect(await server.outcome()).toMatchObject({
      sessionsOpened: clients,
      sessionsClosed: { 1013: clients },
      limitHits: { outbox: clients },
    });
  },
);

slowReaderCases.add("T46", "others wait at most 50 ms longer while a peer does not read", async (stage) => {
  const server = await stage.serve(FLOODS);
  const others = await Promise.all(Array.from({ length: 10 }, () => server.open("/echo")));
  const wait = await extraWait(server, others, 50, async () => {
    const client = await server.open("/close");
    client.stall();
    const pour = { path: "/close", messages: (190 * MIB) / SIZE, size: SIZE };
    return { over: server.call("pour", pour) };
  });
  expect(wait).toBeLessThan(50);
  await server.skip(5_000);
  await server.call("poured");
  await server.outcome();
});

slowReaderCases.add(
  "T46",
  "a peer that takes nothing for 10 s, below the limit: 1013 and gone at once",
  async (stage) => {
    const server = await stage.serve(FLOODS);
    const client = await server.open("/close");
    client.stall();
    await server.call("pour", { path: "/close", messages: 10_000, size: 16 * KIB, until: 300 * KIB });
    await server.skip(9_000);
    expect((await server.metrics()).sessionsOpen).toBe(1);
    expect((await server.metrics()).bufferedBytes).toBeGreaterThan(65_536);
    await server.skip(1_500);
    await server.logged({ event: "limit.hit", limit: "slow-consumer" });
    expect(await server.outcome()).toMatchObject({
      sessionsClosed: { 1013: 1 },
      limitHits: { "slow-consumer": 1 },
    });
  },
);

for (const policy of ["drop-newest", "drop-oldest"])
  slowReaderCases.add("T46", `${policy}: what is not dropped arrives in order, what is is counted`, async (stage) => {
    const server = await stage.serve(FLOODS);
    const client = await server.open(`/${policy}`);
    client.stall();
    const messages = 400;
    const [buffered] = await server.call<readonly number[]>("pour", { path: `/${policy}`, messages, size: SIZE });
    expect(buffered).toBeLessThan(2 * MIB);
    client.unstall();
    const [poured] = await server.call<readonly Poured[]>("poured");
    expect(poured!.failed).toEqual({});
    expect(poured!.sent.length + poured!.dropped.length).toBe(messages);
    const arrived: number[] = [];
    while (arrived.length < poured!.sent.length) arrived.push(numberOf((await client.nextFrame()).payload));
    expect(arrived).toEqual([...poured!.sent].sort((one, other) => one - other));
    expect(arrived.includes(messages - 1)).toBe(policy === "drop-oldest");
    expect(await server.outcome()).toEqual({
      sessionsOpened: 1,
      sessionsClosed: { 1006: 1 },
      sendsDropped: poured!.dropped.length,
    });
  });

slowReaderCases.add("T46", "block: whoever sends waits, and everything arrives", async (stage) => {
  const server = await stage.serve(FLOODS);
  const client = await server.open("/block");
  client.stall();
  const messages = 400;
  const pour = { path: "/block", messages, size: SIZE, awaits: true };
  const pouring = server.call("pour", pour);
  for (let turn = 0; turn < 200; turn++) await server.call("turn");
  expect((await server.metrics()).bufferedBytes).toBeLessThan(2 * MIB);
  client.unstall();
  for (let number = 0; number < messages; number++) expect(numberOf((await client.nextFrame()).payload)).toBe(number);
  await pouring;
  const [poured] = await server.call<readonly Poured[]>("poured");
  expect(poured).toMatchObject({ dropped: [], failed: {} });
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1006: 1 } });
});

slowReaderCases.add("T46", "40 such peers: the process's budget holds, the largest are closed", async (stage) => {
  const [budget, peers] = [8 * MIB, 40];
  const server = await stage.serve({ ...FLOODS, limits: { maxOutboxBytes: budget } });
  const held = ({ heapUsed, arrayBuffers }: NodeJS.MemoryUsage): number => heapUsed + arrayBuffers;
  const before = held(await server.memory());
  const clients = await Promise.all(Array.from({ length: peers }, () => server.open("/close")));
  for (const client of clients) client.stall();
  await server.call("pour", { path: "/close", messages: 10_000, size: SIZE, until: 900 * KIB });
  const { limitHits, bufferedBytes } = await server.metrics();
  expect(limitHits["process-outbox"]).toBeGreaterThan(0);
  expect(bufferedBytes).toBeLessThan(budget * 1.1);
  // What was given to the network before a session was closed is there until its peer has had its time to answer.
  const network = peers * 256 * KIB;
  expect(held(await server.memory()) - before).toBeLessThan(budget * 1.1 + network + peers * 40 * KIB);
  await server.logged({ event: "limit.hit", limit: "process-outbox" });
  expect((await server.outcome()).bufferedBytes).toBeUndefined();
  await server.call("poured");
  expect(held(await server.memory()) - before).toBeLessThan(8 * MIB);
});
