import type { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { collect, readableOf, readerOf } from "./stream-codec.js";

describe("collect", () => {
  it("gives one message whether or not the encoder ends its writer, corked or not (J-92)", () => {
    const half = (writer: Writable): void => {
      writer.cork();
      writer.write("a\ud83d");
      writer.write("\ude00");
    };
    expect(collect("text", half)).toBe("a😀");
    expect(collect("text", (writer) => void writer.end("x"))).toBe("x");
    expect(collect("text", () => {})).toBe("");
    expect(Buffer.from(collect("binary", (writer) => void writer.write("é")) as Uint8Array).toString("hex")).toBe(
      "c3a9",
    );
  });

  it("waits for an asynchronous encoder, and fails with what it throws or destroys its writer with (J-93)", async () => {
    const error = new RangeError("mine");
    expect(await collect("text", async (writer) => void writer.write(await Promise.resolve("late")))).toBe("late");
    await expect(collect("text", () => Promise.reject(error))).rejects.toBe(error);
    expect(() => collect("text", (writer) => void writer.destroy(error))).toThrow(error);
    expect(() => collect("text", (writer) => void writer.destroy())).toThrow("destroyed its writer");
  });

  it("survives a write after the end", async () => {
    let kept!: Writable;
    expect(collect("text", (writer) => void (kept = writer))).toBe("");
    const closed = new Promise((resolve) => kept.once("close", resolve));
    kept.write("too late");
    await closed;
    expect(kept.errored).toMatchObject({ code: "ERR_STREAM_WRITE_AFTER_END" });
  });
});

describe("readers of whole messages", () => {
  it("give the message and its end", async () => {
    expect(await readerOf("a\ufeff").text()).toBe("a\ufeff");
    expect(await readerOf("").text()).toBe("");
    expect(Buffer.concat(await readableOf(Buffer.from("b")).toArray()).toString()).toBe("b");
  });
});
