import { expect } from "vitest";
import { CaseList } from "../case-list.js";
import type { HostileServer, Stage } from "../stage.js";

/** What messages say, and by which names: T56 to T58, but for topics. */
export const messageCases = new CaseList();

const MESSAGES = { program: "messages" };
const MIB = 1_048_576;

/** Has an endpoint without `@OnError` take a message that it cannot decode. */
async function expectUndecodable(stage: Stage, path: string, payload: string | Uint8Array, opcode = 1): Promise<void> {
  const server = await stage.serve(MESSAGES);
  const client = await server.open(path);
  client.frame({ opcode, payload });
  const { code, reason } = await client.nextClose();
  expect(code).toBe(1007);
  expect(reason).toMatch(/^the message could not be decoded \(session [0-9a-f-]{36}\)$/);
  const line = await server.logged({ event: "error", hook: "decode", endpoint: path, level: "error" });
  // What the operator searches for, when a user reports what they have seen.
  expect(reason).toContain(line["sessionId"]);
  expect(JSON.stringify(line).length).toBeLessThan(10_000);
  expect(await server.call("polluted")).toEqual([]);
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1007: 1 }, errors: { decode: 1 } });
}

const keys = (count: number): string =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_none, index) => [`k${index}`, index])));

for (const [what, path, text] of [
  ["33 levels", "/json", "[".repeat(33) + "]".repeat(33)],
  ["65 536 opening brackets", "/json", "[".repeat(65_536)],
  ["500 000 levels, where a megabyte may be sent", "/large", "[".repeat(500_000) + "]".repeat(500_000)],
  ["500 000 levels of objects", "/large", '{"a":'.repeat(300_000) + "1" + "}".repeat(300_000)],
  ["1 001 keys", "/json", keys(1_001)],
  ["100 000 keys", "/large", keys(100_000)],
  ["a key __proto__", "/json", '{"__proto__":{"admin":true}}'],
  ["a key __proto__ further in", "/json", '{"a":[{"__proto__":{"admin":true}}]}'],
  ["a key __proto__ in disguise", "/json", '{"\\u005f_proto\\u005f_":{"admin":true}}'],
  ["a byte order mark", "/json", "\ufeff{}"],
  ["no JSON", "/json", "{'type':1}"],
  ["nothing", "/json", ""],
  ["NaN", "/json", '{"type":NaN}'],
  ["an array for an object", "/json", "[1]"],
  ["a method for data", "/json", '{"shout":1}'],
  ["an accessor for data", "/json", '{"loud":false}'],
  ["text for a number", "/number", "0x10"],
] as const)
  messageCases.add("T56", `${what}: 1007`, (stage) => expectUndecodable(stage, path, text));

async function replyOf(server: HostileServer, path: string, text: string): Promise<unknown> {
  const client = await server.open(path);
  client.frame({ opcode: 1, payload: text });
  const reply = (await client.nextFrame()).payload.toString();
  client.destroy();
  return JSON.parse(reply);
}

const replies: readonly (readonly [what: string, text: string, line: unknown])[] = [
  ["1e999 is a number that JSON cannot say again", '{"type":1e999}', { type: null }],
  ["of duplicate keys the last is taken", '{"type":1,"type":2}', { type: 2 }],
  [
    "constructor is data like any other",
    '{"constructor":{"prototype":{"admin":true}}}',
    { constructor: { prototype: { admin: true } } },
  ],
  [
    "32 levels are taken",
    `{"type":${"[".repeat(31)}${"]".repeat(31)}}`,
    { type: JSON.parse("[".repeat(31) + "]".repeat(31)) as unknown },
  ],
];

for (const [what, text, line] of replies)
  messageCases.add("T56", what, async (stage) => {
    const server = await stage.serve(MESSAGES);
    expect(await replyOf(server, "/json", text)).toEqual({ isLine: true, isAdmin: false, line });
    expect(await server.call("polluted")).toEqual([]);
    expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1006: 1 } });
  });

