import { encodeFrame, type RawClient } from "@wirespring/testing";
import { expect } from "vitest";
import { CaseList } from "../case-list.js";
import { extraWait, least } from "../latency.js";
import type { Edition } from "../programs/topics.js";
import type { HostileServer } from "../stage.js";

/** Topics that peers name, have too many of, or do not read: T58. */
export const topicCases = new CaseList();

const TOPICS = { program: "topics" };
const KIB = 1_024;
const MIB = KIB * KIB;

/** What an endpoint may have, by default. */
const MAX_TOPICS = 128;

/** Has a peer ask for something. Gives how many topics it then has, or the code of the error. */
async function asked(client: RawClient, ...wish: readonly string[]): Promise<string> {
  client.frame({ opcode: 1, payload: JSON.stringify(wish) });
  return (await client.nextFrame()).payload.toString();
}

function numberOf(payload: Buffer): number {
  return Number(payload.toString("latin1", 0, payload.indexOf(":")));
}

const held = ({ heapUsed, arrayBuffers }: NodeJS.MemoryUsage): number => heapUsed + arrayBuffers;

topicCases.add("T58", "the 129th topic of a session is refused, and one that is left makes room", async (stage) => {
  const server = await stage.serve(TOPICS);
  const client = await server.open("/topics/first");
  for (let count = 2; count <= MAX_TOPICS; count++)
    expect(await asked(client, "subscribe", `topic ${count}`)).toBe(String(count));
  for (let count = 0; count < 3; count++)
    expect(await asked(client, "subscribe", `one more ${count}`)).toBe("WS_TOO_MANY_TOPICS");
  expect(await asked(client, "subscribe", "topic 2")).toBe(String(MAX_TOPICS));
  expect(await asked(client, "unsubscribe", "topic 2")).toBe(String(MAX_TOPICS - 1));
  expect(await asked(client, "subscribe", "one more")).toBe(String(MAX_TOPICS));
  // What is refused is not there for others either, and others have their own 128.
  expect(await server.call("subscribers", ["one more 0", "topic 2", "one more"])).toEqual([0, 0, 1]);
  expect(await asked(await server.open("/topics/first"), "subscribe", "topic 3")).toBe("2");
  expect(await server.outcome()).toEqual({ sessionsOpened: 2, sessionsClosed: { 1006: 2 } });
  expect(await server.call("subscribers", ["first", "topic 3", "one more"])).toEqual([0, 0, 0]);
});

topicCases.add("T58", "no topic is named by 256 bytes, a control character or nothing", async (stage) => {
  const server = await stage.serve(TOPICS);
  const client = await server.open("/topics/first");
  // 10 MB do not get as far as that: a message of such a size is 1009.
  for (const name of ["", "x".repeat(256), "é".repeat(128), "x".repeat(60_000), "a\u0000", "a\r\nb", "\u009b1m"])
    expect(await asked(client, "subscribe", name)).toBe("WS_ILLEGAL_ARGUMENT");
  for (const name of ["x".repeat(255), "__proto__", "constructor", "é".repeat(127)])
    expect(await asked(client, "subscribe", name)).toMatch(/^\d+$/);
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1006: 1 } });
  expect(await server.log()).toEqual([]);
});

topicCases.add("T58", "10^6 topics that come and go leave nothing in memory", async (stage) => {
  const server = await stage.serve(TOPICS);
  let sessions = 0;
  const churn = async (messages: number): Promise<void> => {
    const client = await server.open("/topics/first");
    sessions++;
    for (let count = 0; count < messages; count++)
      expect(await asked(client, "churn", `${sessions} ${count}`)).toBe("1");
    client.destroy();
  };
  await churn(500);
  const before = held(await server.memory());
  await Promise.all(Array.from({ length: 10 }, () => churn(1_000)));
  expect(held(await server.memory()) - before).toBeLessThan(5 * MIB);
  expect(await server.outcome()).toEqual({ sessionsOpened: sessions, sessionsClosed: { 1006: sessions } });
});

topicCases.add("T58", "sessions that end with all their topics leave nothing in memory", async (stage) => {
  const server = await stage.serve(TOPICS);
  let sessions = 0;
  const visit = async (): Promise<void> => {
    const number = sessions++;
    const client = await server.open("/topics/first");
    const wishes = Array.from({ length: MAX_TOPICS - 1 }, (_none, index) => `${number} ${index} ${"x".repeat(200)}`);
    client.frame(...wishes.map((name) => ({ opcode: 1, payload: JSON.stringify(["subscribe", name]) })));
    for (let count = 2; count <= MAX_TOPICS; count++)
      expect((await client.nextFrame()).payload.toString()).toBe(String(count));
    client.reset();
  };
  const visits = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += 20) await Promise.all(Array.from({ length: 20 }, visit));
  };
  await visits(100);
  const before = held(await server.memory());
  await visits(400);
  const changes = await server.outcome();
  expect(held(await server.memory()) - before).toBeLessThan(5 * MIB);
  expect(changes).toMatchObject({ sessionsOpened: sessions, sessionsClosed: { 1006: sessions } });
});

const READERS = 20;

