import { Receiver } from "./ws-internals.js";
import { describe, expect, it } from "vitest";
import { BINARY, CONTINUATION, frameBytes, frameText, frameWhole, TEXT } from "./ws-frame.js";

const hex = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString("hex");

describe("frames of a server", () => {
  it("are the examples of RFC 6455 section 5.7", () => {
    expect(hex(frameText("Hello", TEXT, true))).toBe("810548656c6c6f");
    expect(hex(frameText("Hel", TEXT, false))).toBe("010348656c");
    expect(hex(frameText("lo", CONTINUATION, true))).toBe("80026c6f");
    expect(hex(frameBytes(Buffer.alloc(256), BINARY, true)).slice(0, 8)).toBe("827e0100");
    expect(hex(frameBytes(Buffer.alloc(65_536), BINARY, true)).slice(0, 20)).toBe("827f0000000000010000");
  });

  it("declare lengths beyond 32 bits", () => {
    // Only the header is looked at: nobody has 5 GB for a test.
    const bytes = Object.defineProperty(new Uint8Array(0), "length", { value: 5_000_000_000 });
    expect(Buffer.from(frameBytes(bytes, BINARY, true)[0]!).toString("hex")).toBe("827f000000012a05f200");
  });

  it.each([0, 1, 125, 126, 127, 16_384, 16_385, 65_535, 65_536, 70_000])(
    "of %i bytes are read by ws's own parser",
    (size) => {
      const receiver = new Receiver({ isServer: false });
      const got: [Buffer, boolean][] = [];
      receiver.on("message", (data: Buffer, binary: boolean) => got.push([data, binary]));
      const text = "é".repeat(Math.floor(size / 2)) + "x".repeat(size % 2);
      const bytes = Buffer.alloc(size, 3);
      const ascii = "x".repeat(size);
      for (const chunk of [
        ...frameText(text, TEXT, true),
        ...frameText(ascii, TEXT, true),
        ...frameBytes(bytes, BINARY, true),
      ])
        receiver.write(chunk);
      receiver.write(frameWhole(bytes, BINARY, true));
      expect(got.map(([data, binary]) => [data.length, binary])).toEqual([
        [size, false],
        [size, false],
        [size, true],
        [size, true],
      ]);
      expect([got[0]![0].toString(), got[1]![0].toString()]).toEqual([text, ascii]);
      expect([got[2]![0].equals(bytes), got[3]![0].equals(bytes)]).toEqual([true, true]);
    },
  );

  it("of small messages are one chunk, and large ones are not copied", () => {
    expect(frameText("small", TEXT, true).length).toBe(1);
    const large = new Uint8Array(100_000);
    expect(frameBytes(large, BINARY, true)[1]).toBe(large);
  });
});
