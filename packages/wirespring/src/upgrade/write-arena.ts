/**
 * Where small frames are put together until the end of a tick, one behind another, so that all frames of a connection leave in one write and cost no
 * buffer of their own. One arena for the whole process, because ticks do not overlap. Used by the `ws` transport.
 */

/** What a connection holds at most that the network does not take: small. */
const SIZE = 32_768;

/** Who has frames in the arena. */
export interface ArenaOwner {
  /** Another owner writes: what this one has put together so far is a chunk. */
  takeChunk(chunk: Buffer): void;
}

/** Gives the same bytes in a buffer of their own. */
export function copyOf(chunk: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(chunk.length);
  chunk.copy(copy);
  return copy;
}

export class WriteArena {
  #buffer = Buffer.allocUnsafeSlow(SIZE);
  /** Where the chunk of the current owner begins, and where the next frame goes. */
  #start = 0;
  #end = 0;
  #owner: ArenaOwner | undefined;
  /** Chunks that were given out and not told to be free. */
  #out = 0;
  /** One of them is still being written: the buffer is not ours any more. */
  #lost = false;

  /** Gives room for so many bytes, behind what the owner has put here before. Fill it from `end` on, then call `advance`. */
  room(owner: ArenaOwner, bytes: number): Buffer {
    if (this.#owner !== owner) {
      this.#cut();
      this.#owner = owner;
    }
    if (SIZE - this.#end < bytes) {
      this.#cut();
      this.#owner = owner;
      if (SIZE - this.#end < bytes) this.#renew();
    }
    return this.#buffer;
  }

  /** Where the owner's next byte goes. */
  get end(): number {
    return this.#end;
  }

  /** So many bytes were filled. */
  advance(bytes: number): void {
    this.#end += bytes;
  }

  /** Gives what the owner has put together since its last chunk; undefined when that is nothing. */
  take(owner: ArenaOwner): Buffer | undefined {
    if (this.#owner !== owner) return undefined;
    this.#owner = undefined;
    if (this.#end === this.#start) return undefined;
    const chunk = this.#buffer.subarray(this.#start, this.#end);
    this.#start = this.#end;
    this.#out++;
    return chunk;
  }

  /** So many chunks were written. `pending`: the network has not taken all of them. */
  free(chunks: number, pending: boolean): void {
    this.#out -= chunks;
    if (pending) this.#lost = true;
    if (this.#out > 0 || this.#owner !== undefined) return;
    if (this.#lost) this.#renew();
    else this.#start = this.#end = 0;
  }

  #cut(): void {
    const owner = this.#owner;
    if (owner === undefined) return;
    const chunk = this.take(owner);
    if (chunk !== undefined) owner.takeChunk(chunk);
  }

  /** Chunks of the old buffer that are out keep it alive. */
  #renew(): void {
    this.#buffer = Buffer.allocUnsafeSlow(SIZE);
    this.#start = this.#end = 0;
    this.#lost = false;
  }
}
