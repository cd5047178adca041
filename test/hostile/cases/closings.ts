import { closePayload, encodeFrame, readClose, type RawClient } from "@wirespring/testing";
import { randomBytes } from "node:crypto";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { expect } from "vitest";
import { CaseList } from "../case-list.js";
import type { HostileServer } from "../stage.js";

/** What is compressed, and what does not end: T53 to T55. */
export const closingCases = new CaseList();

const CLOSINGS = { program: "closings" };
const MIB = 1_048_576;
const OFFER = { headers: { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" } };

/** A payload as permessage-deflate has it: RFC 7692 section 7.2.1. */
function deflated(data: string | Uint8Array): Buffer {
  const whole = deflateRawSync(data, { windowBits: 10, finishFlush: constants.Z_SYNC_FLUSH });
  return whole.subarray(0, -4);
}

function inflated(payload: Buffer): string {
  return inflateRawSync(Buffer.concat([payload, Buffer.of(0, 0, 255, 255)]), {
    finishFlush: constants.Z_SYNC_FLUSH,
  }).toString();
}

const compressed = (opcode: number, payload: Uint8Array): Buffer => encodeFrame({ opcode, rsv: 4, payload });

async function expectRefused(server: HostileServer, client: RawClient, code: number): Promise<void> {
  expect(await client.nextClose()).toEqual({ code, reason: "" });
  await server.logged({ event: "transport.failed" });
  expect(await server.outcome()).toEqual({
    sessionsOpened: 1,
    sessionsClosed: { [code]: 1 },
    errors: { transport: 1 },
  });
}

closingCases.add("T53", "without being asked, nothing is compressed: RSV1 is 1002", async (stage) => {
  const server = await stage.serve(CLOSINGS);
  const client = await server.connect();
  const { status, headers } = await client.upgrade({ path: "/plain", ...OFFER });
  expect([status, headers.get("sec-websocket-extensions")]).toEqual([101, undefined]);
  client.write(compressed(1, deflated("hello")));
  await expectRefused(server, client, 1002);
});

for (const opcode of [1, 2])
  closingCases.add("T53", `100 MiB in 100 KB, opcode ${opcode}: 1009, and no memory`, async (stage) => {
    const server = await stage.serve(CLOSINGS);
    const bomb = deflated(Buffer.alloc(100 * MIB));
    expect(bomb.length).toBeLessThan(MIB);
    const before = await server.memory();
    const client = await server.open("/deflated", OFFER);
    client.write(compressed(opcode, bomb));
    expect(await client.nextClose()).toEqual({ code: 1009, reason: "" });
    const { rss } = await server.memory();
    expect(rss - before.rss).toBeLessThan(8 * MIB);
    await server.logged({ event: "transport.failed" });
    expect(await server.outcome()).toEqual({
      sessionsOpened: 1,
      sessionsClosed: { 1009: 1 },
      errors: { transport: 1 },
    });
  });

closingCases.add("T53", "a bomb in a frame that is small enough to be read: 1009", async (stage) => {
  const server = await stage.serve(CLOSINGS);
  const client = await server.open("/deflated", OFFER);
  const bomb = deflated(Buffer.alloc(32 * MIB));
  expect(bomb.length).toBeLessThan(65_536);
  client.write(compressed(2, bomb));
  await expectRefused(server, client, 1009);
});

closingCases.add(
  "T53",
  "100 times its compressed size is what a large message may have, and no more",
  async (stage) => {
    const server = await stage.serve(CLOSINGS);
    const honest = Buffer.concat([randomBytes(100_000), Buffer.alloc(8_000_000)]);
    const payload = deflated(honest);
    expect(honest.length / payload.length).toBeGreaterThan(70);
    const client = await server.open("/deflated/large", OFFER);
    client.write(compressed(2, payload));
    expect((await client.nextFrame()).payload.toString()).toBe(String(honest.length));
    const bomb = deflated(Buffer.alloc(honest.length));
    const before = await server.memory();
    client.write(compressed(2, bomb));
    expect(await client.nextClose()).toEqual({ code: 1009, reason: "" });
    const { rss } = await server.memory();
    expect(rss - before.rss).toBeLessThan(8 * MIB);
    expect(await server.outcome()).toEqual({
      sessionsOpened: 1,
      sessionsClosed: { 1009: 1 },
      errors: { transport: 1 },
    });
  },
);

for (const [what, payload] of [
  ["no deflate stream", Buffer.of(0xff, 0xff, 0xff)],
  ["a stored block whose length contradicts itself", Buffer.of(0x00, 0x05, 0x00, 0x00, 0x00)],
  ["a distance before the beginning", Buffer.of(0x4a, 0x04, 0x99, 0x01)],
] as const)
  closingCases.add("T53", `${what}: 1007`, async (stage) => {
    const server = await stage.serve(CLOSINGS);
    const client = await server.open("/deflated", OFFER);
    client.write(compressed(2, payload));
    await expectRefused(server, client, 1007);
  });

closingCases.add("T53", "a stream that is cut off is refused, or is what it says so far", async (stage) => {
  const server = await stage.serve(CLOSINGS);
  const whole = deflated(Buffer.from(Array.from({ length: 5_000 }, (_none, index) => (index * index) & 0xff)));
  for (let at = 1; at < whole.length; at += 41) {
    const client = await server.open("/deflated", OFFER);
    client.write(compressed(2, whole.subarray(0, at)));
    const frame = await client.nextFrame();
    // The four bytes that end each message are data, too, to who has lost some: now and then they make sense.
    if (frame.opcode === 8) expect(readClose(frame.payload)).toEqual({ code: 1007, reason: "" });
    else expect(Number(inflatedOr(frame))).toBeLessThan(5_000);
    client.destroy();
  }
  await server.outcome();
});

closingCases.add("T53", "what follows the end of a stream is not taken for a part of the message", async (stage) => {
  const server = await stage.serve(CLOSINGS);
  const client = await server.open("/deflated", OFFER);
  // BFINAL set: nothing may follow in this message, and the next one begins anew.
  const final = deflateRawSync(Buffer.alloc(100));
  client.write(compressed(2, Buffer.concat([final, deflated(Buffer.alloc(5_000))])));
  expect(inflatedOr(await client.nextFrame())).toBe("100");
  client.write(compressed(2, deflated(Buffer.alloc(7))));
  expect(inflatedOr(await client.nextFrame())).toBe("7");
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1006: 1 } });
});

