import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { clientFrame, FrameReader, Opcode, type FrameListener } from "./client-frames.js";
import { dialects } from "./dialects.js";
import type { Order } from "./work.js";

/**
 * One connection of the load: the handshake, the greeting of its dialect, then frames. Called by the kinds of load.
 */

/** Milliseconds that a server has for a handshake, and for an answer to a close frame. */
const PATIENCE = 20_000;
const CLOSE_PATIENCE = 2_000;

const closeFrame = clientFrame(Opcode.close, Buffer.from([3, 232]));

/** What the connections of one order tell. */
export interface ConnectionListener {
  /** Every frame with data. */
  readonly frame: FrameListener;
  /** After the frames of each chunk. */
  readonly chunk?: () => void;
}

export class LoadConnection {
  readonly socket: Socket;
  readonly #reader: FrameReader;
  #listener: ConnectionListener | undefined;
  #opening = "";
  #hasGreeted = false;
  #ready: (() => void) | undefined;
  #failed: ((error: Error) => void) | undefined;
  #closing = false;

  private constructor(order: Order) {
    this.#reader = new FrameReader((...frame) => this.#frame(order, ...frame));
    this.socket = connect({ port: order.port, host: "127.0.0.1", noDelay: true });
  }

  /** Connects and says what the dialect has to say; resolves when the server takes messages. */
  static async open(order: Order): Promise<LoadConnection> {
    const connection = new LoadConnection(order);
    const { socket } = connection;
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error("a server did not answer in time")));
    const ready = new Promise<void>((resolve, reject) => {
      connection.#ready = resolve;
      connection.#failed = reject;
    });
    const fail = (error: Error): void => connection.#failed?.(error);
    socket.on("error", fail);
    socket.on("close", () => {
      fail(new Error("a server closed a connection"));
      if (!connection.#closing) throw new Error("a server closed a connection while it was measured");
    });
    socket.on("data", (chunk) => connection.#data(order, chunk));
    socket.write(openingRequest(order));
    await ready;
    socket.setTimeout(0);
    connection.#failed = undefined;
    return connection;
  }

  /** From now on, frames go there. */
  listen(listener: ConnectionListener): void {
    this.#listener = listener;
  }

  /** Closes as a client should; a server that does not answer loses the connection. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.socket.destroyed) return;
    this.socket.setTimeout(CLOSE_PATIENCE, () => this.socket.destroy());
    const closed = once(this.socket, "close");
    this.socket.write(closeFrame);
    await closed;
  }

  #data(order: Order, chunk: Buffer): void {
    let rest = chunk;
    if (this.#ready !== undefined && !this.#opening.includes("\r\n\r\n")) {
      const before = this.#opening.length;
      this.#opening += chunk.toString("latin1");
      const end = this.#opening.indexOf("\r\n\r\n");
      if (end < 0) return;
      if (!this.#opening.startsWith("HTTP/1.1 101 ")) {
        this.#failed?.(new Error(`a server answered ${JSON.stringify(this.#opening.slice(0, end))}`));
        return;
      }
      rest = chunk.subarray(end + 4 - before);
      const { greeting } = dialects[order.dialect];
      if (greeting === undefined) this.#becomeReady();
    }
    if (rest.length > 0) this.#reader.push(rest);
    this.#listener?.chunk?.();
  }

  #frame(order: Order, first: number, bytes: Buffer, start: number, end: number): void {
    if ((first & 0x0f) === Opcode.close) {
      if (!this.#closing) throw new Error(`a server closed: ${bytes.toString("latin1", start + 2, end)}`);
      this.socket.destroy();
    }
    if ((first & 0x08) !== 0) return;
    if (this.#ready === undefined) this.#listener?.frame(first, bytes, start, end);
    else this.#greet(order, (first & 0x40) === 0 ? bytes.toString("latin1", start, end) : undefined);
  }

  /** The server speaks first, is answered, and speaks once more; compressed, it is taken at its word. */
  #greet(order: Order, text: string | undefined): void {
    const { say, ready } = dialects[order.dialect].greeting!;
    if (!this.#hasGreeted) {
      this.#hasGreeted = true;
      this.socket.write(say);
    } else if (text === undefined || text.startsWith(ready)) this.#becomeReady();
    else this.#failed?.(new Error(mismatch(ready, text)));
  }

  #becomeReady(): void {
    this.#ready?.();
    this.#ready = undefined;
  }
}

function openingRequest({ port, mode, dialect }: Order): string {
  const lines = [
    `GET ${dialects[dialect].path(mode)} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    // As browsers offer it.
    ...(mode === "deflate" ? ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"] : []),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Opens many connections, some at a time; gives them in the order in which they opened. */
export async function openConnections(order: Order, count: number, atOnce: number): Promise<LoadConnection[]> {
  const open: LoadConnection[] = [];
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (begun < count) {
      begun++;
      open.push(await LoadConnection.open(order));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return open;
}

/** Says that something else came than what should have. */
export function mismatch(expected: string, found: string): string {
  return `expected ${JSON.stringify(expected.slice(0, 100))}, found ${JSON.stringify(found.slice(0, 100))}`;
}

/** Closes connections, some at a time. */
export async function closeConnections(connections: readonly LoadConnection[]): Promise<void> {
  const left = [...connections];
  const worker = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await next.close();
  };
  await Promise.all(Array.from({ length: 64 }, worker));
}
