import { closePayload, type PeerFrame } from "@wirespring/testing";
import { expect } from "vitest";
import { rawServer } from "../../integration/raw-server.js";
import { CaseList } from "../case-list.js";
import type { Stage } from "../stage.js";

/** Frames that break RFC 6455, T35 to T44. */
export const frameCases = new CaseList();

const FRAMES = { program: "frames" };

/** What the counters say of one session that the peer's bytes have ended. */
const ended = (code: number): object => ({
  sessionsOpened: 1,
  sessionsClosed: { [code]: 1 },
  errors: { transport: 1 },
});

/** The peer is told the code, `@OnError` of an error, `@OnClose` of the same code; one line is logged where nobody is told. */
async function refuses(stage: Stage, code: number, ...frames: PeerFrame[]): Promise<void> {
  const server = await stage.serve(FRAMES);
  await server.call("heard");
  const watched = await server.open("/watched");
  watched.frame(...frames);
  expect(await watched.nextClose()).toEqual({ code, reason: "" });
  watched.frame({ opcode: 8, payload: closePayload(code) });
  await watched.untilEnded();
  expect(await server.outcome()).toEqual(ended(code));
  expect(await server.call("heard")).toEqual(["error SessionException", `close ${code} ""`]);
  expect(await server.log()).toEqual([]);

  const plain = await server.open("/echo");
  plain.frame(...frames);
  expect(await plain.nextClose()).toEqual({ code, reason: "" });
  const line = await server.logged({ event: "transport.failed", endpoint: "/echo", ip: "127.0.0.1", level: "warn" });
  expect(line["sessionId"]).toMatch(/^[0-9a-f-]{36}$/);
  expect(await server.outcome()).toEqual({
    sessionsOpened: 2,
    sessionsClosed: { [code]: 2 },
    errors: { transport: 2 },
  });
}

const text = (payload: string | Uint8Array, fin = true): PeerFrame => ({ opcode: 1, payload, fin });
const more = (payload: string | Uint8Array, fin = true): PeerFrame => ({ opcode: 0, payload, fin });
const closing = (code: number, reason?: string | Uint8Array): PeerFrame => ({
  opcode: 8,
  payload: closePayload(code, reason),
});

/** Adds a case for frames that are refused with a code. */
function refused(id: string, what: string, code: number, ...frames: PeerFrame[]): void {
  frameCases.add(id, `${what}: ${code}`, (stage) => refuses(stage, code, ...frames));
}

for (const rsv of [1, 2, 3]) refused("T35", `reserved bits ${rsv}`, 1002, { opcode: 1, rsv, payload: "x" });

refused("T36", "RSV1 without compression", 1002, { opcode: 1, rsv: 4, payload: "x" });
refused("T36", "RSV1 on a continuation", 1002, text("a", false), { opcode: 0, rsv: 4, payload: "b" });
refused("T36", "RSV1 on a ping", 1002, { opcode: 9, rsv: 4 });

for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) refused("T37", `opcode ${opcode}`, 1002, { opcode });

refused("T38", "a ping in fragments", 1002, { opcode: 9, fin: false });
refused("T38", "a ping of 126 bytes", 1002, { opcode: 9, payload: "x".repeat(126) });
refused("T38", "a close frame of 126 bytes", 1002, closing(1000, "x".repeat(124)));

refused("T39", "a client that does not mask", 1002, { opcode: 1, payload: "x", mask: false });

frameCases.add("T39", "a server that masks, to a client of ours: 1002", async (stage) => {
  const server = await stage.serve(FRAMES);
  await server.call("heard");
  let seen!: (bytes: Buffer) => void;
  const answer = new Promise<Buffer>((resolve) => (seen = resolve));
  await using peer = await rawServer(({ socket, accept }) => {
    socket.write(accept());
    socket.write(Buffer.of(0x81, 0x81, 1, 2, 3, 4, 0x79));
    socket.once("data", (bytes) => {
      seen(bytes);
      socket.end();
    });
  });
  await server.call("dial", peer.url);
  const close = await answer;
  // Masked: the code is under the key.
  expect([close[0], close[6]! ^ close[2]!, close[7]! ^ close[3]!]).toEqual([0x88, 1002 >> 8, 1002 & 0xff]);
  await peer.ended;
  expect(await server.outcome()).toEqual({});
  expect(await server.call("heard")).toEqual(["error SessionException", "close 1002"]);
});

