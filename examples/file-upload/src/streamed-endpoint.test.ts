import { OnMessage, ServerEndpoint } from "wirespring";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { PiecewiseEndpoint } from "./piecewise-endpoint.js";
import { StreamedEndpoint } from "./streamed-endpoint.js";
import { serveUploads } from "./upload-server.test.fixture.js";
import { LARGEST_CHUNK } from "./upload-protocol.js";
import { Upload } from "./upload-store.js";
import { upload } from "./uploader.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "wirespring-to-upload-"));
});

afterAll(() => rm(folder, { recursive: true }));

afterEach(() => {
  vi.restoreAllMocks();
});

async function fileOf(bytes: Buffer, name = "file.bin"): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

describe("StreamedEndpoint and upload", () => {
  it.each([0, 1, LARGEST_CHUNK, LARGEST_CHUNK + 1, 5_000_000])("take a file of %i bytes", async (size) => {
    await using server = await serveUploads([StreamedEndpoint]);
    const bytes = randomBytes(size);
    const progress = vi.fn<(sent: number, size: number) => void>();
    const receipt = await upload(await fileOf(bytes), server.url, progress);
    expect(receipt).toEqual({ name: "file.bin", size, sha256: sha256(bytes) });
    // Compared as a whole: item by item takes vitest a minute.
    expect((await server.files()).map((file) => file.equals(bytes))).toEqual([true]);
    if (size > 0) expect(progress).toHaveBeenLastCalledWith(size, size);
  });

  it.each(["a b.txt", "größe 100%.txt", "what?#.txt"])("take the name %s as it is", async (name) => {
    await using server = await serveUploads([StreamedEndpoint]);
    expect((await upload(await fileOf(Buffer.from("x"), name), server.url)).name).toBe(name);
  });

  it("end with the server's reason, and leave nothing, when the file is too large", async () => {
    await using server = await serveUploads([StreamedEndpoint], 1_000_000);
    const path = await fileOf(randomBytes(20_000_000));
    await expect(upload(path, server.url)).rejects.toThrow("a file has at most 1000000 bytes");
    await server.drain();
    expect(await server.files()).toEqual([]);
  });

  it("let the sender wait while the disk does", { timeout: 20_000 }, async () => {
    const size = 32 * 1_048_576;
    await using server = await serveUploads([StreamedEndpoint]);
    const path = await fileOf(Buffer.alloc(size));
    let sent = 0;
    let sentMeanwhile = 0;
    const write = Upload.prototype.write;
    vi.spyOn(Upload.prototype, "write").mockImplementationOnce(async function (this: Upload, chunk) {
      // Far more turns than the whole file takes where nothing holds the sender.
      for (let turn = 0; turn < 2_000; turn++) await setImmediate();
      sentMeanwhile = sent;
      await write.call(this, chunk);
    });
    const receipt = await upload(path, server.url, (bytes) => (sent = bytes));
    expect(receipt.size).toBe(size);
    expect(sentMeanwhile).toBeGreaterThan(0);
    expect(sentMeanwhile).toBeLessThan(size / 2);
  });
});

describe("StreamedEndpoint", () => {
  it("refuses a frame that is larger than agreed on with 1009", async () => {
    await using server = await serveUploads([StreamedEndpoint]);
    const client = new WebSocket(`${server.url}/files/a`);
    await once(client, "open");
    client.send(Buffer.alloc(LARGEST_CHUNK + 1));
    expect((await once(client, "close"))[0]).toBe(1009);
    await server.drain();
    expect(await server.files()).toEqual([]);
  });

  it("deletes half a file when its sender goes away", async () => {
    await using server = await serveUploads([StreamedEndpoint]);
    const client = new WebSocket(`${server.url}/files/a`);
    await once(client, "open");
    const written = new Promise<void>((resolve) => {
      const write = Upload.prototype.write;
      vi.spyOn(Upload.prototype, "write").mockImplementation(async function (this: Upload, chunk) {
        await write.call(this, chunk);
        resolve();
      });
    });
    client.send(Buffer.alloc(1_000), { fin: false });
    await written;
    expect((await server.files())[0]).toHaveLength(1_000);
    client.terminate();
    await server.drain();
    expect(await server.files()).toEqual([]);
  });

  it("takes one file after another on one connection", async () => {
    await using server = await serveUploads([StreamedEndpoint]);
    const client = new WebSocket(`${server.url}/files/a`);
    await once(client, "open");
    for (const text of ["one", "two"]) {
      client.send(Buffer.from(text));
      const [answer] = (await once(client, "message")) as [Buffer];
      expect(JSON.parse(String(answer))).toMatchObject({ size: 3, sha256: sha256(Buffer.from(text)) });
    }
    expect(await server.files()).toHaveLength(2);
  });
});

describe("upload", () => {
  const frames: { length: number; last: boolean }[] = [];

  /** Keeps the frames as they come, and has not got what was sent. */
  @ServerEndpoint("/files/{name}")
  class Frames {
    @OnMessage()
    part(part: Buffer, last: boolean): string | undefined {
      frames.push({ length: part.length, last });
      return last ? '{"name":"a","size":1,"sha256":"00"}' : undefined;
    }
  }

  it("sends one message in frames of at most LARGEST_CHUNK, and compares what has arrived", async () => {
    await using server = await serveUploads([Frames]);
    frames.length = 0;
    const path = await fileOf(randomBytes(3 * LARGEST_CHUNK + 5));
    await expect(upload(path, server.url)).rejects.toThrow("what the server has is not what was sent");
    expect(frames.map(({ length }) => length).filter((length) => length > 0)).toEqual([
      LARGEST_CHUNK,
      LARGEST_CHUNK,
      LARGEST_CHUNK,
      5,
    ]);
    expect(frames.map(({ last }) => last).indexOf(true)).toBe(frames.length - 1);
  });

  it("rejects where there is no file, no endpoint, or no server", async () => {
    await expect(upload(join(folder, "missing"), "ws://127.0.0.1:1")).rejects.toMatchObject({ code: "ENOENT" });
    const path = await fileOf(Buffer.from("x"));
    await using server = await serveUploads([PiecewiseEndpoint]);
    await expect(upload(path, server.url)).rejects.toMatchObject({ status: 404 });
    await expect(upload(path, "ws://127.0.0.1:1")).rejects.toMatchObject({ code: "WS_CONNECT_FAILED" });
  });
});
