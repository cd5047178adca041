import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock.js";
import { defaultLimits } from "../limits.js";
import type { LogRecord } from "../logger.js";
import type { Transport, TransportSink } from "../session/transport.js";
import { WsAcceptor, type WsAdmission } from "./ws-acceptor.js";

const servers: Server[] = [];
const sockets: Socket[] = [];
const logged: LogRecord[] = [];

afterEach(async () => {
  logged.length = 0;
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, "close");
  }
});

const log = (record: LogRecord): void => void logged.push(record);
const logger = { debug: log, info: log, warn: log, error: log };

const silent: TransportSink = {
  begin: () => ({ parts: false, maxBytes: 1 }),
  message: () => {},
  part: () => {},
  ping: () => {},
  pong: () => {},
  failed: () => {},
  closed: () => {},
};

/** An admission that counts what is done with it. */
class Admission implements WsAdmission {
  subprotocol = "";
  headers: Iterable<readonly [string, string]> = [];
  readonly endpoint = { config: { limits: defaultLimits } };
  readonly calls: string[] = [];

  open(transport: Transport): void {
    this.calls.push("open");
    transport.listen(silent);
  }

  abandon(): void {
    this.calls.push("abandon");
  }
}

/** Sends the request of RFC 6455 section 1.2 and gives the answer's head; the upgrade goes through `handle`. */
async function upgrade(handle: (request: IncomingMessage, socket: Duplex, head: Buffer) => void): Promise<string> {
  const server = createServer().on("upgrade", handle);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => {});
  socket.write(
    [
      "GET /chat HTTP/1.1",
      "Host: server.example.com",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Origin: http://example.com",
      "Sec-WebSocket-Protocol: chat, superchat",
      "Sec-WebSocket-Extensions: permessage-deflate",
      "Sec-WebSocket-Version: 13",
      "\r\n",
    ].join("\r\n"),
  );
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString("latin1")));
  while (!answer.includes("\r\n\r\n") && !socket.closed)
    await Promise.race([once(socket, "data"), once(socket, "close")]);
  return answer.split("\r\n\r\n", 1)[0]!;
}

describe("WsAcceptor", () => {
  it("answers the handshake of RFC 6455 section 1.3 with what was agreed on, and opens the session", async () => {
    const acceptor = new WsAcceptor({ clock: systemClock, logger });
    const admission = new Admission();
    admission.subprotocol = "chat";
    admission.headers = [
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
    ];
    const answer = await upgrade((request, socket, head) => acceptor.accept(request, socket, head, admission));
    expect(answer.split("\r\n")).toEqual([
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
      "Sec-WebSocket-Protocol: chat",
      "Set-Cookie: a=1",
      "Set-Cookie: b=2",
    ]);
    expect(admission.calls).toEqual(["open"]);
    expect(logged).toEqual([]);
  });

  it("answers no subprotocol when none was agreed on, whatever was offered (T27)", async () => {
    const acceptor = new WsAcceptor({ clock: systemClock, logger });
    const admission = new Admission();
    const answer = await upgrade((request, socket, head) => acceptor.accept(request, socket, head, admission));
    expect(answer).toContain("101 Switching Protocols");
    expect(answer).not.toContain("Sec-WebSocket-Protocol");
    expect(answer).not.toContain("Sec-WebSocket-Extensions");
  });

  it("abandons, once, when the peer is gone before the 101 (T19)", async () => {
    const acceptor = new WsAcceptor({ clock: systemClock, logger });
    const admission = new Admission();
    await upgrade((request, socket, head) => {
      socket.destroy();
      acceptor.accept(request, socket, head, admission);
    });
    expect(admission.calls).toEqual(["abandon"]);
    expect(logged).toEqual([]);
  });

  it("abandons, once, and reports when the handshake fails", async () => {
    const acceptor = new WsAcceptor({ clock: systemClock, logger });
    const admission = new Admission();
    admission.headers = (function* () {
      yield ["A", "1"] as const;
      throw new Error("no headers");
    })();
    expect(await upgrade((request, socket, head) => acceptor.accept(request, socket, head, admission))).toBe("");
    expect(admission.calls).toEqual(["abandon"]);
    expect(logged.map(({ error }) => (error as Error).message)).toEqual(["no headers"]);
  });

  it("ends the connection and reports when the session cannot be opened, or the admission not abandoned", async () => {
    const acceptor = new WsAcceptor({ clock: systemClock, logger });
    const admission = new Admission();
    admission.open = () => {
      throw new Error("no session");
    };
    admission.abandon = () => {
      throw new Error("not abandoned");
    };
    await upgrade((request, socket, head) => acceptor.accept(request, socket, head, admission));
    await once(sockets[0]!, "close");
    await upgrade((request, socket, head) => {
      socket.destroy();
      acceptor.accept(request, socket, head, admission);
    });
    expect(logged.map(({ error }) => (error as Error).message)).toEqual(["no session", "not abandoned"]);
  });

  it("answers 503 and abandons after close, which may be called again", async () => {
    const acceptor = new WsAcceptor({ clock: systemClock, logger });
    acceptor.close();
    acceptor.close();
    const admission = new Admission();
    const answer = await upgrade((request, socket, head) => acceptor.accept(request, socket, head, admission));
    expect(answer).toContain("HTTP/1.1 503 Service Unavailable");
    expect(admission.calls).toEqual(["abandon"]);
  });
});
