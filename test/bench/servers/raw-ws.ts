import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type RawData, type ServerOptions, type WebSocket } from "ws";
import type { Mode } from "../work.js";
import { serveHarness } from "./standard-input.js";

/**
 * `ws` without anything around it, written as its README does: what all others are measured by. The null control is a second process of it.
 */

/** The settings of the README, but for the threshold: everything is compressed. */
const compression: ServerOptions = {
  perMessageDeflate: { threshold: 0, zlibDeflateOptions: { level: 3, memLevel: 7 }, concurrencyLimit: 10 },
};

const mode = process.argv[2] as Mode;
const server = createServer();
const sockets = new WebSocketServer({ server, ...(mode === "deflate" ? compression : {}) });

/** By hand, what a framework does with an envelope: parse, check, lead to a handler, write. */
const handlers = new Map<string, (data: string) => unknown>([["m", (data) => ({ event: "m", data })]]);

function envelope(socket: WebSocket, message: RawData): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse((message as Buffer).toString());
  } catch {
    socket.close(1007, "not JSON");
    return;
  }
  const { event, data } = (parsed ?? {}) as { event?: unknown; data?: unknown };
  const handler = typeof event === "string" ? handlers.get(event) : undefined;
  if (handler === undefined || typeof data !== "string") {
    socket.close(1007, "not an envelope");
    return;
  }
  socket.send(JSON.stringify(handler(data)));
}

function publish(socket: WebSocket, message: RawData): void {
  for (const client of sockets.clients) if (client.readyState === client.OPEN) client.send(message, { binary: false });
  socket.send("ok");
}

function serve(socket: WebSocket): void {
  socket.on("error", console.error);
  switch (mode) {
    case "echo":
    case "async":
      socket.on("message", (message, binary) => socket.send(message, { binary }));
      break;
    case "text":
      socket.on("message", (message) => socket.send((message as Buffer).toString()));
      break;
    case "json":
      socket.on("message", (message) => envelope(socket, message));
      break;
    case "topic":
    case "deflate":
      socket.on("message", (message) => publish(socket, message));
      break;
  }
}

sockets.on("connection", serve);
server.listen(0, "127.0.0.1", () => serveHarness((server.address() as AddressInfo).port));
