import { describe, expect, it } from "vitest";
import { TextReader } from "./text-reader.js";

describe("TextReader", () => {
  it("gives text, chunk by chunk or as a whole, and keeps characters together", async () => {
    const reader = new TextReader();
    const bytes = Buffer.from("a😀");
    reader.push(bytes.subarray(0, 3));
    reader.push(bytes.subarray(3));
    reader.push(null);
    const chunks: string[] = [];
    for await (const chunk of reader) chunks.push(chunk);
    expect(chunks.join("")).toBe("a😀");
  });

  it("rejects text() when it fails before the end", async () => {
    const reader = new TextReader();
    reader.push("half");
    const text = reader.text();
    reader.destroy(new Error("gone"));
    await expect(text).rejects.toThrow("gone");
  });
});
