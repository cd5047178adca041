import type { Duplex } from "node:stream";

/**
 * A socket whose handshake waits for the application. The peer's leaving must be seen, which only reading shows (T18, T19); what it says too
 * early must be kept. Made by the upgrade listener for handshakes that are not answered at once.
 */

/** Early bytes that are kept; no well-behaved client sends any before it has the answer. One chunk more may come. */
const MAX_EARLY_BYTES = 16_384;

export class HeldSocket {
  readonly #socket: Duplex;
  readonly #left: () => void;
  readonly #early: Buffer[];
  #bytes: number;
  #paused = false;

  /**
   * @param head What came with the request.
   * @param left Called once when the peer has ended or lost its side. Not seen while more early bytes wait than are kept.
   */
  constructor(socket: Duplex, head: Buffer, left: () => void) {
    this.#socket = socket;
    this.#left = left;
    this.#early = [head];
    this.#bytes = head.length;
    // Node has ended this one already if the peer was quick.
    if (socket.destroyed || socket.readableEnded) left();
    socket.on("data", this.#keep);
    socket.once("end", this.#leave);
    socket.once("close", this.#leave);
  }

  /** Lets the socket go as it was got and gives what came meanwhile: the head to hand over. */
  release(): Buffer {
    const socket = this.#socket;
    socket.off("data", this.#keep);
    socket.off("end", this.#leave);
    socket.off("close", this.#leave);
    // Flowing with no listener loses nothing until this tick's end; whoever takes over listens before. Paused, it would wait for ever.
    if (this.#paused) socket.resume();
    return this.#early.length === 1 ? this.#early[0]! : Buffer.concat(this.#early);
  }

  readonly #keep = (chunk: Buffer): void => {
    this.#early.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < MAX_EARLY_BYTES) return;
    this.#paused = true;
    this.#socket.pause();
  };

  readonly #leave = (): void => {
    this.#socket.off("end", this.#leave);
    this.#socket.off("close", this.#leave);
    this.#left();
  };
}
