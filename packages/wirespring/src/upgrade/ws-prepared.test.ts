import { randomBytes } from "node:crypto";
import { constants, inflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Prepared } from "../session/transport.js";
import { WINDOW_BITS } from "./deflate-offer.js";
import { frameDeflated, TEXT } from "./ws-frame.js";
import { deflatedFrameOf, frameOf } from "./ws-prepared.js";

interface Frame {
  readonly first: number;
  readonly payload: Buffer;
}

/** Reads unmasked frames. */
function read(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length;) {
    const short = bytes[at + 1]!;
    const [length, from] =
      short < 126
        ? [short, at + 2]
        : short === 126
          ? [bytes.readUInt16BE(at + 2), at + 4]
          : [Number(bytes.readBigUInt64BE(at + 2)), at + 10];
    frames.push({ first: bytes[at]!, payload: bytes.subarray(from, from + length) });
    at = from + length;
  }
  return frames;
}

/** As the peer does, RFC 7692 section 7.2.2. */
function inflate(payload: Buffer): Buffer {
  return inflateRawSync(Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]), {
    windowBits: WINDOW_BITS,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
}

const LONG = "grüße ".repeat(1_000);

describe("frameDeflated", () => {
  it.each([0, 1, 1_023, 1_024, 5_000, 65_536, 100_000])("makes of %d bytes what inflates to them", (size) => {
    const bytes = Buffer.from(Array.from({ length: size }, (_, index) => (index * index) % 251));
    const [frame, ...others] = read(frameDeflated(bytes, TEXT, WINDOW_BITS));
    expect(others).toEqual([]);
    expect(frame!.first).toBe(0xc1);
    expect(inflate(frame!.payload).equals(bytes)).toBe(true);
  });
});

describe("a prepared message", () => {
  it("is framed once, whoever asks", () => {
    const message = new Prepared("grüße");
    expect(read(frameOf(message))).toEqual([{ first: 0x81, payload: Buffer.from("grüße") }]);
    expect(frameOf(message)).toBe(frameOf(message));
    expect(read(frameOf(new Prepared(Uint8Array.of(1))))).toEqual([{ first: 0x82, payload: Buffer.of(1) }]);
  });

  it("is compressed once, and inflates to its payload", () => {
    const message = new Prepared(LONG);
    const [frame] = read(deflatedFrameOf(message)!);
    expect(frame!.first).toBe(0xc1);
    expect(frame!.payload.length).toBeLessThan(Buffer.byteLength(LONG) / 10);
    expect(inflate(frame!.payload).toString()).toBe(LONG);
    expect(deflatedFrameOf(message)).toBe(deflatedFrameOf(message));
  });

  it("is not compressed where it is small", () => {
    const message = new Prepared("x".repeat(1_023));
    expect(deflatedFrameOf(message)).toBe(frameOf(message));
    expect(read(deflatedFrameOf(new Prepared("x".repeat(1_024)))!)[0]!.first).toBe(0xc1);
  });

  it("is left to ws where it is too large to be compressed on this thread", () => {
    const large = new Prepared("x".repeat(65_537));
    expect(deflatedFrameOf(large)).toBeUndefined();
    expect(deflatedFrameOf(Prepared.join([new Prepared("a"), large]))).toBeUndefined();
    expect(deflatedFrameOf(new Prepared("x".repeat(65_536)))).toBeDefined();
  });

  it("is never compressed where it says so, also as one of several", () => {
    const message = Prepared.plain(LONG);
    expect(deflatedFrameOf(message)).toBe(frameOf(message));
    const frames = read(deflatedFrameOf(Prepared.join([new Prepared(LONG), message]))!);
    expect(frames.map(({ first }) => first)).toEqual([0xc1, 0x81]);
  });

  it("that is several has the frames of each", () => {
    const messages = [new Prepared("a"), new Prepared(LONG), new Prepared(Uint8Array.of(2))];
    const joined = Prepared.join(messages);
    expect(frameOf(joined).equals(Buffer.concat(messages.map(frameOf)))).toBe(true);
    const frames = read(deflatedFrameOf(joined)!);
    expect(frames.map(({ first }) => first)).toEqual([0x81, 0xc1, 0x82]);
    expect(inflate(frames[1]!.payload).toString()).toBe(LONG);
    expect([frameOf(joined), deflatedFrameOf(joined)]).toEqual([frameOf(joined), deflatedFrameOf(joined)]);
    expect(joined.length).toBe(1 + Buffer.byteLength(LONG) + 1);
  });

  it("is in memory once when it is framed, and half as much again compressed, where its length counts it once", () => {
    const texts = Array.from({ length: 100 }, () => randomBytes(7_500).toString("base64"));
    const joined = Prepared.join(texts.map((text) => new Prepared(text)));
    const held = frameOf(joined);
    expect(joined.messages!.every(({ bytes }) => bytes.buffer === held.buffer)).toBe(true);
    expect(joined.messages!.map(({ bytes }) => String(bytes))).toEqual(texts);
    expect(held.buffer.byteLength / joined.length).toBeLessThan(1.01);
    expect((held.buffer.byteLength + deflatedFrameOf(joined)!.length) / joined.length).toBeLessThan(1.8);
  });
});
