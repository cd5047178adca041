import { expect } from "vitest";
import { upgradeBytes } from "../../upgrade-bytes.js";
import { CaseList } from "../case-list.js";
import { SECRET } from "../stage.js";
import { expectRefused } from "./gate-refusal.js";

/** Peers that leave, and guards that fail, while the gate is at work: T18 to T21, T30 and T33. */
export const gateGuardCases = new CaseList();

const GATE = { program: "gate" };
const SLOW = { path: `/slow?token=${SECRET}` };

/** In how many parts a request is cut; the peer is gone behind each of them. */
const POINTS = 20;

for (const path of ["/slow", "/echo", "/nowhere"])
  gateGuardCases.add("T18", `a reset at ${POINTS} points of a request to ${path}`, async (stage) => {
    const server = await stage.serve(GATE);
    const bytes = upgradeBytes(`GET ${path}?token=${SECRET} HTTP/1.1`);
    await server.call("reading", 0);
    for (let point = 1; point <= POINTS; point++) {
      const client = await server.connect();
      const part = bytes.slice(0, Math.floor(((bytes.length - 1) * point) / POINTS));
      client.write(part);
      await server.call("reading", part.length);
      client.reset();
    }
    // It came last, so the others were met when it is answered.
    const good = await server.open("/echo");
    good.frame({ opcode: 1, payload: "hello" });
    expect((await good.nextFrame()).payload.toString()).toBe("hello");
    expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1006: 1 } });
    expect(await server.log()).toEqual([]);
  });

gateGuardCases.add("T18", "resets in front of, in and behind a request, before anything is read", async (stage) => {
  const server = await stage.serve(GATE);
  const bytes = upgradeBytes("GET /echo HTTP/1.1");
  for (const part of ["", bytes.slice(0, 50), bytes, `${bytes}\x81`])
    for (let count = 0; count < 10; count++) {
      const client = await server.connect();
      client.write(part);
      client.reset();
    }
  await server.open("/echo");
  const { sessionsOpened, sessionsClosed, upgradesRefused, errors, ...rest } = await server.outcome();
  expect(sessionsClosed).toEqual({ 1006: sessionsOpened });
  expect(Object.keys(errors ?? {}).filter((hook) => hook !== "transport")).toEqual([]);
  // Half a request may be answered before it is known that nobody reads the answer.
  for (const [reason, count] of Object.entries(upgradesRefused ?? {})) {
    expect(reason).toBe("syntax");
    expect(count).toBeLessThanOrEqual(10);
  }
  expect(Object.keys(rest).filter((name) => name !== "upgradesAbandoned")).toEqual([]);
});

for (const [id, what] of [
  ["T18", "reset"],
  ["T19", "end"],
] as const)
  gateGuardCases.add(
    id,
    `20 peers ${what} while their guards are at work: told, no session, no place`,
    async (stage) => {
      const server = await stage.serve({ ...GATE, limits: { maxConnections: 20 } });
      await server.call("heard");
      const clients = await Promise.all(Array.from({ length: 20 }, () => server.connect()));
      const answers = clients.map((client) => client.upgrade(SLOW).catch((error: Error) => error.message));
      await server.call("guarding", 20);
      const full = await server.connect();
      expect((await full.upgrade({ path: "/echo" })).status).toBe(503);
      for (const client of clients) client[what]();
      await server.call("aborted", 20);
      for (const answer of answers) expect(await answer).toMatch(/closed|ended/);
      expect(await server.call("answer")).toBe(20);
      // Every place is free again.
      const places = Array.from({ length: 20 }, () => server.open("/echo"));
      await Promise.all(places);
      expect(new Set(await server.call<readonly string[]>("heard"))).toEqual(new Set(["open /echo"]));
      expect(await server.outcome()).toEqual({
        upgradesAbandoned: 20,
        upgradesRefused: { connections: 1 },
        sessionsOpened: 20,
        sessionsClosed: { 1006: 20 },
      });
    },
  );

gateGuardCases.add("T18", "a reset in the moment that its guard answers", async (stage) => {
  const server = await stage.serve(GATE);
  for (let count = 0; count < 20; count++) {
    const client = await server.connect();
    client.upgrade(SLOW).catch(() => {});
    await server.call("guarding", 1);
    const answered = server.call("answer");
    client.reset();
    await answered;
  }
  const { upgradesAbandoned = 0, sessionsOpened = 0 } = (await server.outcome()) as Record<string, number>;
  expect(upgradesAbandoned + sessionsOpened).toBe(20);
});

