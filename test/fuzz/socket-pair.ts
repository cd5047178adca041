import { Duplex } from "node:stream";
import type { IncomingMessage } from "node:http";
import { RFC_KEY, type VirtualClock } from "@wirespring/testing";
import { defaultLimits, WsAcceptor, type Transport } from "wirespring/spi";
import { silent } from "./silence.js";

/**
 * A ws transport on a socket that is no socket: bytes are put in by hand, what it writes is kept. No port and no kernel, so that millions of
 * streams can be tried.
 */

/** One end of a connection, for an `upgrade` event. The other end is the test. */
class HandSocket extends Duplex {
  bytesRead = 0;
  bytesWritten = 0;
  readonly written: Buffer[] = [];

  constructor() {
    super({ allowHalfOpen: true });
    // A reset is what some streams end with.
    this.on("error", () => {});
  }

  arrive(chunk: Buffer): void {
    if (this.destroyed || this.readableEnded) return;
    this.bytesRead += chunk.length;
    this.push(chunk);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.bytesWritten += chunk.length;
    this.written.push(chunk);
    done();
  }
}

const REQUEST = {
  method: "GET",
  url: "/",
  headers: { upgrade: "websocket", "sec-websocket-key": RFC_KEY, "sec-websocket-version": "13" },
} as unknown as IncomingMessage;

/** How a stream of bytes ends. */
export type StreamEnd = "fin" | "reset" | "stay";

/** A ws transport, and the peer's end of its connection. */
export class SocketPair {
  readonly #socket = new HandSocket();
  #answer = 0;

  /** Opens a transport on a new connection. `early` has come with the request. */
  constructor(acceptor: WsAcceptor, early: Buffer, open: (transport: Transport) => void) {
    acceptor.accept(REQUEST, this.#socket, early, {
      subprotocol: "",
      headers: [],
      endpoint: { config: { limits: defaultLimits } },
      open: (transport) => {
        // A session may send as soon as it is open.
        this.#answer = this.#socket.bytesWritten;
        open(transport);
      },
      abandon() {
        throw new Error("the acceptor has abandoned a sound admission");
      },
    });
  }

  arrive(chunk: Buffer): void {
    this.#socket.arrive(chunk);
  }

  end(how: StreamEnd): void {
    if (how === "fin") this.#socket.push(null);
    else if (how === "reset") this.#socket.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
  }

  /** The frames that the transport has sent, in short: `10:a` for a pong. */
  sent(): readonly string[] {
    return framesIn(Buffer.concat(this.#socket.written).subarray(this.#answer));
  }

  get isOver(): boolean {
    return this.#socket.destroyed;
  }
}

/** Makes what turns such sockets into transports. */
export function pairAcceptor(clock: VirtualClock): WsAcceptor {
  return new WsAcceptor({ clock, logger: silent });
}

/** A frame in short, for comparison. */
export function shortFrame(opcode: number, payload: Uint8Array): string {
  return `${opcode}:${Buffer.from(payload).toString("latin1")}`;
}

/** Reads the unmasked frames of a server. */
function framesIn(bytes: Buffer): string[] {
  const frames: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const short = bytes[at + 1]!;
    const start = at + (short === 126 ? 4 : 2);
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
    frames.push(shortFrame(bytes[at]! & 0x0f, bytes.subarray(start, start + length)));
    at = start + length;
  }
  return frames;
}
