import { describe, expect, it } from "vitest";

import type { Delivery, TransportSink } from "../session/transport.js";
import { FrameScan, type Stop } from "./frame-scan.js";
import { Receiver } from "./ws-internals.js";

/** What a peer sends, and what a parser gives of it: always the same as the parser of ws, or nothing. */

interface Options {
  readonly mask?: readonly number[] | undefined;
  readonly first?: number;
  /** Takes the shortest header that fits unless it is said. */
  readonly header?: 7 | 16 | 64;
}

const KEY = [0x37, 0xfa, 0x21, 0x3d];

function frame(payload: string | Uint8Array, options: Options = {}): Buffer {
  const data = Buffer.from(payload as string);
  const mask = "mask" in options ? options.mask : KEY;
  const first = options.first ?? (typeof payload === "string" ? 0x81 : 0x82);
  const header = options.header ?? (data.length < 126 ? 7 : data.length < 65_536 ? 16 : 64);
  const head = Buffer.alloc({ 7: 2, 16: 4, 64: 10 }[header]);
  head[0] = first;
  head[1] = (mask === undefined ? 0 : 0x80) | (header === 7 ? data.length : header === 16 ? 126 : 127);
  if (header === 16) head.writeUInt16BE(data.length, 2);
  if (header === 64) head.writeBigUInt64BE(BigInt(data.length), 2);
  if (mask === undefined) return Buffer.concat([head, data]);
  return Buffer.concat([head, Buffer.from(mask), data.map((byte, index) => byte ^ mask[index & 3]!)]);
}

const shown = (data: Buffer, binary: boolean): string => `${binary ? "binary" : "text"} ${data.toString("hex")}`;

/** Everything that ws's parser gives of some bytes; an error ends it. */
async function byWs(bytes: Buffer, masked: boolean): Promise<string[]> {
  const given: string[] = [];
  const receiver = new Receiver({ isServer: masked, allowSynchronousEvents: true, maxPayload: 2 ** 28 });
  receiver.on("message", (data, binary) => given.push(shown(data as Buffer, binary)));
  await new Promise<void>((resolve) => {
    receiver.on("error", (error: Error & { code?: string }) => {
      given.push(String(error.code));
      resolve();
    });
    receiver.write(Buffer.from(bytes), () => resolve());
  });
  return given;
}

interface Scanned {
  readonly given: string[];
  readonly stop: Stop;
  readonly taken: number;
  readonly scan: FrameScan;
}

function byScan(
  bytes: Buffer,
  masked = true,
  { most = Infinity, delivery = { parts: false, maxBytes: 2 ** 28 } }: { most?: number; delivery?: Delivery } = {},
): Scanned {
  const given: string[] = [];
  const gate = {
    get isHolding(): boolean {
      return given.length >= most;
    },
    isDiscarding: false,
    isWindingDown: false,
  };
  const sink = {
    begin: (_binary: boolean, complete: boolean): Delivery => {
      expect(complete).toBe(true);
      return delivery;
    },
    message: (data: Buffer, binary: boolean) => void given.push(shown(data, binary)),
  };
  const scan = new FrameScan();
  const stop = scan.run(bytes, masked, sink as unknown as TransportSink, gate);
  return { given, stop, taken: scan.taken, scan };
}

/** At an odd place of a larger buffer, as a chunk of the network may be. */
function copyAt(offset: number, bytes: Buffer): Buffer {
  const room = Buffer.alloc(bytes.length + offset + 8, 0xee);
  bytes.copy(room, offset);
  return room.subarray(offset, offset + bytes.length);
}

const UTF8 = ["", "a", "é", "€", "😀", "\u0000", "\u007f\u0080", "\u07ff\u0800", "\uffff", "\u{10ffff}", "ascii é"];
const NOT_UTF8 = ["80", "c0af", "c1bf", "eda080", "f4908080", "e282", "61ff", "f0808080", "c3", "6161616180"];
const MASKS = [KEY, [0, 0, 0, 0], [255, 255, 255, 255], [0, 0, 0, 1], [0x80, 0, 0x80, 0]];

