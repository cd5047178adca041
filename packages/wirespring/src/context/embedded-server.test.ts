import { once } from "node:events";
import { createServer, request, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { request as secureRequest, type RequestOptions } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { connect as secureConnect, type ConnectionOptions } from "node:tls";
import { afterEach, describe, expect, it, vi } from "vitest";
import { systemClock, type Clock } from "../clock.js";
import type { LogRecord } from "../logger.js";
import { markUpgraded } from "../upgrade/peer-socket.js";
import { connectionsFor, descriptorLimit, sessionsAmong } from "./accept-guard.js";
import { EmbeddedServer, type EmbeddedServerOptions } from "./embedded-server.js";

/** Both sides know a key: TLS without a certificate. */
const PRE_SHARED = { ciphers: "PSK-AES128-GCM-SHA256", maxVersion: "TLSv1.2", minVersion: "TLSv1.2" } as const;
const SECRET = Buffer.from("for this test only");

const opened: EmbeddedServer[] = [];
let logged: LogRecord[] = [];
let refused: string[] = [];

function embedded(options: Partial<EmbeddedServerOptions> = {}): EmbeddedServer {
  logged = [];
  refused = [];
  const log = (record: LogRecord): void => void logged.push(record);
  const made = new EmbeddedServer({
    port: 0,
    host: "127.0.0.1",
    tls: undefined,
    handler: undefined,
    server: undefined,
    headersTimeout: 10_000,
    maxConnections: 0,
    maxHeaderBytes: 16_384,
    clock: systemClock,
    logger: { debug: log, info: log, warn: log, error: log },
    matches: (target) => target === "/chat",
    refused: (reason, status) => void refused.push(`${status} ${reason}`),
    ...options,
  });
  opened.push(made);
  return made;
}

afterEach(async () => {
  for (const each of opened.splice(0)) {
    each.stopAccepting();
    each.server.closeAllConnections();
    await each.end(0);
  }
});

async function get(
  server: EmbeddedServer,
  path: string,
): Promise<{ status: number; headers: IncomingMessage["headers"]; body: string }> {
  const asked = request(`${server.url!}${path}`, { agent: false }).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  let body = "";
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode!, headers: response.headers, body };
}

