import { describe, expect, it } from "vitest";
import { clientFrame, FrameReader, Opcode } from "./client-frames.js";

/** A frame as servers write it. */
function serverFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([0x80 | opcode, length]), payload]);
  if (length < 65_536) return Buffer.concat([Buffer.from([0x80 | opcode, 126, length >> 8, length & 255]), payload]);
  const header = Buffer.alloc(10);
  header[0] = 0x80 | opcode;
  header[1] = 127;
  header.writeUInt32BE(length, 6);
  return Buffer.concat([header, payload]);
}

/** What a reader tells when it gets these pieces. */
function read(pieces: readonly Buffer[]): [first: number, payload: string][] {
  const heard: [number, string][] = [];
  const reader = new FrameReader((first, bytes, start, end) =>
    heard.push([first, bytes.toString("latin1", start, end)]),
  );
  for (const piece of pieces) reader.push(piece);
  return heard;
}

const payloads = [0, 1, 125, 126, 65_535, 65_536].map((length) => Buffer.alloc(length, "abcdefg"));

describe("FrameReader", () => {
  it("finds frames of every length in one chunk", () => {
    const chunk = Buffer.concat(payloads.map((payload) => serverFrame(Opcode.text, payload)));
    expect(read([chunk])).toEqual(payloads.map((payload) => [0x81, payload.toString()]));
  });

  it.each([1, 2, 3, 7])("finds them also when they come %d bytes at a time", (size) => {
    const whole = Buffer.concat(payloads.slice(0, 4).map((payload) => serverFrame(Opcode.binary, payload)));
    const pieces: Buffer[] = [];
    for (let at = 0; at < whole.length; at += size) pieces.push(whole.subarray(at, at + size));
    expect(read(pieces)).toEqual(payloads.slice(0, 4).map((payload) => [0x82, payload.toString()]));
  });

  it("says nothing of a frame that is not whole", () => {
    expect(read([serverFrame(Opcode.text, Buffer.from("whole")).subarray(0, 6)])).toEqual([]);
  });

  it("refuses a frame that no server here sends", () => {
    expect(() => read([Buffer.from([0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0])])).toThrow("a frame has 4 GiB or more");
  });
});

describe("clientFrame", () => {
  it.each([0, 20, 125, 126, 1_024])("masks %d bytes, and says how many they are", (length) => {
    const payload = Buffer.alloc(length, "abcdefg");
    const frame = clientFrame(Opcode.binary, payload);
    const unmasked: Buffer[] = [];
    new FrameReader((first, bytes, start, end) => {
      expect(first).toBe(0x82);
      const mask = bytes.subarray(start - 4, start);
      unmasked.push(Buffer.from(bytes.subarray(start, end).map((byte, at) => byte ^ mask[at & 3]!)));
    }).push(frame);
    expect(unmasked).toEqual([payload]);
  });

  it("refuses more than it can say", () => {
    expect(() => clientFrame(Opcode.binary, Buffer.alloc(65_536))).toThrow(RangeError);
  });
});
