import { describe, expect, it } from "vitest";
import { closePayload, encodeFrame, FrameReader, judgeClose, Opcode, readClose } from "./peer-frame.js";

function readAll(bytes: Buffer, size = bytes.length): ReturnType<typeof FrameReader.prototype.read> {
  const reader = new FrameReader();
  const frames = [];
  for (let at = 0; at < bytes.length; at += size) frames.push(...reader.read(bytes.subarray(at, at + size)));
  return frames;
}

describe("encodeFrame", () => {
  it("writes the examples of RFC 6455 section 5.7", () => {
    const hex = (frame: Parameters<typeof encodeFrame>[0]): string => encodeFrame(frame).toString("hex");
    expect(hex({ opcode: 1, payload: "Hello", mask: false })).toBe("810548656c6c6f");
    expect(hex({ opcode: 1, payload: "Hello" })).toBe("818537fa213d7f9f4d5158");
    expect(hex({ opcode: 1, payload: "Hel", fin: false, mask: false })).toBe("010348656c");
    expect(hex({ opcode: 0, payload: "lo", mask: false })).toBe("80026c6f");
    expect(hex({ opcode: 9, payload: "Hello", mask: false })).toBe("890548656c6c6f");
    expect(hex({ opcode: 2, payload: Buffer.alloc(256), mask: false }).slice(0, 8)).toBe("827e0100");
    expect(hex({ opcode: 2, payload: Buffer.alloc(65_536), mask: false }).slice(0, 20)).toBe("827f0000000000010000");
  });

  it("writes what the protocol forbids: reserved bits, a foreign length, a key of one's own", () => {
    expect(encodeFrame({ opcode: 3, rsv: 7, mask: false, fin: false }).toString("hex")).toBe("7300");
    expect(encodeFrame({ opcode: 1, length: 2n ** 63n, mask: false }).toString("hex")).toBe("817f8000000000000000");
    expect(encodeFrame({ opcode: 1, payload: "a", mask: Buffer.of(1, 0, 0, 0) }).toString("hex")).toBe(
      "81810100000060",
    );
  });

  it("leaves the bytes it is given alone", () => {
    const payload = Buffer.from("abc");
    encodeFrame({ opcode: 2, payload });
    expect(payload.toString()).toBe("abc");
  });
});

describe("FrameReader", () => {
  const frames = [
    { opcode: Opcode.TEXT, payload: Buffer.from("a"), fin: false, mask: true },
    { opcode: Opcode.CONTINUATION, payload: Buffer.alloc(0), mask: false },
    { opcode: Opcode.BINARY, payload: Buffer.alloc(126, 1), rsv: 4, mask: false },
    { opcode: Opcode.BINARY, payload: Buffer.alloc(65_536, 2), mask: true },
    { opcode: Opcode.PING, payload: Buffer.from("p"), mask: true },
  ];
  const bytes = Buffer.concat(frames.map(encodeFrame));

  it.each([1, 2, 7, 1_000, bytes.length])("reads frames that come in pieces of %i bytes", (size) => {
    expect([...readAll(bytes, size)]).toEqual(
      frames.map(({ opcode, payload, fin = true, rsv = 0, mask }) => ({ opcode, payload, fin, rsv, masked: mask })),
    );
  });
});

describe("close frames", () => {
  it("are written and read", () => {
    expect(readClose(closePayload(1000, "bye"))).toEqual({ code: 1000, reason: "bye" });
    expect(readClose(closePayload())).toEqual({ code: 1005, reason: "" });
  });

  it("are judged as RFC 6455 section 7.4 says (T41)", () => {
    for (const code of [1000, 1003, 1007, 1014, 3000, 4999]) expect(judgeClose(closePayload(code))).toBeUndefined();
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000]) expect(judgeClose(closePayload(code))).toBe(1002);
    expect(judgeClose(Buffer.alloc(0))).toBeUndefined();
    expect(judgeClose(Buffer.alloc(1))).toBe(1002);
    expect(judgeClose(closePayload(1000, Buffer.of(0xff)))).toBe(1007);
  });
});