for (const [path, opcode] of [
  ["/text", 2],
  ["/json", 2],
] as const)
  messageCases.add("T56", `a binary message to ${path}, which takes text: 1003`, async (stage) => {
    const server = await stage.serve(MESSAGES);
    const client = await server.open(path);
    client.frame({ opcode, payload: "{}" });
    const { code, reason } = await client.nextClose();
    expect(code).toBe(1003);
    expect(reason).toMatch(/^no handler for binary messages \(session [0-9a-f-]{36}\)$/);
    expect(await server.outcome()).toEqual({
      sessionsOpened: 1,
      sessionsClosed: { 1003: 1 },
      messagesDropped: { "no-handler": 1 },
    });
  });

messageCases.add("T56", "an endpoint with @OnError is told of each, and the connection stays", async (stage) => {
  const server = await stage.serve(MESSAGES);
  const client = await server.open("/told");
  for (let count = 0; count < 5; count++) {
    client.frame({ opcode: 1, payload: '{"__proto__":1}' });
    expect((await client.nextFrame()).payload.toString()).toBe(
      "DecodeException: the JSON for Line has a key __proto__ [WS_DECODE_FAILED]",
    );
  }
  client.frame({ opcode: 1, payload: "{}" });
  expect((await client.nextFrame()).payload.toString()).toBe("taken");
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1006: 1 }, errors: { decode: 5 } });
  expect(await server.log()).toEqual([]);
});

/** Names that lead somewhere in any object, and those of the endpoint that is asked. */
const NAMES = [
  ...Object.getOwnPropertyNames(Object.prototype),
  "prototype",
  "secret",
  "error",
  "onClose",
  "said",
  "then",
  "toJSON",
];

messageCases.add("T57", "no name in a message calls anything", async (stage) => {
  const server = await stage.serve(MESSAGES);
  await server.call("reached");
  const client = await server.open("/json");
  for (const name of NAMES) {
    client.frame({ opcode: 1, payload: JSON.stringify({ type: name }) });
    expect(JSON.parse((await client.nextFrame()).payload.toString())).toMatchObject({ line: { type: name } });
  }
  expect(await server.call("reached")).toEqual([]);
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1006: 1 } });
  expect(await server.call("reached")).toEqual(["onClose"]);
});

messageCases.add("T57", "no name in a message hides a method of the endpoint", async (stage) => {
  const server = await stage.serve(MESSAGES);
  await server.call("reached");
  const client = await server.open("/json");
  for (const name of NAMES.filter((each) => each !== "__proto__" && each !== "toJSON")) {
    client.frame({ opcode: 1, payload: JSON.stringify({ [name]: "mine" }) });
    expect(JSON.parse((await client.nextFrame()).payload.toString())).toMatchObject({ isLine: true });
  }
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1006: 1 } });
  expect(await server.call("reached")).toEqual(["onClose"]);
});

messageCases.add("T57", "no name in a path, a query or a header reaches a prototype", async (stage) => {
  const server = await stage.serve(MESSAGES);
  await server.call("reached");
  for (const name of NAMES) {
    const client = await server.open(`/by-name/${name}?${name}x=1`);
    expect(JSON.parse((await client.nextFrame()).payload.toString())).toEqual([null, null, null]);
    client.destroy();
  }
  expect(await server.outcome()).toEqual({ sessionsOpened: NAMES.length, sessionsClosed: { 1006: NAMES.length } });
  expect(await server.call("reached")).toEqual([]);
});

messageCases.add("T57", "a name of a megabyte: 1009", async (stage) => {
  const server = await stage.serve(MESSAGES);
  const client = await server.open("/json");
  client.frame({ opcode: 1, payload: JSON.stringify({ type: "x".repeat(MIB) }) });
  expect(await client.nextClose()).toEqual({ code: 1009, reason: "" });
  await server.logged({ event: "transport.failed", endpoint: "/json" });
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1009: 1 }, errors: { transport: 1 } });
});

