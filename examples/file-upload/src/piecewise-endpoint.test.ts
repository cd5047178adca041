import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { PiecewiseEndpoint } from "./piecewise-endpoint.js";
import { serveUploads } from "./upload-server.test.fixture.js";
import { LARGEST_CHUNK } from "./upload-protocol.js";
import { Upload } from "./upload-store.js";

/** What the page's script exports; it is plain JavaScript and comes without types. */
interface PiecewiseModule {
  sendFile: (
    file: Blob,
    url: string,
    options?: { progress?: (received: number) => void; signal?: AbortSignal },
  ) => Promise<unknown>;
}

const { sendFile } = (await import(new URL("../public/piecewise.js", import.meta.url).href)) as PiecewiseModule;

/** How far the page may be ahead of the answers. */
const AHEAD = 4 * LARGEST_CHUNK;

afterEach(() => {
  vi.restoreAllMocks();
});

describe("PiecewiseEndpoint and the page's sendFile", () => {
  let sent: number;

  beforeEach(() => {
    sent = 0;
    class Counting extends WebSocket {
      override send(data: string | ArrayBuffer): void {
        if (data instanceof ArrayBuffer) sent += data.byteLength;
        super.send(data);
      }
    }
    vi.stubGlobal("WebSocket", Counting);
  });

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it.each([0, 1, LARGEST_CHUNK, AHEAD + 1, 5_000_000])("take a file of %i bytes", async (size) => {
    await using server = await serveUploads([PiecewiseEndpoint]);
    const bytes = randomBytes(size);
    const progress: number[] = [];
    const receipt = await sendFile(new Blob([bytes]), `${server.url}/pieces/a%20b`, {
      progress: (received) => progress.push(received),
    });
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(receipt).toEqual({ name: "a b", size, sha256 });
    // Compared as a whole: item by item takes vitest a minute.
    expect((await server.files()).map((file) => file.equals(bytes))).toEqual([true]);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress).toHaveLength(Math.ceil(size / LARGEST_CHUNK));
    expect(progress.at(-1) ?? 0).toBe(size);
  });

  it("never go further ahead of the answers than agreed on", async () => {
    await using server = await serveUploads([PiecewiseEndpoint]);
    let furthest = 0;
    const write = Upload.prototype.write;
    vi.spyOn(Upload.prototype, "write").mockImplementation(async function (this: Upload, chunk) {
      furthest = Math.max(furthest, sent - this.size);
      await write.call(this, chunk);
    });
    await sendFile(new Blob([randomBytes(20 * LARGEST_CHUNK)]), `${server.url}/pieces/a`);
    expect(furthest).toBeGreaterThan(0);
    // One answer may be on its way.
    expect(furthest).toBeLessThanOrEqual(AHEAD + LARGEST_CHUNK);
  });

  it("end with the server's reason, and leave nothing, when the file is too large", async () => {
    await using server = await serveUploads([PiecewiseEndpoint], 1_000_000);
    const file = new Blob([randomBytes(5_000_000)]);
    await expect(sendFile(file, `${server.url}/pieces/a`)).rejects.toThrow(
      "The server has ended the upload: a file has at most 1000000 bytes.",
    );
    await server.drain();
    expect(await server.files()).toEqual([]);
    expect(sent).toBeLessThan(3_000_000);
  });

  it("end, and leave nothing, when the person cancels", async () => {
    await using server = await serveUploads([PiecewiseEndpoint]);
    const person = new AbortController();
    const file = new Blob([randomBytes(5_000_000)]);
    const sending = sendFile(file, `${server.url}/pieces/a`, { signal: person.signal, progress: () => person.abort() });
    await expect(sending).rejects.toThrow("The upload was cancelled.");
    await server.drain();
    expect(await server.files()).toEqual([]);
  });

  it("end when the file cannot be read to its end", async () => {
    await using server = await serveUploads([PiecewiseEndpoint]);
    const file = new Blob([randomBytes(5_000_000)]);
    vi.spyOn(file, "slice").mockImplementation(
      () => ({ arrayBuffer: () => Promise.reject(new Error("gone")) }) as never,
    );
    await expect(sendFile(file, `${server.url}/pieces/a`)).rejects.toThrow("could not be read");
    await server.drain();
    expect(await server.files()).toEqual([]);
  });
});

describe("PiecewiseEndpoint", () => {
  it("refuses a piece that is larger than agreed on with 1009", async () => {
    await using server = await serveUploads([PiecewiseEndpoint]);
    const client = new WebSocket(`${server.url}/pieces/a`);
    await once(client, "open");
    client.send(Buffer.alloc(LARGEST_CHUNK + 1));
    expect((await once(client, "close"))[0]).toBe(1009);
    await server.drain();
    expect(await server.files()).toEqual([]);
  });

  it("takes one file after another on one connection", async () => {
    await using server = await serveUploads([PiecewiseEndpoint]);
    const client = new WebSocket(`${server.url}/pieces/a`);
    await once(client, "open");
    const answer = async (): Promise<unknown> => JSON.parse(String((await once(client, "message"))[0]));
    for (const text of ["one", "three"]) {
      client.send(Buffer.from(text));
      expect(await answer()).toEqual({ received: text.length });
      client.send("end");
      expect(await answer()).toMatchObject({ name: "a", size: text.length });
    }
    expect((await server.files()).map(String).toSorted()).toEqual(["one", "three"]);
  });

  it("closes with 1011 and a phrase of its own when the disk fails", async () => {
    const complaint = vi.spyOn(console, "error").mockImplementation(() => {});
    await using server = await serveUploads([PiecewiseEndpoint]);
    vi.spyOn(Upload.prototype, "write").mockRejectedValue(new Error("ENOSPC at /secret/path"));
    const client = new WebSocket(`${server.url}/pieces/a`);
    await once(client, "open");
    client.send(Buffer.alloc(1));
    const [code, reason] = (await once(client, "close")) as [number, Buffer];
    expect([code, String(reason)]).toEqual([1011, "the upload could not be stored"]);
    expect(complaint).toHaveBeenCalledOnce();
  });
});
