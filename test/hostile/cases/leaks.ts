import { expect } from "vitest";
import { CaseList } from "../case-list.js";
import { SECRET, type HostileServer } from "../stage.js";

/** What the log says, and what the peer gets to know: T59. */
export const leakCases = new CaseList();

const LEAKS = { program: "leaks" };

/** What ends a line, commands a terminal, or turns text around. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

/** Has a session fail. Gives what the peer was told. */
async function failed(server: HostileServer, path: string, text: string): Promise<string> {
  const client = await server.open(path);
  client.frame({ opcode: 1, payload: text });
  const { code, reason } = await client.nextClose();
  client.destroy();
  return `${code} ${reason}`;
}

const ID = "\\(session [0-9a-f-]{36}\\)";

leakCases.add("T59", "what a path variable has in it stays inside its line", async (stage) => {
  const server = await stage.serve(LEAKS);
  for (const evil of ["%0d%0a{%22event%22:%22faked%22}", "%1b[2J%1b]0;x%07", "%c2%9b31m", "%e2%80%a8", "%e2%80%ae"]) {
    const client = await server.connect();
    const { status } = await client.upgrade({ path: `/fails/open${evil}` });
    // The gate refuses what no path should have; what it lets through reaches the endpoint, which fails with it.
    if (status === 101) expect((await client.nextClose()).code).toBe(1011);
    else expect(status).toBe(400);
    client.destroy();
  }
  const lines = await server.lines();
  expect(lines).toHaveLength(5);
  for (const line of lines) expect(line).not.toMatch(CONTROL);
  expect((await server.log()).map(({ event }) => event)).not.toContain("faked");
  const { sessionsOpened = 0, upgradesRefused = {} } = (await server.outcome()) as {
    readonly sessionsOpened?: number;
    readonly upgradesRefused?: Record<string, number>;
  };
  expect(sessionsOpened + Object.values(upgradesRefused).reduce((sum, count) => sum + count, 0)).toBe(5);
});

leakCases.add("T59", "a megabyte of user agent: 431, and one short line", async (stage) => {
  const server = await stage.serve(LEAKS);
  const client = await server.connect();
  const { status } = await client.upgrade({ path: "/hook", headers: { "User-Agent": "x".repeat(1_048_576) } });
  expect(status).toBe(431);
  expect(await server.outcome()).toEqual({ upgradesRefused: { headers: 1 } });
  const lines = await server.lines();
  expect(lines).toHaveLength(1);
  expect(lines[0]!.length).toBeLessThan(300);
});

leakCases.add("T59", "the text of an error never reaches the peer, and its line names the session", async (stage) => {
  const server = await stage.serve(LEAKS);
  const told = await failed(server, "/fails/later", '{"password":"x"}');
  expect(told).toMatch(new RegExp(`^1011 the server failed ${ID}$`));
  const line = await server.logged({ event: "error", hook: "onMessage", endpoint: "/fails/{how}" });
  expect(told).toContain(line["sessionId"]);
  expect(JSON.stringify(line)).toContain("db-7.internal");
  expect(await server.outcome()).toMatchObject({ sessionsClosed: { 1011: 1 }, errors: { onMessage: 1 } });
});

leakCases.add("T59", "the text of a hook's error never reaches the peer", async (stage) => {
  const server = await stage.serve(LEAKS);
  const client = await server.connect();
  const { status, body, head } = await client.upgrade({ path: `/hook?token=${SECRET}` });
  expect(status).toBe(500);
  expect(`${head}${body}`).not.toMatch(/detail|token|at .*:\d+/);
  await server.logged({ event: "error", hook: "authenticate", endpoint: "/hook" });
  expect(await server.outcome()).toEqual({ upgradesRefused: { hook: 1 }, errors: { authenticate: 1 } });
});

for (const what of ["undefined", "text", "round", "revoked-proxy", "long-error", "unreadable-error"])
  leakCases.add("T59", `a handler that throws ${what}: 1011, one line, and no word of it outside`, async (stage) => {
    const server = await stage.serve(LEAKS);
    expect(await failed(server, `/throws/${what}`, "x")).toMatch(new RegExp(`^1011 the server failed ${ID}$`));
    expect(await server.outcome()).toMatchObject({ sessionsClosed: { 1011: 1 }, errors: { onMessage: 1 } });
    const lines = await server.lines();
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: "error", event: "error" });
    expect(lines[0]!.length).toBeLessThan(20_000);
  });

leakCases.add("T59", "an @OnError that fails, too, is one line with both", async (stage) => {
  const server = await stage.serve(LEAKS);
  const client = await server.open("/fails-twice");
  client.frame({ opcode: 1, payload: "x" }, { opcode: 8 });
  expect(await client.nextClose()).toEqual({ code: 1005, reason: "" });
  const line = await server.logged({ event: "error", hook: "onError", endpoint: "/fails-twice" });
  expect(line).toMatchObject({ error: { message: "internal detail, too" }, about: { message: "internal detail" } });
  expect(await server.outcome()).toMatchObject({ errors: { onMessage: 1, onError: 1 } });
});

