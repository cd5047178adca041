import type { MemoryClient, ReceivedClose } from "@wirespring/testing";
import { WebSocket } from "ws";

/** The other end of a case's connection, on a socket and in memory. Made by the stage, played by the cases. */

/** Whoever our side talks to, as plain as the TCK's client: sends messages and frames, keeps what it receives. */
export interface Peer {
  send(message: string | Uint8Array): void;
  /** Sends a part of a message, in a frame of its own. */
  sendPart(part: string | Uint8Array, last: boolean): void;
  ping(data?: string): void;
  pong(data?: string): void;
  close(code?: number, reason?: string): void;
  /** Ends the connection without a close frame. */
  drop(): void;
  /** The next message. Rejects when the connection ends first. */
  next(): Promise<string | Buffer>;
  /** What the connection ended with; 1006 without a close frame. */
  readonly closed: Promise<ReceivedClose>;
}

/** A peer in memory. */
export class MemoryPeer implements Peer {
  readonly #client: MemoryClient;
  readonly closed: Promise<ReceivedClose>;

  constructor(client: MemoryClient) {
    this.#client = client;
    this.closed = client.closed;
  }

  send(message: string | Uint8Array): void {
    this.#client.send(message);
  }

  sendPart(part: string | Uint8Array, last: boolean): void {
    this.#client.sendPart(part, last);
  }

  ping(data?: string): void {
    this.#client.ping(data);
  }

  pong(data?: string): void {
    this.#client.pong(data);
  }

  close(code?: number, reason?: string): void {
    this.#client.close(code, reason);
  }

  drop(): void {
    this.#client.drop();
  }

  next(): Promise<string | Buffer> {
    return this.#client.next();
  }
}

/** A peer that has a `ws` socket, at either end. */
export class SocketPeer implements Peer {
  readonly #socket: WebSocket;
  readonly #received: (string | Buffer)[] = [];
  readonly #waiting: { readonly resolve: (message: string | Buffer) => void; readonly reject: (e: Error) => void }[] =
    [];
  readonly opened: Promise<void>;
  readonly refused: Promise<number>;
  readonly closed: Promise<ReceivedClose>;
  #ended: string | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.opened = new Promise((resolve, reject) => {
      if (socket.readyState === WebSocket.OPEN) resolve();
      else socket.once("open", () => resolve());
      socket.on("error", reject);
    });
    this.refused = new Promise((resolve, reject) => {
      socket.once("unexpected-response", (_request, response) => {
        resolve(response.statusCode!);
        socket.terminate();
      });
      socket.once("open", () => reject(new Error("the handshake was not refused")));
    });
    this.closed = new Promise((resolve) =>
      socket.once("close", (code, reason) => resolve({ code, reason: String(reason) })),
    );
    // Whoever waits for them is told; nobody has to.
    for (const promise of [this.opened, this.refused]) promise.catch(() => {});
    socket.on("message", (data: Buffer, binary) => this.#take(binary ? data : data.toString()));
    socket.on("close", (code) => this.#over(`the connection is closed (${code})`));
  }

  send(message: string | Uint8Array): void {
    this.#socket.send(message);
  }

  sendPart(part: string | Uint8Array, last: boolean): void {
    this.#socket.send(part, { fin: last });
  }

  ping(data?: string): void {
    this.#socket.ping(data);
  }

  pong(data?: string): void {
    this.#socket.pong(data);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  next(): Promise<string | Buffer> {
    const first = this.#received.shift();
    if (first !== undefined) return Promise.resolve(first);
    if (this.#ended !== undefined) return Promise.reject(new Error(`waited for a message: ${this.#ended}`));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  drop(): void {
    this.#socket.terminate();
  }

  #take(message: string | Buffer): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#received.push(message);
    else waiting.resolve(message);
  }

  #over(why: string): void {
    this.#ended = why;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(`waited for a message: ${why}`));
  }
}
