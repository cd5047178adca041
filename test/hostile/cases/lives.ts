import { closePayload, encodeFrame, type RawClient } from "@wirespring/testing";
import { expect } from "vitest";
import { CaseList } from "../case-list.js";
import type { Raced } from "../race.js";
import type { HostileServer, Stage } from "../stage.js";

/** How sessions begin, how long they may last, and whose they are: T60. */
export const lifeCases = new CaseList();

/** Without heartbeats, which these clients would not answer. */
const LIVES = { program: "lives", limits: { heartbeatInterval: 0 } };

async function serve(stage: Stage): Promise<HostileServer> {
  const server = await stage.serve(LIVES);
  await server.call("useClock");
  await server.call("heard");
  return server;
}

async function reply(client: RawClient, text: string): Promise<string> {
  client.frame({ opcode: 1, payload: text });
  return (await client.nextFrame()).payload.toString();
}

async function expectExpired(server: HostileServer, client: RawClient): Promise<void> {
  expect(await client.nextClose()).toEqual({ code: 1008, reason: "the session has expired" });
  await server.logged({ event: "limit.hit", limit: "expiry" });
  expect(await server.outcome()).toEqual({
    sessionsOpened: 1,
    sessionsClosed: { 1008: 1 },
    limitHits: { expiry: 1 },
  });
}

lifeCases.add("T60", "a session ends within a second of its token: 1008", async (stage) => {
  const server = await serve(stage);
  const client = await server.open("/guarded?ann=60");
  await server.skip(59_000);
  expect(await reply(client, "still here")).toBe("ann");
  await server.skip(2_000);
  await expectExpired(server, client);
  expect(await server.call("heard")).toEqual(["close 1008 the session has expired"]);
});

lifeCases.add("T60", "a token that was out of date before: the session ends at once", async (stage) => {
  const server = await serve(stage);
  const client = await server.open("/guarded?ann=-60");
  await server.skip(200);
  await expectExpired(server, client);
});

lifeCases.add("T60", "a session that was renewed lasts as long as that says, and no longer", async (stage) => {
  const server = await serve(stage);
  const client = await server.open("/guarded?ann=60");
  expect(await reply(client, "renew")).toBe("ann");
  await server.skip(119_000);
  expect((await server.metrics()).sessionsOpen).toBe(1);
  await server.skip(2_000);
  await expectExpired(server, client);
});

lifeCases.add("T60", "a session of 100 days does not end early", async (stage) => {
  const server = await serve(stage);
  const day = 86_400;
  const client = await server.open(`/guarded?ann=${100 * day}`);
  // Beyond what a timer of Node's can hold.
  await server.skip(5_000);
  expect(await reply(client, "for ever")).toBe("ann");
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1006: 1 } });
});

lifeCases.add("T60", "who does not say who they are within 10 s: 1008, whatever else they say", async (stage) => {
  const server = await serve(stage);
  const client = await server.open("/in-band");
  expect(await reply(client, "hello")).toBe("who are you?");
  await server.skip(9_000);
  expect(await reply(client, "hello?")).toBe("who are you?");
  await server.skip(2_000);
  await expectExpired(server, client);
});

lifeCases.add("T60", "who does say it stays", async (stage) => {
  const server = await serve(stage);
  const client = await server.open("/in-band");
  expect(await reply(client, "password")).toBe("welcome");
  await server.skip(15_000);
  expect(await reply(client, "hello")).toBe("welcome");
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1006: 1 } });
});

lifeCases.add("T60", "who is revoked is closed at once, everywhere, and nobody else", async (stage) => {
  const server = await serve(stage);
  const open = (name: string): Promise<RawClient> => server.open(`/guarded?${name}=600`);
  const anns = [await open("ann"), await open("ann"), await open("ann")];
  const bob = await open("bob");
  expect(await server.call("revoke", "ann")).toBe(3);
  for (const ann of anns) expect(await ann.nextClose()).toEqual({ code: 4401, reason: "signed out everywhere" });
  expect(await reply(bob, "still here")).toBe("bob");
  expect(await server.outcome()).toEqual({ sessionsOpened: 4, sessionsClosed: { 4401: 3, 1006: 1 } });
});