gateGuardCases.add("T19", "an end in front of the answer, with a whole request: no session is left", async (stage) => {
  const server = await stage.serve(GATE);
  for (let count = 0; count < 20; count++) {
    const client = await server.connect();
    client.write(upgradeBytes("GET /echo HTTP/1.1"));
    client.end();
    await client.untilEnded();
  }
  const { sessionsOpened, sessionsClosed, upgradesAbandoned } = await server.outcome();
  expect(Number(sessionsOpened ?? 0) + Number(upgradesAbandoned ?? 0)).toBe(20);
  expect(sessionsClosed).toEqual(sessionsOpened === undefined ? undefined : { 1006: sessionsOpened });
});

gateGuardCases.add("T20", "a guard that never answers: 503 after 10 s, and its answer is too late", async (stage) => {
  const server = await stage.serve(GATE);
  await server.call("heard");
  const client = await server.connect();
  const response = client.upgrade(SLOW);
  await server.call("guarding", 1);
  await server.skip(9_900);
  expect((await server.changes()).upgradesRefused).toBeUndefined();
  await server.skip(100);
  const { status, headers } = await response;
  expect([status, headers.get("retry-after")]).toEqual([503, ["1"]]);
  await client.untilEnded();
  await server.logged({ event: "upgrade.refused", reason: "timeout", status: 503, endpoint: "/slow" });
  expect(await server.call("answer")).toBe(1);
  expect(await server.call("heard")).toEqual([]);
  expect(await server.outcome()).toEqual({ upgradesRefused: { timeout: 1 } });
});

gateGuardCases.add(
  "T20",
  "500 guards that do not answer: 503 for the next, and for all of them in time",
  async (stage) => {
    const server = await stage.serve({ ...GATE, limits: { maxPendingUpgrades: 100 } });
    const clients = await Promise.all(Array.from({ length: 100 }, () => server.connect()));
    const answers = clients.map((client) => client.upgrade(SLOW));
    await server.call("guarding", 100);
    const next = await server.connect();
    const { status, headers } = await next.upgrade({ path: "/echo" });
    expect([status, headers.get("retry-after")]).toEqual([503, ["1"]]);
    await server.skip(10_000);
    for (const answer of answers) expect((await answer).status).toBe(503);
    expect(await server.call("answer")).toBe(100);
    expect(await server.outcome()).toEqual({ upgradesRefused: { busy: 1, timeout: 100 } });
  },
);

for (const how of ["one", "text", "object", "nothing", "promise-of-false", "promise-of-one", "thenable-of-false"])
  gateGuardCases.add("T21", `a check that answers with ${how.replaceAll("-", " ")}: 403`, async (stage) => {
    const server = await stage.serve(GATE);
    const bytes = upgradeBytes(`GET /careless?how=${how} HTTP/1.1`);
    await expectRefused(server, { bytes, status: 403, reason: "origin", endpoint: "/careless" });
  });

for (const [query, hook] of [
  ["how=throws", "checkOrigin"],
  ["how=rejects", "checkOrigin"],
  ["how=rejects-with-nothing", "checkOrigin"],
  ["how=one&who=true", "authenticate"],
] as const)
  gateGuardCases.add("T21", `a guard that is broken, ${query}: 500, and not a word of it`, async (stage) => {
    const server = await stage.serve(GATE);
    const client = await server.connect();
    const { status, body } = await client.upgrade({ path: `/careless?${query}` });
    expect([status, body]).toEqual([500, "The handshake failed.\n"]);
    await client.untilEnded();
    await server.logged({ event: "error", hook, endpoint: "/careless" });
    await server.logged({ event: "upgrade.refused", reason: "hook", status: 500 });
    expect(await server.outcome()).toEqual({ errors: { [hook]: 1 }, upgradesRefused: { hook: 1 } });
  });

/** A line of its own, and markup. */
const INJECTED = "a\r\nSet-Cookie: owned=1\r\n\r\n<script>";

