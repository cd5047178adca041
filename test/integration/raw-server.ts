import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";

/** One connection of a client to a server that a test writes by hand. */
export interface RawPeer {
  readonly socket: Socket;
  /** The client's request, without the empty line. */
  readonly head: string;
  /** Value of the request's field; undefined when it was not sent. */
  readonly field: (name: string) => string | undefined;
  /** A 101 that fits the request's key, with further lines. */
  readonly accept: (...lines: string[]) => string;
}

/** A TCP server that answers each WebSocket handshake as a test says. */
export interface RawServer extends AsyncDisposable {
  readonly url: string;
  /** Resolves when the connection that came first has ended. */
  readonly ended: Promise<void>;
}

/** Listens on a port of 127.0.0.1 and hands each request over. */
export async function rawServer(answer: (peer: RawPeer) => void): Promise<RawServer> {
  const sockets = new Set<Socket>();
  let end!: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const server = createServer((socket) => {
    sockets.add(socket);
    // A reset is what some tests want.
    socket.on("error", () => {});
    socket.on("close", () => end());
    let received = "";
    socket.on("data", function read(chunk: Buffer) {
      received += chunk.toString("latin1");
      const at = received.indexOf("\r\n\r\n");
      if (at < 0) return;
      socket.off("data", read);
      answer(peerOf(socket, received.slice(0, at)));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ended,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function peerOf(socket: Socket, head: string): RawPeer {
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1];
  return {
    socket,
    head,
    field,
    accept(...lines) {
      const key = `${field("Sec-WebSocket-Key")}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      const digest = createHash("sha1").update(key).digest("base64");
      const fields = ["Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${digest}`, ...lines];
      return `HTTP/1.1 101 Switching Protocols\r\n${fields.join("\r\n")}\r\n\r\n`;
    },
  };
}