leakCases.add("T59", "no secret of a query, a header or a message is in the log", async (stage) => {
  const server = await stage.serve(LEAKS);
  const headers = { Authorization: `Bearer ${SECRET}`, Cookie: `session=${SECRET}` };
  const query = `?token=${SECRET}`;
  const refusals: readonly (readonly [number, string, Record<string, string>])[] = [
    [404, `/nowhere${query}`, headers],
    [400, `/${SECRET}/%zz${query}`, headers],
    [403, `/fails/x${query}`, { ...headers, Origin: `https://${SECRET}.test` }],
    [426, `/fails/x${query}`, { ...headers, "Sec-WebSocket-Version": SECRET }],
    [400, `/fails/x${query}`, { ...headers, "Sec-WebSocket-Key": SECRET }],
    [400, `/fails/x${query}`, { ...headers, "Sec-WebSocket-Protocol": `${SECRET}, ${SECRET}` }],
    [500, `/hook${query}`, headers],
  ];
  for (const [status, path, sent] of refusals) {
    const client = await server.connect();
    expect((await client.upgrade({ path, headers: sent })).status).toBe(status);
    client.destroy();
  }
  const messages: readonly (readonly [code: number, text: string | Uint8Array])[] = [
    [1007, SECRET],
    [1007, `{"password":"${SECRET}"`],
    [1007, `{"password":${SECRET}}`],
    [1007, `{"password":"${SECRET}","__proto__":1}`],
    [1007, Buffer.concat([Buffer.from(SECRET), Buffer.of(0xff)])],
    [1011, `{"password":"${SECRET}"}`],
  ];
  for (const [code, payload] of messages) {
    // A cookie without an origin would be refused.
    const client = await server.open(`/fails/x${query}`, {
      headers: { ...headers, Origin: `http://127.0.0.1:${server.port}` },
    });
    client.frame({ opcode: 1, payload });
    const close = await client.nextClose();
    expect(close.code).toBe(code);
    expect(close.reason).not.toContain(SECRET);
    client.destroy();
  }
  await server.outcome();
  const log = await server.log();
  expect(log.map(({ event }) => event)).toEqual(
    expect.arrayContaining(["upgrade.refused", "error", "transport.failed"]),
  );
  expect(log.length).toBeGreaterThanOrEqual(refusals.length + messages.length);
  expect((await server.lines()).filter((line) => line.includes(SECRET) || line.includes("token="))).toEqual([]);
});

leakCases.add("T59", "100 refusals in a second: ten lines, and how many more there were", async (stage) => {
  const server = await stage.serve(LEAKS);
  for (let count = 0; count < 100; count++) {
    const client = await server.connect();
    expect((await client.upgrade({ path: `/nowhere/${count}` })).status).toBe(404);
    client.destroy();
  }
  await server.skip(1_000);
  expect(await server.outcome()).toEqual({ upgradesRefused: { path: 100 } });
  const log = await server.log();
  const written = log.filter(({ event }) => event === "upgrade.refused").length;
  const suppressed = log.filter(({ event, of }) => event === "log.suppressed" && of === "upgrade.refused");
  const kept = suppressed.reduce((sum, { n }) => sum + (n as number), 0);
  expect(written + kept).toBe(100);
  // Ten in each second that a hundred have taken.
  expect(written).toBeLessThan(100);
  expect(written).toBeGreaterThanOrEqual(10);
});

leakCases.add("T59", "a logger that throws ends nothing, and loses nothing", async (stage) => {
  const server = await stage.serve({ program: "broken-logger" });
  const lost = await server.connect();
  expect((await lost.upgrade({ path: "/nowhere" })).status).toBe(404);
  expect(await failed(server, "/fails", "x")).toMatch(new RegExp(`^1011 the server failed ${ID}$`));
  const wrong = await server.open("/fails");
  wrong.frame({ opcode: 3 });
  expect((await wrong.nextClose()).code).toBe(1002);
  expect(await server.outcome()).toMatchObject({ sessionsOpened: 2, upgradesRefused: { path: 1 } });
  const events = (await server.log()).map(({ event }) => event);
  expect(events).toEqual([
    "logger.failed",
    "upgrade.refused",
    "logger.failed",
    "error",
    "logger.failed",
    "transport.failed",
  ]);
});

leakCases.add("T59", "a log that nobody reads any more ends nothing", async (stage) => {
  const server = await stage.serve({ alone: true });
  await server.process.closeLog();
  for (let count = 0; count < 3; count++) {
    const client = await server.connect();
    expect((await client.upgrade({ path: "/nowhere" })).status).toBe(404);
  }
  expect(await server.outcome()).toEqual({ upgradesRefused: { path: 3 } });
});