lifeCases.add("T60", "400 ids are all different, and say nothing of each other", async (stage) => {
  const server = await serve(stage);
  const ids = new Set<string>();
  for (let round = 0; round < 8; round++) {
    const clients = await Promise.all(Array.from({ length: 50 }, () => server.open("/id")));
    for (const client of clients) {
      ids.add((await client.nextFrame()).payload.toString());
      client.destroy();
    }
  }
  expect(ids.size).toBe(400);
  // Random but for the six bits that say so (RFC 9562 section 5.4).
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const digits = [...ids].map((id) => id.replaceAll("-", "").split(""));
  for (let at = 0; at < 32; at++)
    if (at !== 12 && at !== 16) expect(new Set(digits.map((each) => each[at])).size).toBe(16);
  expect(await server.outcome()).toEqual({ sessionsOpened: 400, sessionsClosed: { 1006: 400 } });
});

const said = (text: string): Buffer => encodeFrame({ opcode: 1, payload: text });

lifeCases.add("T60", "messages in the same packet as the handshake wait for @OnOpen", async (stage) => {
  const server = await serve(stage);
  const early = Buffer.concat([said("one"), said("two")]);
  const client = await server.open("/slow", { early });
  client.write(said("three"));
  await server.call("waiting");
  expect(await server.call("heard")).toEqual(["opening"]);
  expect(await server.call("goOn")).toBe(1);
  for (const text of ["one", "two", "three"]) expect((await client.nextFrame()).payload.toString()).toBe(text);
  client.frame({ opcode: 8, payload: closePayload(1000) });
  expect(await client.nextClose()).toMatchObject({ code: 1000 });
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1000: 1 } });
  expect(await server.call("heard")).toEqual(["open", "one", "two", "three", "close 1000"]);
});

for (const [what, leave, told] of [
  ["closes", (client: RawClient) => client.frame({ opcode: 8, payload: closePayload(1000) }), [/^close 1000$/]],
  ["ends its side", (client: RawClient) => client.end(), [/^close 1006$/]],
  ["resets", (client: RawClient) => client.reset(), [/^error SessionException$/, /^close 1006$/]],
] as const)
  lifeCases.add(
    "T60",
    `a peer that ${what} while @OnOpen runs: what it said is handled, then @OnClose`,
    async (stage) => {
      const server = await serve(stage);
      const client = await server.open("/slow", { early: said("before") });
      leave(client);
      await server.call("waiting");
      expect(await server.call("heard")).toEqual(["opening"]);
      expect(await server.call("goOn")).toBe(1);
      const { sessionsOpened, sessionsClosed } = await server.outcome();
      expect([sessionsOpened, Object.keys(sessionsClosed as object)]).toEqual([
        1,
        [what === "closes" ? "1000" : "1006"],
      ]);
      const [open, ...rest] = await server.call<string[]>("heard");
      expect(open).toBe("open");
      expect(rest.at(-1)).toMatch(told.at(-1)!);
      // A message before a reset may be lost with it, in the network.
      const others = rest.slice(0, -1).filter((each) => each !== "before" && each !== "error SessionException");
      expect(others).toEqual([]);
      if (what !== "resets") expect(rest[0]).toBe("before");
    },
  );

lifeCases.add("T60", "an @OnOpen that never ends: 1011 after 10 s, and nothing is handled", async (stage) => {
  const server = await serve(stage);
  const client = await server.open("/slow", { early: said("early") });
  await server.skip(10_100);
  expect((await client.nextClose()).code).toBe(1011);
  expect(await server.call("heard")).toEqual(["opening", "error IllegalStateError", "close 1011"]);
  expect(await server.call("goOn")).toBe(1);
  const { sessionsClosed, errors } = await server.outcome();
  expect([sessionsClosed, errors]).toEqual([{ 1011: 1 }, { onOpen: 1 }]);
});

for (let seed = 1; seed <= 10; seed++)
  lifeCases.add("T60", `1 000 lives in any order of events, seed ${seed}`, async (stage) => {
    const server = await serve(stage);
    const { violations, sessions, handled, closedWhileOpening } = await server.call<Raced>("race", seed);
    expect(violations).toEqual([]);
    expect(sessions).toBe(1_000);
    // It was a race: enough got that far.
    expect(handled).toBeGreaterThan(100);
    expect(closedWhileOpening).toBeGreaterThan(100);
    expect(await server.outcome()).toEqual({});
  });