topicCases.add(
  "T58",
  "one of 21 subscribers does not read: 1013 for it, all in order for the others",
  async (stage) => {
    const server = await stage.serve(TOPICS);
    const others = await Promise.all(Array.from({ length: READERS }, () => server.open("/news")));
    const slow = await server.open("/news");
    slow.stall();
    const edition: Edition = { path: "/news", messages: 1_000, size: 8 * KIB, awaited: READERS };
    const [buffered] = await Promise.all([server.call<number>("edition", edition), ...others.map(expectAll)]);
    // A megabyte of its own, what is with the network, and what the others are sent at a time.
    expect(buffered).toBeLessThan(2 * MIB);
    await server.logged({ event: "limit.hit", limit: "outbox", endpoint: "/news", ip: "127.0.0.1" });
    await server.skip(5_100);
    expect(await server.call("subscribers", ["/news"])).toEqual([READERS]);
    expect(await server.outcome()).toEqual({
      sessionsOpened: READERS + 1,
      sessionsClosed: { 1013: 1, 1006: READERS },
      limitHits: { outbox: 1 },
      sendsFailed: expect.any(Number) as number,
    });
  },
);

async function expectAll(client: RawClient): Promise<void> {
  for (let number = 0; number < 1_000; number++) expect(numberOf((await client.nextFrame()).payload)).toBe(number);
}

topicCases.add("T58", "others wait at most 50 ms longer where a subscriber does not read", async (stage) => {
  const server = await stage.serve(TOPICS);
  const names = Array.from({ length: 10 }, (_none, index) => `own-${index}`);
  const others = await Promise.all(names.map((name) => server.open(`/topics/${name}`)));
  let slow = 0;
  const wait = await extraWait(server, others, 50, async () => {
    const client = await server.open(`/topics/slow-${slow++}`);
    for (const name of names) await asked(client, "subscribe", name);
    client.stall();
    const dropped = async (): Promise<number> => (await server.metrics()).sendsDropped;
    const before = await dropped();
    const untilDropped = async (): Promise<void> => {
      // Its outbox is full, and each further message is one that it does not get.
      while ((await dropped()) < before + 1_000);
      client.destroy();
    };
    return { over: untilDropped() };
  });
  expect(wait).toBeLessThan(50);
  const { sendsDropped } = (await server.outcome()) as { readonly sendsDropped: number };
  expect(sendsDropped).toBeGreaterThanOrEqual(1_000 * slow);
});

topicCases.add(
  "T58",
  "a flood that goes on to 200 subscribers lets others wait at most 50 ms longer",
  async (stage) => {
    const server = await stage.serve(TOPICS);
    const others = await Promise.all(Array.from({ length: 10 }, (_none, index) => server.open(`/topics/own-${index}`)));
    const crowd = await Promise.all(Array.from({ length: 200 }, () => server.open("/topics/crowd")));
    for (const client of crowd) client.stall();
    const wait = await extraWait(server, others, 50, async () => {
      const client = await server.open("/topics/crowd");
      await asked(client, "unsubscribe", "crowd");
      return { over: flooded(server, client) };
    });
    expect(wait).toBeLessThan(50);
    await server.outcome();
  },
);

/** Floods a topic. Ends when its subscribers were given all of it, or their policy has dropped it. */
async function flooded(server: HostileServer, client: RawClient): Promise<void> {
  const flood = Buffer.concat(Array.from({ length: 1_000 }, () => encodeFrame({ opcode: 1, payload: "x" })));
  for (let count = 0; count < 3; count++) client.write(flood);
  await asked(client, "unsubscribe", "crowd");
  await server.call("publish", "crowd");
}

/** What is published waits in each of them, and is in memory once. */
const STALLED = 40;
const BUDGET = 8 * MIB;

async function stalled(server: HostileServer): Promise<readonly RawClient[]> {
  const clients = await Promise.all(Array.from({ length: STALLED }, () => server.open("/news/drop")));
  for (const client of clients) client.stall();
  return clients;
}

topicCases.add("T58", "what 40 subscribers do not read counts once in the process's budget", async (stage) => {
  const server = await stage.serve({ ...TOPICS, limits: { maxOutboxBytes: BUDGET } });
  const edition: Edition = { path: "/news/drop", messages: 200, size: 64 * KIB };
  let sessions = 0;
  const grown = await least(BUDGET, async () => {
    const before = held(await server.memory());
    const clients = await stalled(server);
    sessions += STALLED;
    // In each of them, one by one, there is four times as much as the budget.
    expect(await server.call<number>("edition", edition)).toBeGreaterThan(4 * BUDGET);
    const found = held(await server.memory()) - before;
    for (const client of clients) client.destroy();
    return found;
  });
  expect(grown).toBeLessThan(BUDGET);
  const changes = await server.outcome();
  expect(changes).toMatchObject({ sessionsOpened: sessions, sessionsClosed: { 1006: sessions } });
  expect(changes).not.toHaveProperty("limitHits");
  expect(changes).toHaveProperty("sendsDropped");
});

topicCases.add(
  "T58",
  "the same, sent to each by itself, is more than the budget: the largest are closed",
  async (stage) => {
    const server = await stage.serve({ ...TOPICS, limits: { maxOutboxBytes: BUDGET } });
    await stalled(server);
    await server.call("edition", { path: "/news/drop", messages: 200, size: 64 * KIB, alone: true } satisfies Edition);
    await server.logged({ event: "limit.hit", limit: "process-outbox", endpoint: "/news/drop" });
    await server.skip(5_100);
    const { limitHits, sessionsClosed } = (await server.outcome()) as {
      readonly limitHits: Record<string, number>;
      readonly sessionsClosed: Record<string, number>;
    };
    expect(limitHits["process-outbox"]).toBeGreaterThan(0);
    expect(sessionsClosed[1013]).toBe(limitHits["process-outbox"]);
  },
);