describe("FrameScan", () => {
  it.each(MASKS)("gives what the parser of ws gives, for all lengths, masked by %d %d %d %d", async (...mask) => {
    const payloads = [...Array.from({ length: 131 }, (_, length) => length), 1_000, 16_384, 65_535].map((length) =>
      Buffer.from(Array.from({ length }, (_, index) => (index * 7 + length) & 0x7f)),
    );
    for (const payload of payloads)
      for (const each of [payload, payload.toString()]) {
        const bytes = frame(each, { mask });
        const expected = await byWs(bytes, true);
        expect(expected).toHaveLength(1);
        for (const offset of [0, 1, 2, 3]) {
          const { given, stop, taken } = byScan(copyAt(offset, bytes));
          expect([given, stop, taken]).toEqual([expected, "end", bytes.length]);
        }
      }
  });

  it("gives what the parser of ws gives of a server, unmasked", async () => {
    for (const length of [0, 1, 47, 48, 125, 126, 65_535]) {
      const bytes = frame(Buffer.alloc(length, 0x9a), { mask: undefined });
      const { given, stop } = byScan(Buffer.from(bytes), false);
      expect([given, stop]).toEqual([await byWs(bytes, false), "end"]);
    }
  });

  it("gives several messages of one chunk, in order", async () => {
    const bytes = Buffer.concat(
      Array.from({ length: 300 }, (_, index) =>
        frame(index % 3 === 0 ? Buffer.alloc(index, index) : "ü".repeat(index)),
      ),
    );
    const { given, stop, taken } = byScan(Buffer.from(bytes));
    expect([stop, taken]).toEqual(["end", bytes.length]);
    expect(given).toEqual(await byWs(bytes, true));
  });

  it.each(UTF8)("takes %j as text, alone and behind much ASCII", async (text) => {
    for (const each of [text, `${"x".repeat(50)}${text}`, `${text}${"x".repeat(50)}`]) {
      const bytes = frame(each);
      const { given, stop } = byScan(Buffer.from(bytes));
      expect([given, stop]).toEqual([await byWs(bytes, true), "end"]);
    }
  });

  it.each(NOT_UTF8)("refuses the bytes %s as text, as the parser of ws does, and takes them as bytes", async (hex) => {
    for (const ahead of [0, 46, 47, 48, 49, 50, 51]) {
      const payload = Buffer.concat([Buffer.alloc(ahead, 0x61), Buffer.from(hex, "hex")]);
      const text = frame(payload, { first: 0x81 });
      expect(await byWs(text, true)).toEqual(["WS_ERR_INVALID_UTF8"]);
      expect(byScan(Buffer.from(text))).toMatchObject({ given: [], stop: "invalid", taken: 0 });
      expect(byScan(Buffer.from(frame(payload))).given).toEqual(await byWs(frame(payload), true));
    }
  });

  it("leaves a frame of which something is missing as it is, wherever the chunk ends", () => {
    for (const payload of ["hello", "x".repeat(126), "y".repeat(60)]) {
      const whole = frame("first");
      const bytes = Buffer.concat([whole, frame(payload)]);
      for (let end = whole.length + 1; end < bytes.length; end++) {
        const chunk = Buffer.from(bytes.subarray(0, end));
        const { given, taken } = byScan(chunk);
        expect([given.length, taken]).toEqual([1, whole.length]);
        expect(chunk.subarray(taken).equals(bytes.subarray(whole.length, end))).toBe(true);
      }
    }
  });

  it.each([
    ["a ping", frame("p", { first: 0x89 })],
    ["a pong", frame("p", { first: 0x8a })],
    ["a close frame", frame("", { first: 0x88 })],
    ["a first fragment", frame("a", { first: 0x01 })],
    ["a continuation", frame("a", { first: 0x80 })],
    ["a compressed message", frame("a", { first: 0xc1 })],
    ["a reserved bit", frame("a", { first: 0xa1 })],
    ["a reserved opcode", frame("a", { first: 0x83 })],
    ["a message without a mask", frame("a", { mask: undefined })],
    ["a medium one without a mask", frame("a".repeat(126), { mask: undefined })],
    ["65 536 bytes", frame("a".repeat(65_536))],
    ["a long header for a short message", frame("a", { header: 64 })],
  ])("leaves %s to the parser of ws, untouched, and what is behind it", (_name, other) => {
    const before = frame("before");
    const bytes = Buffer.concat([before, other, frame("behind")]);
    const chunk = Buffer.from(bytes);
    expect(byScan(chunk)).toMatchObject({ given: ["text 6265666f7265"], stop: "other", taken: before.length });
    expect(chunk.subarray(before.length).equals(bytes.subarray(before.length))).toBe(true);
  });

  it("leaves a masked message of a server to the parser of ws", () => {
    expect(byScan(frame("a"), false)).toMatchObject({ given: [], stop: "other", taken: 0 });
  });

  it("takes a length of 16 bits for a short message, as the parser of ws does", async () => {
    const bytes = frame("a", { header: 16 });
    expect(byScan(Buffer.from(bytes)).given).toEqual(await byWs(bytes, true));
  });

  it.each([
    ["is wanted in parts", { parts: true, maxBytes: 100 }],
    ["is too large", { parts: false, maxBytes: 4 }],
  ])("leaves a message that %s, with the answer of the sink", (_name, delivery) => {
    const bytes = frame("hello");
    const chunk = Buffer.from(bytes);
    const { given, stop, taken, scan } = byScan(chunk, true, { delivery });
    expect([given, stop, taken]).toEqual([[], "asked", 0]);
    expect([scan.parts, scan.maxBytes]).toEqual([delivery.parts, delivery.maxBytes]);
    expect(chunk.equals(bytes)).toBe(true);
  });

  it("stops behind the message with which its input is held", () => {
    const bytes = Buffer.concat([frame("1"), frame("2"), frame("3")]);
    const { given, stop, taken } = byScan(Buffer.from(bytes), true, { most: 2 });
    expect([given, stop, taken]).toEqual([["text 31", "text 32"], "end", 2 * frame("1").length]);
  });
});
