import { describe, expect, it } from "vitest";
import { CloseCodes, CloseReason, isSendable } from "./close-reason.js";

describe("CloseReason", () => {
  it("keeps code and phrase, and takes a missing phrase for an empty one (J-156)", () => {
    expect(new CloseReason(CloseCodes.GOING_AWAY, "bye")).toMatchObject({ code: 1001, reasonPhrase: "bye" });
    expect(new CloseReason(1000).reasonPhrase).toBe("");
    expect(new CloseReason(1000, null).reasonPhrase).toBe("");
  });

  it.each([999, 5000, 0, -1, 1000.5, Number.NaN, "1000" as unknown as number])("refuses the code %s", (code) => {
    expect(() => new CloseReason(code)).toThrowError(expect.objectContaining({ code: "WS_ILLEGAL_ARGUMENT" }));
  });

  it.each([
    ["ASCII", "x".repeat(200), 123],
    ["two bytes a character", "é".repeat(100), 122],
    ["three bytes a character", "€".repeat(100), 123],
    ["four bytes a character", "😀".repeat(100), 120],
    ["a border that falls into a character", `${"x".repeat(122)}€`, 122],
  ])("cuts a phrase of %s at 123 bytes on a character border (T55)", (_name, phrase, bytes) => {
    const cut = new CloseReason(1000, phrase).reasonPhrase;
    expect(Buffer.byteLength(cut)).toBe(bytes);
    expect(phrase.startsWith(cut)).toBe(true);
  });

  it("keeps a phrase of exactly 123 bytes", () => {
    const phrase = `${"x".repeat(120)}€`;
    expect(new CloseReason(1000, phrase).reasonPhrase).toBe(phrase);
  });
});

describe("isSendable", () => {
  it("admits what RFC 6455 section 7.4 lets an endpoint send", () => {
    const sendable = Array.from({ length: 6000 }, (_, code) => code).filter(isSendable);
    expect(sendable.slice(0, 12)).toEqual([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014]);
    expect(sendable.slice(12)).toEqual(Array.from({ length: 2000 }, (_, index) => 3000 + index));
  });
});
