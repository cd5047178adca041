import type { RawClient, ReceivedFrame } from "@wirespring/testing";
import fc from "fast-check";
import { expect } from "vitest";
import { CaseList } from "../case-list.js";
import { extraWait } from "../latency.js";
import { SECRET, type HostileServer } from "../stage.js";

/** Handlers that fail, never end, or act in the wrong moment: F01 to F06. */
export const faultHandlerCases = new CaseList();

const FAULTS = { program: "faults" };
const MIB = 1_048_576;
const MANY = 10_000;

function say(client: RawClient, ...texts: readonly string[]): void {
  client.frame(...texts.map((payload) => ({ opcode: 1, payload })));
}

async function heard(server: HostileServer): Promise<readonly string[]> {
  return server.call<readonly string[]>("heard");
}

for (const [id, text] of [
  ["F01", "throw"],
  ["F02", "reject"],
  ["F02", "reject later"],
] as const) {
  faultHandlerCases.add(
    id,
    `10 000 times ${text}: @OnError hears each once, the session stays, others do not wait`,
    async (stage) => {
      const server = await stage.serve(FAULTS);
      await server.call("toldErrors");
      const others = await Promise.all(Array.from({ length: 10 }, () => server.open("/echo")));
      let rounds = 0;
      const replies: Promise<ReceivedFrame>[] = [];
      const wait = await extraWait(server, others, 50, async () => {
        rounds++;
        const client = await server.open("/handles");
        say(client, ...Array.from({ length: MANY }, () => text), "still here");
        const over = client.nextFrame();
        replies.push(over);
        return { over };
      });
      expect(wait).toBeLessThan(50);
      for (const reply of replies) expect((await reply).payload.toString()).toBe("still here");
      expect(await server.call("toldErrors")).toBe(rounds * MANY);
      expect(await server.outcome()).toEqual({
        sessionsOpened: 10 + rounds,
        sessionsClosed: { 1006: 10 + rounds },
        errors: { onMessage: rounds * MANY },
      });
      // Who is told does not need the log.
      expect(await server.log()).toEqual([]);
    },
  );

  faultHandlerCases.add(
    id,
    `100 sessions ${text} without @OnError: each 1011, and nothing of the error`,
    async (stage) => {
      const server = await stage.serve(FAULTS);
      const neighbour = await server.open("/echo");
      for (let count = 0; count < 100; count++) {
        const client = await server.open(`/throws?token=${SECRET}`);
        say(client, text, "unheard");
        const { code, reason } = await client.nextClose();
        expect(code).toBe(1011);
        expect(reason).toMatch(/^the server failed \(session [-0-9a-f]{36}\)$/);
        client.destroy();
      }
      await server.logged({ event: "error", hook: "onMessage", endpoint: "/throws", ip: "127.0.0.1" });
      say(neighbour, "hello");
      expect((await neighbour.nextFrame()).payload.toString()).toBe("hello");
      const { messagesDropped: _dropped, ...outcome } = await server.outcome();
      expect(outcome).toEqual({
        sessionsOpened: 101,
        sessionsClosed: { 1011: 100, 1006: 1 },
        errors: { onMessage: 100 },
      });
      expect(await heard(server)).toEqual(Array.from({ length: 100 }, () => "close 1011"));
    },
  );
}

faultHandlerCases.add(
  "F02",
  "a rejection after the close, and one with nothing: counted, nobody dies of it",
  async (stage) => {
    const server = await stage.serve(FAULTS);
    for (const text of ["reject after close", "reject with nothing"])
      for (let count = 0; count < 20; count++) {
        const client = await server.open("/throws");
        say(client, text);
        await client.nextClose();
        client.frame({ opcode: 8 });
        await client.untilEnded();
      }
    await server.logged({ event: "error", hook: "onMessage", endpoint: "/throws" });
    const { sessionsOpened, errors } = await server.outcome();
    expect([sessionsOpened, errors]).toEqual([40, { onMessage: 40 }]);
    await heard(server);
  },
);

