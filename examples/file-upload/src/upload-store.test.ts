import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TooLarge, UploadStore } from "./upload-store.js";

describe("UploadStore", () => {
  let store: UploadStore;

  beforeEach(async () => {
    store = await UploadStore.create({ file: 10, total: 15 });
  });

  afterEach(() => store.remove());

  async function put(text: string) {
    await using upload = await store.begin("a.txt");
    await upload.write(Buffer.from(text));
    return upload.finish();
  }

  it("writes what it gets, chunk after chunk, and gives size and digest", async () => {
    await using upload = await store.begin("a.txt");
    await upload.write(Buffer.from("hel"));
    await upload.write(Buffer.from("lo"));
    expect(upload.size).toBe(5);
    const sha256 = createHash("sha256").update("hello").digest("hex");
    expect(upload.finish()).toEqual({ name: "a.txt", size: 5, sha256 });
    const [file] = await readdir(store.folder);
    expect(await readFile(join(store.folder, file!), "utf8")).toBe("hello");
  });

  it.each(["../../escaped", "/etc/passwd", "a/b", ".."])("never uses the name %s as a path", async (name) => {
    await using upload = await store.begin(name);
    expect(upload.finish().name).toBe(name);
    expect(await readdir(store.folder)).toEqual([expect.stringMatching(/^[\da-f-]{36}$/)]);
  });

  it("keeps folder and files to itself", async () => {
    await put("hello");
    const [file] = await readdir(store.folder);
    expect((await stat(store.folder)).mode & 0o077).toBe(0);
    expect((await stat(join(store.folder, file!))).mode & 0o077).toBe(0);
  });

  it("takes a file up to its limit and no byte more", async () => {
    expect((await put("0123456789")).size).toBe(10);
    await expect(put("x".repeat(11))).rejects.toThrow(new TooLarge("a file has at most 10 bytes"));
    await using upload = await store.begin("b.txt");
    await upload.write(Buffer.alloc(4));
    await expect(upload.write(Buffer.alloc(7))).rejects.toThrow(TooLarge);
  });

  it("deletes what was not finished and gives its room back, once", async () => {
    await put("01234567");
    await expect(put("01234567")).rejects.toThrow(new TooLarge("the store is full"));
    expect(await readdir(store.folder)).toHaveLength(1);
    for (let round = 0; round < 2; round++) {
      const upload = await store.begin("c.txt");
      await upload.write(Buffer.alloc(7));
      await upload[Symbol.asyncDispose]();
      await upload[Symbol.asyncDispose]();
    }
    expect(await readdir(store.folder)).toHaveLength(1);
    await expect(put("01234567")).rejects.toThrow("the store is full");
  });

  it.each([Number.NaN, 0, -1, 1.5])("refuses %d as a limit", async (file) => {
    await expect(UploadStore.create({ file, total: 1 })).rejects.toThrow("the limit file must be a number of bytes");
  });

  it("goes with its folder", async () => {
    await put("hello");
    await store.remove();
    expect(existsSync(store.folder)).toBe(false);
  });
});