/** Writes raw bytes and gives everything that came until the other side closed. */
async function raw(server: EmbeddedServer, bytes: string): Promise<string> {
  const socket = connect((server.server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(bytes);
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

describe("EmbeddedServer", () => {
  it("answers plain HTTP with 426 on an endpoint's path and 404 elsewhere", async () => {
    const server = embedded();
    await server.listen();
    const upgrade = await get(server, "/chat");
    expect(upgrade.status).toBe(426);
    expect(upgrade.headers).toMatchObject({ upgrade: "websocket", connection: "Upgrade, close" });
    expect(await get(server, "/elsewhere")).toMatchObject({ status: 404, body: "Not Found\n" });
  });

  it("closes the connection of a request that lacks only its Connection header (T03)", async () => {
    const server = embedded();
    await server.listen();
    const answer = await raw(server, "GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
    expect(refused).toEqual(["426 upgrade"]);
  });

  it("does not give such a request to the handler, but others on that path", async () => {
    const server = embedded({ handler: (_asked, response) => response.end("page") });
    await server.listen();
    const upgrade = "GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\n\r\n";
    expect(await raw(server, upgrade)).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
    expect(await get(server, "/chat")).toMatchObject({ status: 200, body: "page" });
    expect(
      await raw(server, upgrade.replace("/chat", "/x").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")),
    ).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(refused).toEqual(["426 upgrade"]);
  });

  it.each<[name: string, bytes: string, status: string, counted: string]>([
    ["something that is not HTTP", "\x16\x03\x01\r\n\r\n", "400 Bad Request", "400 syntax"],
    ["a line feed in a header", "GET / HTTP/1.1\r\nX: a\rb\r\n\r\n", "400 Bad Request", "400 syntax"],
    [
      "a header block of 20 KB (T08)",
      `GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
      "431 Request Header Fields Too Large",
      "431 headers",
    ],
    [
      "a target of 20 KB (T08)",
      `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      "431 Request Header Fields Too Large",
      "431 headers",
    ],
  ])("refuses %s, closes, and counts it once", async (_name, bytes, status, counted) => {
    const server = embedded();
    await server.listen();
    const answer = await raw(server, bytes);
    expect(answer).toMatch(
      new RegExp(`^HTTP/1\\.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n`),
    );
    expect(refused).toEqual([counted]);
  });

  it("reads on behind what it has refused, so that the answer arrives, and is not counted again", async () => {
    const server = embedded();
    await server.listen();
    const { port } = server.server.address() as AddressInfo;
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    for (const bytes of [`GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}`, "more", "and more"]) {
      const failed = once(server.server, "clientError");
      socket.write(bytes);
      await failed;
    }
    socket.end();
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(refused).toEqual(["431 headers"]);
  });

  it("answers a peer that sends its headers too slowly with 408 (T09, T10)", async () => {
    const server = embedded();
    await server.listen();
    const slow = Object.assign(new Error("Request timeout"), { code: "ERR_HTTP_REQUEST_TIMEOUT" });
    server.server.once("connection", (socket) => server.server.emit("clientError", slow, socket));
    expect(await raw(server, "")).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\nConnection: close\r\n/);
    expect(refused).toEqual(["408 timeout"]);
  });

  it("writes no refusal into an answer that it has begun", async () => {
    const server = embedded({ handler: (_asked, response) => void response.write("half") });
    await server.listen();
    const socket = connect((server.server.address() as AddressInfo).port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(socket, "readable");
    socket.write("no HTTP\r\n\r\n");
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n4\r\nhalf\r\n$/);
    expect(refused).toEqual([]);
  });

  it.each(["ECONNRESET", "ERR_SSL_WRONG_VERSION_NUMBER", "ERR_TLS_HANDSHAKE_TIMEOUT"])(
    "answers nothing where there is nobody to answer: %s",
    async (code) => {
      const server = embedded();
      await server.listen();
      server.server.once("connection", (socket) =>
        server.server.emit("clientError", Object.assign(new Error(code), { code }), socket),
      );
      expect(await raw(server, "")).toBe("");
      expect(refused).toEqual([]);
    },
  );

  it("bounds the time and the size of headers (T09)", () => {
    const { server } = embedded({ headersTimeout: 1_234, maxHeaderBytes: 4_096 });
    expect(server.headersTimeout).toBe(1_234);
    expect(server.eventNames()).toContain("clientError");
  });

  it("destroys the connection of a peer that does not come to the end of its TLS handshake", async () => {
    const server = embedded({ headersTimeout: 20, tls: { ...PRE_SHARED, pskCallback: () => SECRET } });
    await server.listen();
    expect(await raw(server, "")).toBe("");
    expect(refused).toEqual([]);
  });

  it("has room for fewer sessions than connections, and for fewer of these than files (F13)", async () => {
    const files = descriptorLimit();
    const server = embedded();
    await server.listen();
    const connections = connectionsFor(files);
    expect(server.sessions).toBe(sessionsAmong(connections));
    expect(server.server.maxConnections || 0).toBe(connections);
  });

  it("takes not many more connections than the application takes sessions (T10)", async () => {
    const server = embedded({ maxConnections: 1 });
    await server.listen();
    expect(server.server.maxConnections).toBe(Math.min(1_001, connectionsFor(descriptorLimit()) || Infinity));
  });

  it("leaves a server of the host as it is", async () => {
    const host = createServer();
    const server = embedded({ server: host });
    await server.listen();
    expect([server.sessions, host.maxConnections, host.listenerCount("error")]).toEqual([
      0,
      createServer().maxConnections,
      0,
    ]);
  });

  it("lives on when an accept fails (F13)", async () => {
    const server = embedded();
    await server.listen();
    server.server.emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" }));
    expect(logged).toEqual([{ event: "http.connection.dropped", problem: "EMFILE", turnedAway: 1 }]);
    expect(await get(server, "/elsewhere")).toMatchObject({ status: 404 });
  });

  it("gives plain HTTP to the handler and answers 500 for it when it throws or rejects", async () => {
    const handler: RequestListener = (asked, response) => {
      if (asked.url === "/ok") response.end("fine");
      else if (asked.url === "/throws") throw new Error("handler broke");
      else return Promise.reject(new Error("handler rejected")) as never;
    };
    const server = embedded({ handler });
    await server.listen();
    expect(await get(server, "/ok")).toMatchObject({ status: 200, body: "fine" });
    expect(await get(server, "/throws")).toMatchObject({ status: 500, body: "Internal Server Error\n" });
    expect(await get(server, "/rejects")).toMatchObject({ status: 500 });
    expect(logged.map((record) => (record["error"] as Error).message)).toEqual(["handler broke", "handler rejected"]);
  });

  it("speaks TLS when it is given a key", async () => {
    const server = embedded({
      tls: { ...PRE_SHARED, pskCallback: () => SECRET },
      handler: (_asked, response) => response.end("private"),
    });
    await server.listen();
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const options: RequestOptions & ConnectionOptions = {
      ...PRE_SHARED,
      agent: false,
      pskCallback: () => ({ psk: SECRET, identity: "test" }),
      checkServerIdentity: () => undefined,
    };
    const asked = secureRequest(server.url!, options).end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(200);
  });

  it("says which address is taken, and how to go on", async () => {
    const first = embedded();
    await first.listen();
    const { port } = first.server.address() as AddressInfo;
    await expect(embedded({ port }).listen()).rejects.toMatchObject({
      code: "WS_LISTEN_FAILED",
      message: `cannot listen on 127.0.0.1:${port}: another process listens there: stop it, or run with another { port } [WS_LISTEN_FAILED]`,
    });
  });

  it("leaves the host's server alone, unless it is given a port", async () => {
    const host = createServer((_asked, response) => response.end("host"));
    const attached = embedded({ server: host, port: undefined });
    await attached.listen();
    expect(attached.url).toBeUndefined();
    await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
    attached.stopAccepting();
    await attached.end(0);
    expect(host.listening).toBe(true);
    expect(await get(attached, "/")).toMatchObject({ body: "host" });
    await new Promise((resolve) => host.close(resolve));

    const owned = embedded({ server: createServer() });
    await owned.listen();
    expect(owned.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    owned.stopAccepting();
    await owned.end(0);
    expect(owned.server.listening).toBe(false);
  });

  it("lets requests end that are being answered, and closes their connections", async () => {
    let finish: (() => void) | undefined;
    const arrived = vi.fn<() => void>();
    const server = embedded({
      handler: (_asked, response) => {
        arrived();
        finish = () => response.end("late");
      },
    });
    await server.listen();
    const answer = raw(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await vi.waitFor(() => expect(arrived).toHaveBeenCalled());
    server.stopAccepting();
    const ended = server.end(10_000);
    finish!();
    expect(await answer).toContain("late");
    await ended;
  });

  it.each<[name: string, bytes: readonly string[], tls?: true]>([
    ["has sent nothing", []],
    ["has sent half a header", ["GET / HTTP/1.1\r\nHost:"]],
    ["is kept alive behind an answer", ["GET / HTTP/1.1\r\nHost: x\r\n\r\n"]],
    ["has sent half a second request", ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost:"]],
    ["has not begun its TLS handshake", [], true],
  ])("does not wait at its end for a connection that %s", async (_name, bytes, tls) => {
    const server = embedded(tls && { tls: { ...PRE_SHARED, pskCallback: () => SECRET } });
    await server.listen();
    const socket = connect((server.server.address() as AddressInfo).port, "127.0.0.1");
    const closed = once(socket, "close");
    const [accepted] = (await once(server.server, "connection")) as [Socket];
    for (const [index, part] of bytes.entries()) {
      const taken = accepted.bytesRead + part.length;
      socket.write(part);
      if (index === 0 && part.endsWith("\r\n\r\n")) await once(socket, "data");
      await vi.waitFor(() => expect(accepted.bytesRead).toBe(taken));
    }
    server.stopAccepting();
    // More than the time of a test.
    await server.end(60_000);
    await closed;
    expect(logged).toEqual([]);
  });

  it.each([false, true])("waits at its end for an answer alone, with TLS: %s", async (secure) => {
    const answers: ServerResponse[] = [];
    const tls = secure ? { ...PRE_SHARED, pskCallback: () => SECRET } : undefined;
    const server = embedded({ tls, handler: (_asked, response) => void answers.push(response) });
    await server.listen();
    const { port } = server.server.address() as AddressInfo;
    const options = { port, host: "127.0.0.1" };
    const asking = secure
      ? secureConnect({
          ...PRE_SHARED,
          ...options,
          pskCallback: () => ({ psk: SECRET, identity: "test" }),
          checkServerIdentity: () => undefined,
        })
      : connect(options);
    asking.write("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET /3");
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    const silent = connect(options);
    await once(server.server, "connection");
    server.stopAccepting();
    const ended = server.end(60_000);
    await once(silent, "close");
    answers[0]!.end("first");
    answers[1]!.end("second");
    let received = "";
    for await (const chunk of asking) received += String(chunk);
    await ended;
    expect(received).toMatch(/first[^]*second/);
    expect(logged).toEqual([]);
  });

  it("leaves a request alone that has half arrived until its end comes, and what was upgraded for ever", async () => {
    const server = embedded({ handler: (_asked, response) => response.end("page") });
    await server.listen();
    server.server.on("upgrade", (_request, socket) => {
      markUpgraded(socket);
      socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
      socket.pipe(socket);
    });
    const { port } = server.server.address() as AddressInfo;
    const upgraded = connect(port, "127.0.0.1");
    upgraded.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    await once(upgraded, "data");
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\n");
    await once(server.server, "connection");
    server.stopAccepting();
    socket.write("Host: x\r\n\r\n");
    let received = "";
    for await (const chunk of socket) received += String(chunk);
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*page$/);
    const ended = server.end(60_000);
    upgraded.write("still here");
    expect(String((await once(upgraded, "data"))[0])).toBe("still here");
    upgraded.end();
    await ended;
  });

  it("tells a kept-alive connection to close when it asks again while the server ends", async () => {
    const answers: ServerResponse[] = [];
    const server = embedded({ handler: (_asked, response) => void answers.push(response) });
    await server.listen();
    const socket = connect((server.server.address() as AddressInfo).port, "127.0.0.1");
    socket.write("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    server.stopAccepting();
    socket.write("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    for (const answer of answers) answer.end();
    let received = "";
    for await (const chunk of socket) received += String(chunk);
    expect(received.match(/Connection: [\w-]+/g)).toEqual(["Connection: keep-alive", "Connection: close"]);
  });

  it("destroys what does not end in time", async () => {
    let expire: (() => void) | undefined;
    const clock: Clock = {
      ...systemClock,
      setTimer: (task) => {
        expire = task;
        return { cancel() {} };
      },
    };
    const arrived = vi.fn<() => void>();
    const server = embedded({ clock, handler: arrived });
    await server.listen();
    const answer = raw(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await vi.waitFor(() => expect(arrived).toHaveBeenCalled());
    server.stopAccepting();
    const ended = server.end(5);
    expire!();
    await ended;
    expect(await answer.catch(() => "")).toBe("");
    expect(logged).toEqual([{ event: "http.drain.timeout", patience: 5 }]);
  });
});