function inflatedOr({ rsv, payload }: { readonly rsv: number; readonly payload: Buffer }): string {
  return rsv === 4 ? inflated(payload) : payload.toString();
}

closingCases.add("T54", "100 connections with compression hold much less than zlib's defaults would", async (stage) => {
  const server = await stage.serve(CLOSINGS);
  const clients: RawClient[] = [];
  const talk = async (client: RawClient): Promise<void> => {
    client.write(compressed(1, deflated("hello")));
    expect(inflatedOr(await client.nextFrame())).toContain("hello");
  };
  const warm = await server.open("/deflated", OFFER);
  await talk(warm);
  const before = await server.memory();
  for (let count = 0; count < 100; count++) {
    const client = await server.open("/deflated", OFFER);
    await talk(client);
    clients.push(client);
  }
  const { rss } = await server.memory();
  // With zlib's defaults it would be 259 KiB each.
  expect((rss - before.rss) / 100).toBeLessThan(180 * 1_024);
  expect(await server.outcome()).toEqual({ sessionsOpened: 101, sessionsClosed: { 1006: 101 } });
});

const GUESSES = ["csrf-token=4f2a9c", "csrf-token=ffffff", "something=else000"];

async function lengths(server: HostileServer, path: string, opcode = 1): Promise<readonly number[]> {
  const client = await server.open(path, OFFER);
  const found: number[] = [];
  for (const guess of GUESSES) {
    client.frame({ opcode, payload: guess });
    found.push((await client.nextFrame()).payload.length);
  }
  return found;
}

closingCases.add(
  "T54",
  "the length of a reply tells nothing of a secret in it, unless compression was asked for",
  async (stage) => {
    const server = await stage.serve(CLOSINGS);
    expect(new Set(await lengths(server, "/plain")).size).toBe(1);
    // The difference that is meant: who switches compression on has it.
    expect(new Set(await lengths(server, "/deflated")).size).toBeGreaterThan(1);
    expect(await server.outcome()).toEqual({ sessionsOpened: 2, sessionsClosed: { 1006: 2 } });
  },
);

closingCases.add(
  "T54",
  "the length of a reply tells nothing of a secret in it, where its method says so",
  async (stage) => {
    const server = await stage.serve(CLOSINGS);
    for (const opcode of [1, 2]) {
      const [length, ...others] = await lengths(server, "/deflated/secret", opcode);
      expect(length).toBeGreaterThan(2_000);
      expect(others).toEqual([length, length]);
    }
    expect(await server.outcome()).toEqual({ sessionsOpened: 2, sessionsClosed: { 1006: 2 } });
  },
);