refused("T40", "a continuation first", 1002, more("x"));
refused("T40", "a text inside a text", 1002, text("a", false), text("b"));
refused("T40", "a binary message inside a text", 1002, text("a", false), { opcode: 2, payload: "b" });

for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535])
  refused("T41", `close code ${code}`, 1002, closing(code));
refused("T41", "a close frame of one byte", 1002, { opcode: 8, payload: "x" });

for (const code of [1000, 1001, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999])
  frameCases.add("T41", `close code ${code} is answered with the same, and told to the endpoint`, async (stage) => {
    const server = await stage.serve(FRAMES);
    await server.call("heard");
    const client = await server.open("/watched");
    client.frame(closing(code, "bye"));
    expect(await client.nextClose()).toMatchObject({ code });
    await client.untilEnded();
    expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { [code]: 1 } });
    expect(await server.call("heard")).toEqual([`close ${code} "bye"`]);
  });

refused("T42", "a close reason that is not UTF-8", 1007, closing(1000, Buffer.of(0xff, 0xfe)));

frameCases.add("T42", "a close reason with what commands a terminal reaches no log", async (stage) => {
  const server = await stage.serve(FRAMES);
  const client = await server.open("/echo");
  client.frame(closing(4000, "\r\n\u001b[2J{}"));
  expect(await client.nextClose()).toMatchObject({ code: 4000 });
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 4000: 1 } });
  expect(await server.log()).toEqual([]);
});

for (const [what, bytes] of [
  ["a surrogate", Buffer.of(0xed, 0xa0, 0x80)],
  ["an overlong form", Buffer.of(0xc0, 0xaf)],
  ["beyond U+10FFFF", Buffer.of(0xf4, 0x90, 0x80, 0x80)],
  ["the end inside a character", Buffer.of(0xe2, 0x82)],
] as const)
  refused("T43", `a text with ${what}`, 1007, text(bytes));

for (const path of ["/echo", "/parts"])
  frameCases.add("T43", `a bad byte in a first fragment, and no second, to ${path}: 1007 at once`, async (stage) => {
    const server = await stage.serve(FRAMES);
    const client = await server.open(path);
    client.frame(text(Buffer.of(0xed, 0xa0, 0x80), false));
    expect(await client.nextClose()).toEqual({ code: 1007, reason: "" });
    await server.logged({ event: "transport.failed", endpoint: path });
    expect(await server.outcome()).toEqual(ended(1007));
  });

for (const [what, length] of [
  ["2^63", 2n ** 63n],
  ["2^53", 2n ** 53n],
  ["2^31", 2n ** 31n],
  ["a byte more than may be", 65_537],
] as const)
  frameCases.add("T44", `a length of ${what} that is only declared: 1009 and no memory`, async (stage) => {
    const server = await stage.serve(FRAMES);
    const before = await server.memory();
    const client = await server.open("/echo");
    client.frame({ opcode: 2, length, payload: "x" });
    expect(await client.nextClose()).toEqual({ code: 1009, reason: "" });
    await server.logged({ event: "transport.failed", endpoint: "/echo" });
    const { external, arrayBuffers } = await server.memory();
    expect(external + arrayBuffers - before.external - before.arrayBuffers).toBeLessThan(1_048_576);
    expect(await server.outcome()).toEqual(ended(1009));
  });

frameCases.add("T44", "fragments that are together too large: 1009 when the sum is known", async (stage) => {
  const server = await stage.serve(FRAMES);
  const client = await server.open("/echo");
  client.frame(text("x".repeat(65_000), false), { opcode: 0, length: 537, payload: "" });
  expect(await client.nextClose()).toEqual({ code: 1009, reason: "" });
  expect(await server.outcome()).toEqual(ended(1009));
});