faultHandlerCases.add(
  "F03",
  "@OnError and @OnClose that throw: logged, counted, no recursion, 100 times",
  async (stage) => {
    const server = await stage.serve(FAULTS);
    await heard(server);
    for (let count = 0; count < 100; count++) {
      const client = await server.open("/worse");
      say(client, "throw", "still here");
      expect((await client.nextFrame()).payload.toString()).toBe("still here");
      client.frame({ opcode: 8 });
      await client.untilEnded();
    }
    await server.logged({ event: "error", hook: "onError", endpoint: "/worse" });
    const outcome = await server.outcome();
    // The error of `@OnClose` is told to `@OnError`, too, which fails again.
    expect(outcome).toEqual({
      sessionsOpened: 100,
      sessionsClosed: { 1005: 100 },
      errors: { onMessage: 100, onError: 200, onClose: 100 },
    });
    const life = ["error at depth 1", "close 1005", "error at depth 1"];
    expect(await heard(server)).toEqual(Array.from({ length: 100 }, () => life).flat());
  },
);

faultHandlerCases.add(
  "F04",
  "a handler that never ends: the peer is held, 1011 and the signal after 30 s",
  async (stage) => {
    const server = await stage.serve(FAULTS);
    await heard(server);
    await server.call("stick");
    const aborted = await server.call<number>("aborted");
    const client = await server.open("/stuck");
    const before = await server.memory();
    for (let count = 0; count < 1_000; count++) say(client, String(count).padEnd(60_000));
    for (let turn = 0; turn < 100; turn++) await server.call("turn");
    // 60 MB were sent; what waits here is bounded, the rest is with the network and the peer.
    const { heapUsed, arrayBuffers } = await server.memory();
    expect(heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(2 * MIB);
    await server.skip(29_000);
    expect([(await server.metrics()).sessionsOpen, await server.call("aborted")]).toEqual([1, aborted]);
    await server.skip(2_000);
    expect(await server.call("aborted")).toBe(aborted + 1);
    expect((await client.nextClose()).code).toBe(1011);
    await server.logged({ event: "limit.hit", limit: "handler-time", endpoint: "/stuck", ip: "127.0.0.1" });
    await server.skip(5_000);
    const { sessionsClosed, limitHits } = await server.outcome();
    expect([sessionsClosed, limitHits]).toEqual([{ 1011: 1 }, { "handler-time": 1 }]);
    await server.call("finish");
    // One message was handled, and none when its session was over.
    expect(await heard(server)).toEqual(["message 0         ", "close 1011"]);
  },
);

faultHandlerCases.add("F04", "100 such sessions, and somebody else is served; no timer is left", async (stage) => {
  const server = await stage.serve(FAULTS);
  await server.call("stick");
  const clients = await Promise.all(Array.from({ length: 100 }, () => server.open("/stuck")));
  for (const client of clients) say(client, "hang");
  const good = await server.open("/echo");
  say(good, "hello");
  expect((await good.nextFrame()).payload.toString()).toBe("hello");
  await server.skip(31_000);
  for (const client of clients) expect((await client.nextClose()).code).toBe(1011);
  expect(await server.outcome()).toMatchObject({ limitHits: { "handler-time": 100 }, sessionsClosed: { 1011: 100 } });
  await server.call("finish");
  await heard(server);
});

for (const path of ["/undisposed", "/undestroyed"])
  faultHandlerCases.add(
    "F04",
    `what is never disposed at ${path}: after 30 s it is logged, and places and sessions are free`,
    async (stage) => {
      const server = await stage.serve({ ...FAULTS, limits: { maxConnectionsPerAddress: 10 } });
      await heard(server);
      const clients = await Promise.all(Array.from({ length: 10 }, () => server.open(path)));
      for (const client of clients) {
        client.frame({ opcode: 8 });
        await client.untilEnded();
      }
      await server.skip(29_000);
      expect((await server.metrics()).sessionsOpen).toBe(10);
      await server.skip(2_000);
      await server.logged({ event: "error", hook: "dispose", endpoint: path, ip: "127.0.0.1" });
      const again = await server.open("/echo");
      say(again, "hello");
      expect((await again.nextFrame()).payload.toString()).toBe("hello");
      expect(await server.outcome()).toEqual({
        sessionsOpened: 11,
        sessionsClosed: { 1005: 10, 1006: 1 },
        errors: { dispose: 10 },
      });
      // What waits behind it is disposed all the same.
      expect(await heard(server)).toEqual(path === "/undestroyed" ? Array.from({ length: 10 }, () => "disposed") : []);
    },
  );

/** What may have happened to a session, written down; the message is there once at most. */
const LIFE = /^open opened( message handled)?( message handled)? close$/;

const LEAVES: Readonly<Record<string, (client: RawClient) => void>> = {
  close: (client) => client.frame({ opcode: 8 }),
  end: (client) => client.end(),
  reset: (client) => client.reset(),
  "message, close": (client) => client.frame({ opcode: 1, payload: "1" }, { opcode: 8 }),
  "messages, end": (client) => {
    client.frame({ opcode: 1, payload: "1" }, { opcode: 1, payload: "2" });
    client.end();
  },
  "message, reset": (client) => {
    client.frame({ opcode: 1, payload: "1" });
    client.reset();
  },
  "half a message, end": (client) => {
    client.frame({ opcode: 1, payload: "1", fin: false });
    client.end();
  },
};

faultHandlerCases.add(
  "F05",
  "1 000 peers leave by chance while @OnOpen runs: its end, then @OnClose, once",
  async (stage) => {
    const server = await stage.serve(FAULTS);
    await server.call("lives");
    const run = fc.tuple(fc.constantFrom(...Object.keys(LEAVES)), fc.nat(8), fc.nat(4));
    const runs = fc.sample(run, { numRuns: 1_000, seed: 5 });
    for (let at = 0; at < runs.length; at += 50) {
      const crowd = runs.slice(at, at + 50).map(async ([how, opening, turns]) => {
        const client = await server.open(`/lives?${opening}`);
        for (let turn = 0; turn < turns; turn++) await server.call("turn");
        LEAVES[how]!(client);
        await client.ended;
        client.destroy();
      });
      await Promise.all(crowd);
    }
    const { sessionsOpened, sessionsClosed } = await server.outcome();
    expect(sessionsOpened).toBe(1_000);
    const closed = Object.values(sessionsClosed as Record<string, number>);
    expect(closed.reduce((sum, count) => sum + count)).toBe(1_000);
    const lives = (await server.call<readonly (readonly string[])[]>("lives")).map((life) => life.join(" "));
    expect(lives).toHaveLength(1_000);
    expect(lives.filter((life) => !LIFE.test(life))).toEqual([]);
    expect(new Set(lives).size).toBeGreaterThan(1);
  },
);

faultHandlerCases.add(
  "F06",
  "a handler that closes its session, then sends: told so, nothing is thrown",
  async (stage) => {
    const server = await stage.serve(FAULTS);
    await heard(server);
    const client = await server.open("/talkative");
    say(client, "hello");
    expect(await client.nextClose()).toEqual({ code: 4000, reason: "enough" });
    client.frame({ opcode: 8, payload: Buffer.of(0x0f, 0xa0) });
    await client.untilEnded();
    // Nothing but the close frame was sent.
    expect(client.frames).toHaveLength(1);
    const outcome = await server.outcome();
    expect(outcome).toMatchObject({ sessionsOpened: 1, sessionsClosed: { 4000: 1 } });
    expect(outcome.errors).toBeUndefined();
    expect(await heard(server)).toEqual(["WS_SESSION_CLOSED false", "then WS_SESSION_CLOSED"]);
  },
);
