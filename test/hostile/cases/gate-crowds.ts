import type { RawClient } from "@wirespring/testing";
import { expect } from "vitest";
import { upgradeBytes } from "../../upgrade-bytes.js";
import { CaseList } from "../case-list.js";
import { least } from "../latency.js";
import type { HostileServer } from "../stage.js";

/**
 * Very many who want in, or do not say what they want: T09, T10 and T24. The time for headers is Node's own, which no clock of ours moves, so it
 * is short here, and passes.
 */
export const gateCrowdCases = new CaseList();

/** Milliseconds for all headers. Node looks once a second. */
const HEADERS = 500;
const LOOK = 1_000;
/** What a busy machine may add. */
const BUSY = 3_000;

const SLOW = { program: "gate", limits: { headersTimeout: HEADERS } };
const CROWD = 200;
const MIB = 1_048_576;

/** What one client waits for, from its connection to its 101. */
async function waitsForOpen(server: HostileServer): Promise<number> {
  const asked = performance.now();
  const client = await server.open("/echo");
  const waited = performance.now() - asked;
  client.destroy();
  return waited;
}

/** What a slow peer writes at first, and what it goes on with. */
type Drip = readonly [first: string, next: string];

const SLOW_PEERS: Readonly<Record<string, readonly Drip[]>> = {
  T09: [
    ["GET /echo HTTP/1.1\r\n", "X: 1\r\n"],
    ["GET /echo HTTP/1.1\r\nX: ", "x"],
    [upgradeBytes("GET /echo HTTP/1.1").slice(0, 100), ""],
  ],
  T10: [
    ["", ""],
    ["G", ""],
    ["\r\n", "\r\n"],
  ],
};

for (const [id, what] of [
  ["T09", "a field or a byte of one every 50 ms, or half a request"],
  ["T10", "no byte, one byte, or only line ends"],
] as const)
  gateCrowdCases.add(id, `200 peers, ${what}: 408 in time, and a good peer is in within 100 ms`, async (stage) => {
    const server = await stage.serve(SLOW);
    const drips = SLOW_PEERS[id]!;
    const began = performance.now();
    const clients = await Promise.all(Array.from({ length: CROWD }, () => server.connect({ patience: 20_000 })));
    const write = (part: 0 | 1): void =>
      clients.forEach((client, index) => client.write(drips[index % drips.length]![part]));
    write(0);
    const drip = setInterval(write, 50, 1);
    const gone = Promise.all(clients.map((client) => client.untilEnded()));
    try {
      expect(await least(100, () => waitsForOpen(server))).toBeLessThanOrEqual(100);
      await gone;
    } finally {
      clearInterval(drip);
    }
    expect(performance.now() - began).toBeLessThan(HEADERS + LOOK + BUSY);
    for (const client of clients) expect((await client.response()).status).toBe(408);
    await server.logged({ event: "upgrade.refused", reason: "timeout", status: 408, ip: "127.0.0.1" });
    const { sessionsOpened, sessionsClosed, ...rest } = await server.outcome();
    expect(sessionsClosed).toEqual({ 1006: sessionsOpened });
    expect(rest).toEqual({ upgradesRefused: { timeout: CROWD } });
  });

