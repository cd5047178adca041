import { createHash, randomUUID } from "node:crypto";
import { mkdtemp, open, rm, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Receipt } from "./receipt.js";

/** How much the store takes, in bytes. */
export interface StoreLimits {
  /** Largest upload. */
  readonly file: number;
  /** All uploads together. */
  readonly total: number;
}

/** Reports that an upload does not fit. Its message is for the one who uploads. */
export class TooLarge extends Error {
  override readonly name = "TooLarge";
}

/**
 * Keeps uploads in a temporary folder, which goes when the application ends. Knows nothing of sockets: it gets bytes and counts them, because only
 * what has arrived is true, whatever a peer announces.
 */
export class UploadStore {
  readonly folder: string;
  readonly #limits: StoreLimits;
  #used = 0;

  /** @param folder Exists, and is this store's alone. */
  constructor(folder: string, limits: StoreLimits) {
    this.folder = folder;
    this.#limits = limits;
  }

  /** Makes a store with a folder of its own, which nobody else may read. Rejects with `RangeError` for limits that are none. */
  static async create(limits: StoreLimits): Promise<UploadStore> {
    // Nothing is larger than NaN: what is no number would be no limit.
    for (const [name, limit] of Object.entries(limits))
      if (!Number.isSafeInteger(limit) || limit < 1)
        throw new RangeError(`the limit ${name} must be a number of bytes, found ${limit}`);
    return new UploadStore(await mkdtemp(join(tmpdir(), "wirespring-uploads-")), limits);
  }

  /** Begins an upload; dispose it, and what was not finished is deleted. */
  async begin(name: string): Promise<Upload> {
    // The peer's name goes into the receipt only. A name that it chose could lead out of the folder.
    const path = join(this.folder, randomUUID());
    return new Upload(name, path, await open(path, "wx", 0o600), this);
  }

  /** Takes room for further bytes of an upload, before they are written. Throws `TooLarge` when there is none. */
  reserve(bytes: number, size: number): void {
    if (size + bytes > this.#limits.file) throw new TooLarge(`a file has at most ${this.#limits.file} bytes`);
    if (this.#used + bytes > this.#limits.total) throw new TooLarge("the store is full");
    this.#used += bytes;
  }

  /** Gives the room of a deleted upload back. */
  release(bytes: number): void {
    this.#used -= bytes;
  }

  /** Deletes the folder and all that is in it. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** One file on its way: hashed and written chunk by chunk, never held as a whole. */
export class Upload implements AsyncDisposable {
  readonly #name: string;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #store: UploadStore;
  readonly #hash = createHash("sha256");
  #size = 0;
  #finished = false;
  #disposed = false;

  constructor(name: string, path: string, file: FileHandle, store: UploadStore) {
    this.#name = name;
    this.#path = path;
    this.#file = file;
    this.#store = store;
  }

  /** Bytes that are on the disk, or that the operating system has taken for it. */
  get size(): number {
    return this.#size;
  }

  /** Resolves when the disk has taken the chunk: whoever waits for that before it reads on is as slow as the disk. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#store.reserve(chunk.length, this.#size);
    this.#size += chunk.length;
    this.#hash.update(chunk);
    // Goes on where the last one ended, until all of it is written.
    await this.#file.writeFile(chunk);
  }

  finish(): Receipt {
    this.#finished = true;
    return new Receipt(this.#name, this.#size, this.#hash.digest("hex"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#file.close();
    if (this.#finished) return;
    await rm(this.#path, { force: true });
    this.#store.release(this.#size);
  }
}