for (const [where, status] of [
  ["value", 500],
  ["second value", 500],
  ["name", 500],
  ["location", 500],
  ["error", 500],
  ["body", 403],
] as const)
  gateGuardCases.add("T30", `CR and LF in ${where}: ${status}, no field and no markup of it`, async (stage) => {
    const server = await stage.serve(GATE);
    const client = await server.connect();
    const query = new URLSearchParams({ where, text: INJECTED });
    const answer = await client.upgrade({ path: `/copies?${query.toString().replaceAll("+", "%20")}` });
    await client.untilEnded();
    expect(answer.status).toBe(status);
    expect(answer.headers.has("set-cookie")).toBe(false);
    expect(answer.headers.get("content-type")).toEqual(["text/plain; charset=utf-8"]);
    expect(answer.body).toBe(where === "body" ? INJECTED : "The handshake failed.\n");
    const reason = where === "body" ? "refused" : "hook";
    await server.logged({ event: "upgrade.refused", reason, status, endpoint: "/copies" });
    const { errors, ...rest } = await server.outcome();
    expect(errors).toEqual(
      where === "body" ? undefined : { [where === "error" ? "authenticate" : "modifyHandshake"]: 1 },
    );
    expect(rest).toEqual({ upgradesRefused: { [reason]: 1 } });
    // Each line of the log is one event, whatever an error says: a break would be a stray line.
    expect(await server.log()).toHaveLength(where === "body" ? 1 : 2);
  });

for (const offered of ["chat", "a\r\nSet-Cookie: owned=1"])
  gateGuardCases.add("T30", `a subprotocol of ${JSON.stringify(offered)} that nobody declared: 500`, async (stage) => {
    const server = await stage.serve(GATE);
    await server.call("copy", offered);
    try {
      const client = await server.connect();
      const headers = { "Sec-WebSocket-Protocol": "chat" };
      const answer = await client.upgrade({ path: "/copies", headers });
      expect([answer.status, answer.headers.has("set-cookie")]).toEqual([500, false]);
      await client.untilEnded();
      await server.logged({ event: "error", hook: "getNegotiatedSubprotocol" });
      expect(await server.outcome()).toEqual({
        errors: { getNegotiatedSubprotocol: 1 },
        upgradesRefused: { hook: 1 },
      });
    } finally {
      await server.call("copy");
    }
  });

gateGuardCases.add(
  "T33",
  "a token in query, cookie, field and message: none gets into any line of the log",
  async (stage) => {
    const server = await stage.serve(GATE);
    const headers = {
      Cookie: `id=${SECRET}`,
      Authorization: `Bearer ${SECRET}`,
      "Sec-WebSocket-Protocol": SECRET,
      "X-Token": SECRET,
      Referer: `https://shop.example/?token=${SECRET}`,
      Origin: "null",
    };
    const { Origin: _none, ...admitted } = headers;
    for (const [path, given, status] of [
      ["/echo", headers, 403],
      ["/admin", headers, 401],
      ["/private", headers, 403],
      ["/careless", { ...headers, Host: `${SECRET}/` }, 400],
      ["/careless?how=throws", headers, 500],
      [`/users/${SECRET}`, headers, 404],
      [`/rooms/${SECRET}%zz`, headers, 400],
      [`/rooms/${SECRET}%2f`, headers, 400],
      [`//${SECRET}`, headers, 400],
      [`/rooms/${SECRET}`, { ...headers, "Content-Length": SECRET }, 400],
      [`/rooms/${SECRET}`, { ...headers, "Sec-WebSocket-Key": SECRET }, 400],
      [`/echo`, { ...headers, "Sec-WebSocket-Protocol": `${SECRET}, ${SECRET}` }, 400],
      [`/copies?where=body&text=x`, { ...admitted, Origin: undefined, Cookie: undefined }, 403],
    ] as const) {
      await server.skip(2_000);
      const client = await server.connect();
      const answer = await client.upgrade({
        path: `${path}${path.includes("?") ? "&" : "?"}token=${SECRET}`,
        headers: given,
      });
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.head + answer.body).not.toContain(SECRET);
      await client.untilEnded();
    }
    const { Cookie: _cookie, ...noCookie } = admitted;
    const client = await server.open(`/fails?token=${SECRET}`, { headers: noCookie });
    client.frame({ opcode: 1, payload: SECRET });
    expect(await client.nextClose()).toMatchObject({ code: 1011 });
    const broken = await server.open(`/fails?token=${SECRET}`, { headers: noCookie });
    broken.frame({ opcode: 1, rsv: 7, payload: SECRET });
    expect(await broken.nextClose()).toMatchObject({ code: 1002 });
    await server.outcome();
    const log = await server.log();
    expect(new Set(log.map(({ event }) => event))).toEqual(new Set(["upgrade.refused", "error", "transport.failed"]));
    expect(log.length).toBeGreaterThan(13);
    // Everything that this server has written since it was started, in all cases before.
    expect(server.process.lines.filter((line) => line.includes(SECRET))).toEqual([]);
    expect(server.process.lines.length).toBeGreaterThan(log.length);
  },
);
