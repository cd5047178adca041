import type { Socket } from "node:net";
import { HEARTBEAT, Prepared, type SendCallback, type SendOptions } from "../session/transport.js";
import { WINDOW_BITS } from "./deflate-offer.js";
import {
  BINARY,
  CONTINUATION,
  frameBytes,
  frameText,
  frameWhole,
  HEADER_ROOM,
  LARGEST_GATHERED,
  PING,
  putBytes,
  putText,
  TEXT,
} from "./ws-frame.js";
import { deflatedFrameOf, frameOf } from "./ws-prepared.js";
import { DEFLATE, IDLE, type WebSocketInternals, type WriteCallback } from "./ws-internals.js";
import type { WsSocket } from "./ws-socket.js";
import { copyOf, WriteArena, type ArenaOwner } from "./write-arena.js";

/**
 * What one connection of the `ws` package writes: everything of a tick leaves in one write, small frames put together in the arena, and nothing
 * overtakes anything. Made by the `ws` transport, which has looked whether the connection is open; calls the socket, or ws's sender for what is
 * masked or compressed.
 */

const NO_DATA = Buffer.alloc(0);

/** The same for everybody: thousands of silent connections cost next to nothing. */
const HEARTBEAT_FRAME = frameWhole(HEARTBEAT, PING, true);

const LOST = "the connection ended before the message was handed to the network";

export class WsWrites implements ArenaOwner {
  readonly #ws: WsSocket;
  readonly #internals: WebSocketInternals;
  /** Whether a frame of ours may go to the socket as it is: not masked, nothing compressed. */
  readonly #plain: boolean;
  /** Whether messages are compressed as all other sessions' are: by themselves, with our window. */
  readonly #deflatesAlike: boolean;
  /** Something is to be written at the end of this tick. */
  #isDue = false;
  #corked = false;
  /** Frames of this tick that the arena had to let go, and how many of its chunks the socket has been given. */
  #chunks: Buffer[] | undefined;
  #given = 0;
  #givenAsCopy = false;
  /** Bytes in the arena, and who waits for them to be written. */
  #gathered = 0;
  #gatheredFor: SendCallback[] | undefined;
  /** What the socket has failed with first. */
  socketError: Error | undefined;
  /** A callback that comes again and again, and what `#written` has made of it. */
  #lasting: SendCallback | undefined;
  #whenWritten: WriteCallback | undefined;

  constructor(ws: WsSocket, internals: WebSocketInternals) {
    this.#ws = ws;
    this.#internals = internals;
    const { _receiver, _isServer } = internals;
    const deflate = _receiver._extensions[DEFLATE];
    this.#plain = _isServer && deflate === undefined;
    this.#deflatesAlike =
      _isServer &&
      deflate?.params?.server_no_context_takeover === true &&
      deflate.params.server_max_window_bits === WINDOW_BITS;
  }

  /** Bytes that were put together and not written. */
  get gathered(): number {
    return this.#gathered;
  }

