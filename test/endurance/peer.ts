import { encodeFrame, Opcode, readClose, type PeerFrame } from "@wirespring/testing";
import { connect, type Socket } from "node:net";

/**
 * A WebSocket client that costs little, so that ten thousand fit into one process and their own delay is small. Keeps nothing of what it is sent.
 * Used by the proofs, and by the program that floods.
 */

/** What a server said last: 1006 when it ended without a close frame. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
}

/** Says what a peer does by itself. */
export interface PeerOptions {
  readonly path: string;
  /** Called with each message. */
  readonly heard?: (message: Buffer) => void;
}

/** How long a handshake may take, milliseconds. */
const PATIENCE = 60_000;

const EMPTY = Buffer.alloc(0);

const END_OF_HEAD = "\r\n\r\n";

/** A connection to a server, as an ordinary client has it: answers pings and close frames, unless it reads nothing. */
export class Peer {
  readonly socket: Socket;
  /** Resolves when the connection has ended, however it has. */
  readonly ended: Promise<Ending>;
  /** Undefined while the connection lasts. */
  ending: Ending | undefined;
  /** The beginning of a frame of which the rest is still to come. */
  #rest: Buffer = EMPTY;
  readonly #heard: ((message: Buffer) => void) | undefined;
  #end!: (ending: Ending) => void;
  #close: Ending | undefined;
  #status: ((status: number) => void) | undefined;
  #head: string | undefined = "";

  private constructor(port: number, { path, heard }: PeerOptions) {
    this.#heard = heard;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.socket.on("data", (chunk: Buffer) => this.#read(chunk));
    // What has become of it is in `ending`.
    this.socket.on("error", () => {});
    this.socket.on("close", () => this.#over());
    this.socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
  }

  /** Connects and upgrades. Rejects when that is refused. */
  static async open(port: number, options: PeerOptions): Promise<Peer> {
    const { peer, status } = await Peer.ask(port, options);
    if (status === 101) return peer;
    peer.socket.destroy();
    throw new Error(`the upgrade to ${options.path} was answered with ${status}`);
  }

  /** Opens many, not too many at one time. */
  static async openMany(port: number, count: number, options: PeerOptions): Promise<readonly Peer[]> {
    const peers: Peer[] = [];
    await together(100, count, async () => void peers.push(await Peer.open(port, options)));
    return peers;
  }

  /** Connects, asks for an upgrade, and gives the status that it is answered with: 0 when there is none. */
  static async ask(port: number, options: PeerOptions): Promise<{ readonly peer: Peer; readonly status: number }> {
    const peer = new Peer(port, options);
    const guard = setTimeout(() => peer.socket.destroy(), PATIENCE);
    const status = await new Promise<number>((resolve) => (peer.#status = resolve));
    clearTimeout(guard);
    return { peer, status };
  }

  /** Sends frames in one write. Tells whether the socket wants more. */
  send(...frames: PeerFrame[]): boolean {
    return this.socket.write(frames.length === 1 ? encodeFrame(frames[0]!) : Buffer.concat(frames.map(encodeFrame)));
  }

  #read(chunk: Buffer): void {
    const frames = this.#head === undefined ? chunk : this.#readHead(chunk);
    if (this.#head !== undefined) return;
    let bytes = this.#rest.length === 0 ? frames : Buffer.concat([this.#rest, frames]);
    for (let size = frameSize(bytes); size.whole <= bytes.length; size = frameSize(bytes)) {
      this.#frame(bytes[0]! & 0x0f, bytes.subarray(size.head, size.whole));
      bytes = bytes.subarray(size.whole);
    }
    this.#rest = bytes;
  }

  #frame(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.PING) this.send({ opcode: Opcode.PONG, payload });
    else if (opcode === Opcode.CLOSE) this.#closed(payload);
    else if (opcode !== Opcode.PONG) this.#heard?.(payload);
  }

  #readHead(chunk: Buffer): Buffer {
    const head = this.#head + chunk.toString("latin1");
    const end = head.indexOf(END_OF_HEAD);
    if (end < 0) {
      this.#head = head;
      return EMPTY;
    }
    const status = Number(head.slice(9, 12));
    if (status === 101) this.#head = undefined;
    this.#answered(status);
    return Buffer.from(head.slice(end + END_OF_HEAD.length), "latin1");
  }

  #answered(status: number): void {
    this.#status?.(status);
    this.#status = undefined;
  }

  #closed(payload: Buffer): void {
    this.#close ??= readClose(payload);
    if (!this.socket.writable) return;
    this.send({ opcode: Opcode.CLOSE, payload: payload.subarray(0, 2) });
    this.socket.end();
  }

  #over(): void {
    this.#answered(0);
    this.ending = this.#close ?? { code: 1006, reason: "" };
    this.#end(this.ending);
  }
}

/** Bytes of the head of a server's frame, and of all of it: Infinity while that cannot be known. */
function frameSize(bytes: Buffer): { readonly head: number; readonly whole: number } {
  const unknown = { head: 0, whole: Infinity };
  if (bytes.length < 2) return unknown;
  const length = bytes[1]! & 0x7f;
  if (length < 126) return { head: 2, whole: 2 + length };
  const head = length === 126 ? 4 : 10;
  if (bytes.length < head) return unknown;
  return { head, whole: head + (length === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))) };
}

/** Does something so many times, at most `most` of them at one time. */
export async function together(most: number, count: number, task: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: Math.min(most, count) }, one));
}
