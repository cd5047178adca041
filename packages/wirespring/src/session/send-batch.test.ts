import { describe, expect, it } from "vitest";
import { MESSAGE_OVERHEAD } from "./outbox.js";
import { SendBatch } from "./send-batch.js";
import { Prepared } from "./transport.js";

describe("SendBatch", () => {
  it("holds copies of bytes, and of what was prepared with what it says", () => {
    const batch = new SendBatch();
    const [own, prepared] = [Buffer.from("a"), new Prepared(Buffer.from("b"), false)];
    for (const message of [own, prepared, Prepared.plain("c")]) batch.hold(message, true);
    own[0] = prepared.bytes[0] = 0;
    const [first, second, third] = batch.take().map(({ message }) => message);
    expect(first).toEqual(Buffer.from("a"));
    expect(second).toMatchObject({ binary: true, compress: false, bytes: Buffer.from("b") });
    expect(third).toMatchObject({ binary: false, compress: false, bytes: Buffer.from("c") });
    expect(batch.take()).toEqual([]);
  });

  it("counts its bytes, what each message takes beside them, and not more messages than may be", () => {
    const batch = new SendBatch();
    batch.hold("é", true);
    batch.hold(Buffer.alloc(3), true);
    expect([batch.bytes, batch.size]).toEqual([5, 5 + 2 * MESSAGE_OVERHEAD]);
    for (let count = 3; count < 2_048; count++) expect(batch.hold("", true)).toBe(false);
    expect(batch.hold("", true)).toBe(true);
    batch.take();
    expect([batch.bytes, batch.size]).toEqual([0, 0]);
  });

  it("says when as much is held as may be", () => {
    const batch = new SendBatch();
    expect(batch.hold("x".repeat(65_000), true)).toBe(false);
    expect(batch.hold(new Prepared("x".repeat(600)), true)).toBe(true);
  });
});