  send(
    message: string | Uint8Array | Prepared,
    options: SendOptions | undefined,
    done: SendCallback | undefined,
  ): void {
    const fin = options?.fin ?? true;
    const { _sender: sender } = this.#internals;
    if (!this.#plain || sender._state !== IDLE) {
      this.#cork();
      if (message instanceof Prepared && this.#sendDeflated(message, options, done)) return;
      this.#sendByWs(message, fin, options?.compress ?? true, this.#written(done));
      return;
    }
    const first = sender._firstFragment;
    sender._firstFragment = fin;
    if (message instanceof Prepared || message.length > LARGEST_GATHERED) this.#write(message, first, fin, done);
    else this.#gather(message, first, fin, done);
  }

  /** Puts a small frame to the others of this tick. */
  #gather(message: string | Uint8Array, first: boolean, fin: boolean, done: SendCallback | undefined): void {
    let length: number;
    if (typeof message === "string") {
      const target = arena.room(this, 3 * message.length + HEADER_ROOM);
      length = putText(target, arena.end, message, opcodeOf(first, false), fin);
    } else {
      const target = arena.room(this, message.length + HEADER_ROOM);
      length = putBytes(target, arena.end, message, opcodeOf(first, true), fin);
    }
    arena.advance(length);
    this.#gathered += length;
    if (done !== undefined) (this.#gatheredFor ??= []).push(done);
    if (!this.#isDue) this.#dueNow();
  }

  #write(message: string | Uint8Array | Prepared, first: boolean, fin: boolean, done: SendCallback | undefined): void {
    this.#cork();
    const { _socket: socket } = this.#internals;
    const written = this.#written(done);
    if (message instanceof Prepared) {
      if (first && fin) socket.write(frameOf(message), written);
      else write(socket, frameBytes(message.bytes, opcodeOf(first, message.binary), fin), written);
    } else if (typeof message === "string") {
      write(socket, frameText(message, opcodeOf(first, false), fin), written);
    } else {
      write(socket, frameBytes(message, opcodeOf(first, true), fin), written);
    }
  }

  flush(): void {
    if (!this.#isDue) return;
    this.#isDue = false;
    this.pour();
    const { _socket: socket } = this.#internals;
    if (this.#corked) {
      this.#corked = false;
      socket.uncork();
    }
    if (this.#given === 0) return;
    arena.free(this.#given, !this.#givenAsCopy && socket.writableLength > 0);
    this.#given = 0;
  }

  /** @internal The arena lets go what was put together so far. */
  takeChunk(chunk: Buffer): void {
    (this.#chunks ??= []).push(chunk);
  }

  /** @internal Gives the socket what was put together, before anything else is written. */
  pour(): void {
    if (this.#gathered === 0) return;
    const last = arena.take(this);
    const waiting = this.#gatheredFor;
    const chunks = this.#chunks ?? [];
    this.#gathered = 0;
    this.#gatheredFor = this.#chunks = undefined;
    if (last !== undefined) chunks.push(last);
    this.#given += chunks.length;
    const { _socket: socket } = this.#internals;
    // A small chunk that waits must not keep all of the arena with it: a peer that does not read would hold one for each tick.
    const copies = socket.writableLength > 0;
    this.#givenAsCopy = copies && (this.#givenAsCopy || this.#given === chunks.length);
    if (chunks.length > 1 && !this.#corked) {
      this.#corked = true;
      socket.cork();
    }
    const written = waiting && this.#written(waiting.length === 1 ? waiting[0] : tellAll(waiting));
    for (const [index, chunk] of chunks.entries())
      socket.write(copies ? copyOf(chunk) : chunk, index === chunks.length - 1 ? written : undefined);
  }

  /** A ping or a pong, of one chunk where ws makes two: the heartbeats of thousands of sessions are written often. */
  control(opcode: number, data: Uint8Array = NO_DATA, done: SendCallback | undefined): void {
    const { _sender: sender, _socket: socket } = this.#internals;
    if (data === HEARTBEAT && this.#plain && !this.#isDue && sender._state === IDLE && done === undefined)
      return void socket.write(HEARTBEAT_FRAME);
    const written = this.#written(done);
    this.#cork();
    if (this.#plain && sender._state === IDLE) socket.write(frameWhole(data, opcode, true), written);
    else if (opcode === PING) this.#ws.ping(data, undefined, written);
    else this.#ws.pong(data, undefined, written);
  }

  /** Node reports a write that was under way when its socket was destroyed as done: that one may have got nowhere. */
  #written(done: SendCallback | undefined): WriteCallback | undefined {
    if (done === undefined) return undefined;
    if (done === this.#lasting) return this.#whenWritten;
    const written: WriteCallback = (error) => {
      if (error) done(error);
      else if (this.#internals._socket.destroyed) done(this.socketError ?? new Error(LOST));
      else done();
    };
    if (done.isLasting) {
      this.#lasting = done;
      this.#whenWritten = written;
    }
    return written;
  }

  /** One compressed form is for all receivers, because none of ours keeps a context. */
  #sendDeflated(message: Prepared, options: SendOptions | undefined, done: SendCallback | undefined): boolean {
    const { _sender: sender, _socket: socket } = this.#internals;
    const wanted = options?.compress !== false && options?.fin !== false;
    if (!wanted || !this.#deflatesAlike || sender._state !== IDLE || !sender._firstFragment) return false;
    const frame = deflatedFrameOf(message);
    if (frame !== undefined) socket.write(frame, this.#written(done));
    return frame !== undefined;
  }

  /** The way through ws's sender: masks, deflates, and waits for what is being deflated. */
  #sendByWs(message: string | Uint8Array | Prepared, fin: boolean, compress: boolean, written?: WriteCallback): void {
    const prepared = message instanceof Prepared;
    if (prepared && message.messages !== undefined) {
      const last = message.messages.length - 1;
      for (const [index, each] of message.messages.entries())
        this.#sendByWs(each, fin, compress, index === last ? written : undefined);
      return;
    }
    const binary = prepared ? message.binary : typeof message !== "string";
    // Bytes, not text: a socket counts the characters of text that waits, and `bufferedAmount` would be too small.
    const data = prepared ? message.bytes : typeof message === "string" ? Buffer.from(message) : message;
    const { _sender: sender, _receiver: receiver, _isServer: server } = this.#internals;
    const deflates = compress && (!prepared || message.compress) && receiver._extensions[DEFLATE] !== undefined;
    sender.send(data, { binary, fin, mask: !server, compress: deflates }, written);
  }

  /** What is written until the end of this tick leaves in one write, behind what was put together. */
  #cork(): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#internals._socket.cork();
    }
    this.pour();
    if (!this.#isDue) this.#dueNow();
  }

  #dueNow(): void {
    this.#isDue = true;
    if (due.push(this) === 1) process.nextTick(flushAll);
  }
}

const arena = new WriteArena();

/** Those that have something to write at the end of this tick: one callback for all of them, also for a broadcast. */
const due: WsWrites[] = [];

function flushAll(): void {
  let flushed = 0;
  try {
    while (flushed < due.length) due[flushed++]!.flush();
  } finally {
    due.splice(0, flushed);
    // Whoever throws must not keep the others.
    if (due.length > 0) process.nextTick(flushAll);
  }
}

function tellAll(waiting: readonly SendCallback[]): SendCallback {
  return (error) => {
    for (const done of waiting) done(error);
  };
}

function opcodeOf(first: boolean, binary: boolean): number {
  if (!first) return CONTINUATION;
  return binary ? BINARY : TEXT;
}

function write(socket: Socket, chunks: readonly Uint8Array[], written: WriteCallback | undefined): void {
  if (chunks.length === 2) socket.write(chunks[0]!);
  socket.write(chunks[chunks.length - 1]!, written);
}