gateCrowdCases.add("T10", "a connection that is kept alive and says nothing more is closed, too", async (stage) => {
  const server = await stage.serve(SLOW);
  const client = await server.connect();
  client.write("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
  expect((await client.response()).status).toBe(404);
  client.write("GET /nowh");
  await client.untilEnded();
  expect((await client.response()).status).toBe(408);
  expect(await server.outcome()).toEqual({ upgradesRefused: { timeout: 1 } });
});

gateCrowdCases.add(
  "T10",
  "who never asks has a place, too: no more of them than maxConnections and 1 000",
  async (stage) => {
    const server = await stage.serve({ program: "gate", limits: { maxConnections: 5 } });
    let dropped = 0;
    const silent: RawClient[] = [];
    for (let count = 0; count < 1_020; count += 20) {
      const clients = await Promise.all(Array.from({ length: 20 }, () => server.connect()));
      for (const client of clients) void client.ended.then(() => dropped++);
      silent.push(...clients);
    }
    await server.logged({ event: "http.connection.dropped", problem: "maxConnections" });
    await expect.poll(() => dropped).toBe(15);
    for (const client of silent.slice(0, 10)) client.destroy();
    await expect.poll(() => opens(server)).toBe(true);
    expect(await server.outcome()).toMatchObject({ sessionsOpened: 1, sessionsClosed: { 1006: 1 } });
  },
);

/** Whether a good peer gets in. */
async function opens(server: HostileServer): Promise<boolean> {
  const client = await server.connect();
  return client.upgrade({ path: "/echo" }).then(
    ({ status }) => status === 101,
    () => false,
  );
}

const from = (address: string): { path: string; headers: Record<string, string> } => ({
  path: "/echo",
  headers: { Host: "app.example", "X-Forwarded-For": address },
});

/** Has as many clients of an address ask, some at a time. Gives how often each status came. */
async function crowd(server: HostileServer, address: (index: number) => string, count: number): Promise<object> {
  const statuses: Record<number, number> = {};
  let next = 0;
  const one = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const client = await server.connect();
      const { status, headers } = await client.upgrade(from(address(index)));
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status !== 101) expect(headers.get("retry-after")).toEqual(["1"]);
      client.destroy();
    }
  };
  await Promise.all(Array.from({ length: 20 }, one));
  return statuses;
}

gateCrowdCases.add(
  "T24",
  "2 000 upgrades of one address: 429 above the rate, no memory, nobody else waits",
  async (stage) => {
    // The rate is so low that none is added while the case runs.
    const server = await stage.serve({ program: "proxied", limits: { upgradeRate: 1, upgradeBurst: 60 } });
    // Code is compiled, and buffers are made, for whoever comes first.
    await crowd(server, () => "192.0.2.200", 2_000);
    let round = 0;
    const grown = await least(10 * MIB, async () => {
      const address = `192.0.2.${++round}`;
      const before = await server.memory();
      const statuses = crowd(server, () => address, 2_000);
      const other = await server.connect();
      expect((await other.upgrade(from(`198.51.100.${round}`))).status).toBe(101);
      const { 101: admitted, 429: refused } = (await statuses) as { readonly 101: number; readonly 429: number };
      expect(admitted).toBeGreaterThanOrEqual(60);
      expect(admitted).toBeLessThan(120);
      expect(refused).toBe(2_000 - admitted);
      other.destroy();
      const { rss } = await server.memory();
      return rss - before.rss;
    });
    expect(grown).toBeLessThanOrEqual(10 * MIB);
    await server.logged({ event: "upgrade.refused", reason: "rate", status: 429, ip: "192.0.2.1", endpoint: "/echo" });
    const { upgradesRefused } = (await server.outcome()) as { readonly upgradesRefused: Record<string, number> };
    expect(Object.keys(upgradesRefused)).toEqual(["rate"]);
  },
);

gateCrowdCases.add(
  "T24",
  "addresses of one IPv6 network share its rate, and each IPv4 address has its own",
  async (stage) => {
    const server = await stage.serve({ program: "proxied", limits: { upgradeRate: 1, upgradeBurst: 5 } });
    await crowd(server, (index) => `2001:db8:0:7::${(index + 1).toString(16)}`, 100);
    const { upgradesRefused } = (await server.changes()) as { readonly upgradesRefused: Record<string, number> };
    expect(upgradesRefused["rate"]).toBeGreaterThan(80);
    expect(await crowd(server, (index) => `203.0.113.${index}`, 100)).toEqual({ 101: 100 });
    await server.outcome();
  },
);

gateCrowdCases.add("T24", "a process that is full: 503, and one more when one has left", async (stage) => {
  const server = await stage.serve({ program: "gate", limits: { maxConnections: 5 } });
  const clients = await Promise.all(Array.from({ length: 5 }, () => server.open("/echo")));
  const sixth = await server.connect();
  const { status, headers } = await sixth.upgrade({ path: "/echo" });
  expect([status, headers.get("retry-after")]).toEqual([503, ["5"]]);
  await sixth.untilEnded();
  await server.logged({ event: "upgrade.refused", reason: "connections", status: 503, ip: "127.0.0.1" });
  clients[0]!.frame({ opcode: 8 });
  await clients[0]!.untilEnded();
  await server.open("/echo");
  expect(await server.outcome()).toMatchObject({ upgradesRefused: { connections: 1 }, sessionsOpened: 6 });
});