closingCases.add("T55", "a peer that does not answer our close frame is gone after 5 s", async (stage) => {
  const server = await stage.serve(CLOSINGS);
  await server.call("heard");
  const client = await server.open("/watched");
  client.frame({ opcode: 1, payload: '[4000,"bye"]' });
  expect(await client.nextClose()).toEqual({ code: 4000, reason: "bye" });
  await server.skip(4_900);
  expect(await server.call("heard")).toEqual(['message [4000,"bye"]', "close 4000"]);
  await server.skip(200);
  await client.untilEnded();
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 4000: 1 } });
});

for (const [what, mebibytes, frame] of [
  ["has broken the protocol", 1, { opcode: 3, payload: "x" }],
  ["was told that it is too big", 8, { opcode: 2, payload: "", length: 70_000 }],
] as const)
  closingCases.add("T55", `a peer that ${what} and goes on at full speed is not heard out`, async (stage) => {
    const server = await stage.serve(CLOSINGS);
    const client = await server.open("/watched");
    client.frame(frame);
    const { code } = await client.nextClose();
    client.write(Buffer.alloc(mebibytes * 1_048_576, 1));
    // Much sooner than a closing handshake may take; of one that is hostile, nothing is read meanwhile.
    let ended = false;
    void client.untilEnded().then(() => (ended = true));
    for (let skipped = 0; !ended && skipped < 2_000; skipped += 500) await server.skip(500);
    await client.untilEnded();
    expect(await server.outcome()).toEqual({
      sessionsOpened: 1,
      sessionsClosed: { [code]: 1 },
      errors: { transport: 1 },
    });
  });

closingCases.add("T55", "what comes behind the close frames is not handled", async (stage) => {
  const server = await stage.serve(CLOSINGS);
  await server.call("heard");
  const client = await server.open("/watched");
  client.frame({ opcode: 8, payload: closePayload(1000) }, { opcode: 1, payload: '[4001,"late"]' });
  expect(await client.nextClose()).toMatchObject({ code: 1000 });
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1000: 1 } });
  expect(await server.call("heard")).toEqual(["close 1000"]);
});

for (const [what, phrase, sent] of [
  ["160 bytes", "x".repeat(160), "x".repeat(123)],
  ["160 bytes of three-byte characters", "\u20ac".repeat(54), "\u20ac".repeat(41)],
  ["half a character", "\ud83d", "\ufffd"],
  ["123 bytes and half of a pair behind", `${"x".repeat(121)}\u{1f600}`, "x".repeat(121)],
] as const)
  closingCases.add("T55", `a close reason of ${what} is cut at a character, and closes`, async (stage) => {
    const server = await stage.serve(CLOSINGS);
    const client = await server.open("/watched");
    client.frame({ opcode: 1, payload: JSON.stringify([4000, phrase]) });
    expect(await client.nextClose()).toEqual({ code: 4000, reason: sent });
    client.frame({ opcode: 8, payload: closePayload(4000) });
    await client.untilEnded();
    expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 4000: 1 } });
  });

for (const code of [0, 999, 5000, 1.5, NaN, -1])
  closingCases.add("T55", `an application that closes with ${code}: 1011, and the process lives`, async (stage) => {
    const server = await stage.serve(CLOSINGS);
    const client = await server.open(`/careless?${code}`);
    const { code: seen, reason } = await client.nextClose();
    expect(seen).toBe(1011);
    expect(reason).not.toContain("whole number");
    await server.logged({ event: "error", hook: "onOpen", endpoint: "/careless" });
    expect(await server.outcome()).toEqual({
      sessionsOpened: 1,
      sessionsClosed: { 1011: 1 },
      errors: { onOpen: 1 },
    });
  });

for (const code of [1004, 1005, 1006, 1015, 1016, 2999])
  closingCases.add(
    "T55",
    `an application that closes with ${code}, which no frame may have: it closes`,
    async (stage) => {
      const server = await stage.serve(CLOSINGS);
      const client = await server.open(`/careless?${code}`);
      expect((await client.nextClose()).code).toBe(code === 1005 ? 1005 : 1000);
      expect((await server.outcome()).sessionsOpened).toBe(1);
      expect(await server.log()).toEqual([]);
    },
  );