messageCases.add("T57", "2 000 random names are answered as data", async (stage) => {
  const server = await stage.serve(MESSAGES);
  await server.call("reached");
  const client = await server.open("/json");
  let seed = 57;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (seed >> 8) % below;
  };
  for (let count = 0; count < 2_000; count++) {
    const pieces = Array.from({ length: 1 + random(4) }, () => NAMES[random(NAMES.length)]!);
    const name = pieces.join(["", ".", "/", "\0"][random(4)]!);
    client.frame({ opcode: 1, payload: JSON.stringify({ type: name }) });
    expect(JSON.parse((await client.nextFrame()).payload.toString())).toMatchObject({ line: { type: name } });
  }
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1006: 1 } });
  expect(await server.call("reached")).toEqual(["onClose"]);
});

/** Every name and number that counters are kept under. */
function labelsOf(metrics: object): readonly string[] {
  return Object.entries(metrics).flatMap(([name, value]) =>
    typeof value === "object" && value !== null ? [name, ...labelsOf(value as object)] : [name],
  );
}

messageCases.add("T58", "no path, query, origin or subprotocol becomes a label", async (stage) => {
  const server = await stage.serve(MESSAGES);
  const visit = async (index: number): Promise<void> => {
    const client = await server.open(`/rooms/room-${index}?q${index}=1`);
    client.frame({ opcode: 1, payload: "fail" });
    expect((await client.nextClose()).code).toBe(1011);
    client.destroy();
    const lost = await server.connect();
    const headers = { "Sec-WebSocket-Protocol": `p${index}`, "User-Agent": `agent-${index}` };
    expect((await lost.upgrade({ path: `/nowhere/${index}`, headers })).status).toBe(404);
    const foreign = await server.connect();
    const { status } = await foreign.upgrade({
      path: `/rooms/${index}`,
      headers: { Origin: `https://o${index}.test` },
    });
    expect(status).toBe(403);
    for (const each of [lost, foreign]) each.destroy();
  };
  await visit(0);
  const before = labelsOf(await server.metrics());
  for (let index = 1; index <= 200; index++) await visit(index);
  expect(labelsOf(await server.metrics())).toEqual(before);
  const endpoints = ["/json", "/large", "/told", "/text", "/number", "/by-name/{name}", "/rooms/{room}", undefined];
  for (const endpoint of await server.call<readonly unknown[]>("named")) expect(endpoints).toContain(endpoint);
  for (const { endpoint } of await server.log()) expect(endpoints).toContain(endpoint);
  expect(await server.outcome()).toEqual({
    sessionsOpened: 201,
    sessionsClosed: { 1011: 201 },
    errors: { onMessage: 201 },
    upgradesRefused: { path: 201, origin: 201 },
  });
});

messageCases.add("T58", "3 000 addresses leave nothing behind in the log's memory of them", async (stage) => {
  const server = await stage.serve(MESSAGES);
  const visit = async (index: number): Promise<void> => {
    const client = await server.connect();
    const address = `2001:db8::${(index >> 8).toString(16)}:${(index & 255).toString(16)}`;
    await client.upgrade({ path: "/nowhere", headers: { "X-Forwarded-For": address } });
    client.destroy();
  };
  for (let index = 0; index < 200; index++) await visit(index);
  await server.skip(2_000);
  const before = await server.memory();
  for (let index = 0; index < 3_000; index += 50)
    await Promise.all(Array.from({ length: 50 }, (_none, next) => visit(index + next)));
  await server.skip(2_000);
  const { heapUsed } = await server.memory();
  expect(heapUsed - before.heapUsed).toBeLessThan(5 * MIB);
  expect(await server.outcome()).toEqual({ upgradesRefused: { path: 3_200 } });
});
