import { Opcode, type MemoryClient, type ReceivedClose } from "@wirespring/testing";
import { WebSocket } from "ws";

/** The other end of a case's connection, on a socket and in memory. Made by the stage, played by the cases. */

/** A ping or pong that a peer has received. */
export interface ControlFrame {
  readonly kind: "ping" | "pong";
  readonly data: Buffer;
}

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
  /** The next ping, which it has answered, or pong. Rejects when the connection ends first. */
  nextControl(): Promise<ControlFrame>;
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

  async nextControl(): Promise<ControlFrame> {
    for (;;) {
      const { opcode, payload } = await this.#client.nextFrame();
      if (opcode === Opcode.PING) return { kind: "ping", data: payload };
      if (opcode === Opcode.PONG) return { kind: "pong", data: payload };
    }
  }
}

/** A peer that has a `ws` socket, at either end. */
export class SocketPeer implements Peer {
  readonly #socket: WebSocket;
  readonly #messages = new Inbox<string | Buffer>("message");
  readonly #controls = new Inbox<ControlFrame>("ping or pong");
  readonly opened: Promise<void>;
  readonly refused: Promise<number>;
  readonly closed: Promise<ReceivedClose>;

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
    socket.on("message", (data: Buffer, binary) => this.#messages.put(binary ? data : data.toString()));
    socket.on("ping", (data) => this.#controls.put({ kind: "ping", data }));
    socket.on("pong", (data) => this.#controls.put({ kind: "pong", data }));
    socket.on("close", (code) => {
      for (const inbox of [this.#messages, this.#controls]) inbox.end(`the connection is closed (${code})`);
    });
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
    return this.#messages.next();
  }

  nextControl(): Promise<ControlFrame> {
    return this.#controls.next();
  }

  drop(): void {
    this.#socket.terminate();
  }
}

/** What a socket has received, in order, for whoever asks first. */
class Inbox<T> {
  readonly #what: string;
  readonly #received: T[] = [];
  readonly #waiting: { readonly resolve: (each: T) => void; readonly reject: (e: Error) => void }[] = [];
  #ended: string | undefined;

  constructor(what: string) {
    this.#what = what;
  }

  next(): Promise<T> {
    const first = this.#received.shift();
    if (first !== undefined) return Promise.resolve(first);
    if (this.#ended !== undefined) return Promise.reject(this.#missed(this.#ended));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  put(each: T): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#received.push(each);
    else waiting.resolve(each);
  }

  end(why: string): void {
    this.#ended = why;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#missed(why));
  }

  #missed(why: string): Error {
    return new Error(`waited for a ${this.#what}: ${why}`);
  }
}
