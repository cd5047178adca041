import { createHash } from "node:crypto";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { Mode } from "../work.js";
import { serveHarness } from "./standard-input.js";

/**
 * The floor: what Node's sockets cost when nobody looks at what is in them. Bytes go back as they came; what is published goes as one frame to
 * everybody. No protocol could be served like this.
 */

const mode = process.argv[2] as Mode;
const sockets = new Set<Socket>();
const acknowledgement = frameOf(Buffer.from("ok"));

function frameOf(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x81, payload.length]), payload]);
}

function answerTo(request: string): string {
  const key = /^Sec-WebSocket-Key: (.*)$/im.exec(request)?.[1]?.trim() ?? "";
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

/** Small masked frames only, whole in their chunk: the load here sends no others. */
function publishAll(socket: Socket, chunk: Buffer): void {
  for (let at = 0; at + 6 <= chunk.length;) {
    if ((chunk[at]! & 0x0f) === 8) {
      socket.end(Buffer.from([0x88, 0]));
      return;
    }
    const length = chunk[at + 1]! & 0x7f;
    const payload = Buffer.allocUnsafe(length);
    for (let index = 0; index < length; index++) payload[index] = chunk[at + 6 + index]! ^ chunk[at + 2 + (index & 3)]!;
    const frame = frameOf(payload);
    for (const each of sockets) each.write(frame);
    socket.write(acknowledgement);
    at += 6 + length;
  }
}

const server = createServer({ noDelay: true }, (socket) => {
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
  socket.once("data", (request) => {
    socket.write(answerTo(request.toString("latin1")));
    socket.on("data", (chunk) => {
      if (mode === "topic") publishAll(socket, chunk);
      else socket.write(chunk);
    });
  });
});
server.listen(0, "127.0.0.1", () => serveHarness((server.address() as AddressInfo).port));
