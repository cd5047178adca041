import { RawClient, type RawResponse, type RawUpgrade, VirtualClock } from "@wirespring/testing";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import {
  Bean,
  Configuration,
  EndpointExporter,
  type HandshakeRequest,
  type HandshakeResponse,
  type LogRecord,
  OnMessage,
  OnOpen,
  PathParam,
  type Principal,
  ServerContainer,
  ServerEndpoint,
  ServerEndpointConfigurator,
  Session,
  WirespringApplication,
  type ApplicationContext,
  type RunOptions,
  type ServerEndpointConfig,
} from "wirespring";
import type { DiagnosticEvents } from "wirespring/spi";
import { linesWithout, UPGRADE_LINES, upgradeBytes } from "../upgrade-bytes.js";

/** What an application refuses before `ws` has seen anything of it, on the embedded server, byte by byte. */

@ServerEndpoint("/echo")
class Echo {
  @OnMessage()
  said(text: string): string {
    return text;
  }
}

class ByHeader extends ServerEndpointConfigurator {
  override authenticate(request: HandshakeRequest): Principal | null {
    const name = request.headers.first("x-user");
    return name === undefined ? null : { name };
  }
}

@ServerEndpoint({ value: "/mine", configurator: ByHeader })
class Mine {
  @OnMessage()
  said(_text: string): void {}
}

@ServerEndpoint({ value: "/private", requireSecure: true })
class Private {
  @OnOpen()
  async opened(session: Session): Promise<void> {
    await session.remote.sendText(`${session.isSecure} ${session.requestURI.protocol}`);
  }
}

class CopiesPath extends ServerEndpointConfigurator {
  override modifyHandshake(
    _config: ServerEndpointConfig,
    request: HandshakeRequest,
    response: HandshakeResponse,
  ): void {
    response.headers.set("X-Room", request.pathParameters.get("room")!);
    if (request.query.has("full")) response.refuse(503, request.pathParameters.get("room")!);
  }
}

@ServerEndpoint({ value: "/rooms/{room}", configurator: CopiesPath })
class Room {
  @OnMessage()
  said(text: string, @PathParam("room") room: string): string {
    if (text === "fail") throw new Error("handler broke");
    return room;
  }
}

let called: ((request: HandshakeRequest) => void) | undefined;

/** Resolves when the guard of `Slow` is asked next. */
function guardCalled(): Promise<HandshakeRequest> {
  return new Promise((resolve) => (called = resolve));
}

/** Resolves when a signal has fired. */
async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}

/** Never answers. */
class NeverAnswers extends ServerEndpointConfigurator {
  override authenticate(request: HandshakeRequest): Promise<null> {
    called?.(request);
    return new Promise(() => {});
  }
}

@ServerEndpoint({ value: "/slow", configurator: NeverAnswers })
class Slow {
  @OnMessage()
  said(_text: string): void {}
}

@Configuration()
class Config {
  @Bean()
  endpointExporter(): EndpointExporter {
    return new EndpointExporter();
  }
}

class Application implements AsyncDisposable {
  readonly context: ApplicationContext;
  readonly log: LogRecord[];
  readonly #clients: RawClient[] = [];

  constructor(context: ApplicationContext, log: LogRecord[]) {
    this.context = context;
    this.log = log;
  }

  static async run(options: RunOptions = {}): Promise<Application> {
    const log: LogRecord[] = [];
    const keep = (record: LogRecord): void => void log.push(record);
    const context = await WirespringApplication.run(Config, {
      port: 0,
      host: "127.0.0.1",
      signals: false,
      endpoints: [Echo, Mine, Private, Room],
      logger: { debug: keep, info: keep, warn: keep, error: keep },
      ...options,
    });
    return new Application(context, log);
  }

  get refused(): unknown {
    return this.context.get(ServerContainer).metrics().upgradesRefused;
  }

  async connect(): Promise<RawClient> {
    const client = await RawClient.connect({ port: Number(new URL(this.context.url).port) });
    this.#clients.push(client);
    return client;
  }

  /** Asks for an upgrade on a connection of its own; one that is refused is closed by the server. */
  async upgrade(options: RawUpgrade): Promise<RawResponse & { readonly client: RawClient }> {
    const client = await this.connect();
    const response = await client.upgrade(options);
    if (response.status !== 101) await client.untilEnded();
    return { ...response, client };
  }

  /** Writes bytes, and gives the answer when the server has closed the connection. */
  async answerTo(bytes: string): Promise<RawResponse> {
    const client = await this.connect();
    client.write(bytes);
    const response = await client.response();
    await client.untilEnded();
    return response;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.context.close();
  }
}

describe("the gate of an application", () => {
  it.each<[name: string, bytes: string, status: number, reason: string]>([
    ["T01, a POST", upgradeBytes("POST /echo HTTP/1.1"), 405, "method"],
    ["T02, h2c", upgradeBytes("GET /echo HTTP/1.1", ["Upgrade: h2c", ...linesWithout("Upgrade")]), 426, "upgrade"],
    ["T03, no Connection", upgradeBytes("GET /echo HTTP/1.1", linesWithout("Connection")), 426, "upgrade"],
    ["T04, two keys", upgradeBytes("GET /echo HTTP/1.1", [...UPGRADE_LINES, UPGRADE_LINES[3]!]), 400, "key"],
    [
      "T05, two versions",
      upgradeBytes("GET /echo HTTP/1.1", [...UPGRADE_LINES, "Sec-WebSocket-Version: 8"]),
      426,
      "version",
    ],
    [
      "T07, 1976 fields",
      upgradeBytes("GET /echo HTTP/1.1", [...Array.from({ length: 1976 }, (_, n) => `a${n}:1`), ...UPGRADE_LINES]),
      431,
      "headers",
    ],
    [
      "T07, 1976 fields behind",
      upgradeBytes("GET /echo HTTP/1.1", [...UPGRADE_LINES, ...Array.from({ length: 1976 }, (_, n) => `a${n}:1`)]),
      431,
      "headers",
    ],
    [
      "T07, 101 fields",
      upgradeBytes("GET /echo HTTP/1.1", [...UPGRADE_LINES, ...Array.from({ length: 96 }, (_, n) => `a${n}:1`)]),
      431,
      "headers",
    ],
    [
      "T08, a header of 20 KB",
      upgradeBytes("GET /echo HTTP/1.1", [...UPGRADE_LINES, `X: ${"x".repeat(20_000)}`]),
      431,
      "headers",
    ],
    ["T08, a target of 20 KB", upgradeBytes(`GET /echo?${"x".repeat(20_000)} HTTP/1.1`), 431, "headers"],
    ["T08, no HTTP", "\x16\x03\x01\x02\x00\r\n\r\n", 400, "syntax"],
    [
      "T11, two origins",
      upgradeBytes("GET /echo HTTP/1.1", [...UPGRADE_LINES, "Origin: http://localhost", "Origin: http://localhost"]),
      403,
      "origin",
    ],
    [
      "T12, a length",
      upgradeBytes("GET /echo HTTP/1.1", [...UPGRADE_LINES, "Content-Length: 5"]) + "12345",
      400,
      "body",
    ],
    [
      "T12, chunks",
      upgradeBytes("GET /echo HTTP/1.1", [...UPGRADE_LINES, "Transfer-Encoding: chunked"]) + "0\r\n\r\n",
      400,
      "body",
    ],
    ["T13, two slashes", upgradeBytes("GET // HTTP/1.1"), 400, "target"],
    ["T13, an open bracket", upgradeBytes("GET http://[ HTTP/1.1"), 400, "target"],
    ["T14, half an escape", upgradeBytes("GET /rooms/%E0%A4%A HTTP/1.1"), 400, "encoding"],
    ["T15, dots", upgradeBytes("GET /rooms/%2e%2e/echo HTTP/1.1"), 400, "target"],
    ["T16, the absolute form", upgradeBytes("GET http://localhost/echo HTTP/1.1"), 400, "target"],
    ["T16, an asterisk", upgradeBytes("GET * HTTP/1.1"), 400, "target"],
    ["T23, another path", upgradeBytes("GET /nowhere HTTP/1.1"), 404, "path"],
    [
      "T29, 17 subprotocols",
      upgradeBytes("GET /echo HTTP/1.1", [
        ...UPGRADE_LINES,
        `Sec-WebSocket-Protocol: ${"abcdefghijklmnopq".split("").join()}`,
      ]),
      400,
      "subprotocol",
    ],
    ["T32, two hosts", upgradeBytes("GET /echo HTTP/1.1", [...UPGRADE_LINES, "Host: localhost"]), 400, "host"],
    ["T32, HTTP/1.0", upgradeBytes("GET /echo HTTP/1.0"), 400, "host"],
  ])("answers and closes: %s", async (_name, bytes, status, reason) => {
    await using application = await Application.run();
    const response = await application.answerTo(bytes);
    expect(response).toMatchObject({ status });
    expect(response.headers.get("content-type")).toEqual(["text/plain; charset=utf-8"]);
    expect(application.refused).toEqual({ [reason]: 1 });
    const { status: next } = await application.upgrade({ path: "/echo" });
    expect(next).toBe(101);
  });

  it("refuses a request without any Host (T32)", async () => {
    await using application = await Application.run();
    const response = await application.answerTo(upgradeBytes("GET /echo HTTP/1.1", linesWithout("Host")));
    expect(response.status).toBe(400);
  });

  it.each(["constructor", "permessage-deflate; client_max_window_bits=7", 'permessage-deflate; x="', "a,".repeat(700)])(
    "does without extensions that are offered as %.40s, compression or not (T34)",
    async (extensions) => {
      for (const compression of [false, true]) {
        await using application = await Application.run({ compression });
        const headers = { "Sec-WebSocket-Extensions": extensions };
        const response = await application.upgrade({ path: "/echo", headers });
        expect([response.status, response.headers.has("sec-websocket-extensions")]).toEqual([101, false]);
      }
    },
  );

  it("lets nothing of a path into an answer as a line of its own, or as markup (T30)", async () => {
    await using application = await Application.run();
    const injected = await application.upgrade({ path: "/rooms/a%0d%0aSet-Cookie:%20a=b" });
    expect(injected.status).toBe(500);
    expect(injected.headers.has("set-cookie")).toBe(false);
    const refused = await application.upgrade({ path: "/rooms/%3Cb%3E?full" });
    expect(refused).toMatchObject({ status: 503, body: "<b>" });
    expect(refused.headers.get("content-type")).toEqual(["text/plain; charset=utf-8"]);
    expect(refused.headers.get("retry-after")).toEqual(["1"]);
    expect((await application.upgrade({ path: "/rooms/blue" })).headers.get("x-room")).toEqual(["blue"]);
  });

  it("lets no token of a query into the log (T33)", async () => {
    await using application = await Application.run();
    const paths = ["/echo", "/rooms/a%0d%0a", "/nowhere", "/rooms/%", "/private", "//", "/rooms/blue"];
    for (const path of paths) await application.upgrade({ path: `${path}?token=s3cret` });
    const { client } = await application.upgrade({ path: "/rooms/blue?token=s3cret" });
    client.frame({ opcode: 1, payload: Buffer.from("fail") });
    expect(await client.nextClose()).toMatchObject({ code: 1011 });
    const lines = application.log.map((record) => {
      const { error } = record as { readonly error?: Error };
      return `${JSON.stringify(record)} ${error?.message} ${error?.stack}`;
    });
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.filter((line) => line.includes("s3cret"))).toEqual([]);
  });
});

describe("a guard that takes its time", () => {
  it.each<[name: string, leave: (client: RawClient) => void]>([
    ["ends its side (T19)", (client) => client.end()],
    ["resets the connection (T18)", (client) => client.reset()],
  ])("hears it when the peer %s, and nothing is opened", async (_name, leave) => {
    await using application = await Application.run({ endpoints: [Slow], limits: { maxConnections: 1 } });
    const client = await application.connect();
    const called = guardCalled();
    void client.upgrade({ path: "/slow" }).catch(() => {});
    const { signal } = await called;
    expect(signal.aborted).toBe(false);
    leave(client);
    await aborted(signal);
    expect(signal.reason).toMatchObject({ name: "AbortError" });
    await client.untilEnded();
    const { sessionsOpened, upgradesAbandoned, upgradesRefused } = application.context.get(ServerContainer).metrics();
    expect([sessionsOpened, upgradesAbandoned, upgradesRefused]).toEqual([0, 1, {}]);
    // Its place is free again.
    const next = guardCalled();
    void (await application.connect()).upgrade({ path: "/slow" }).catch(() => {});
    expect((await next).signal.aborted).toBe(false);
  });

  it("has a deadline: 503, and its signal fires (T20)", async () => {
    const clock = new VirtualClock();
    await using application = await Application.run({ endpoints: [Slow], clock });
    const called = guardCalled();
    const response = application.upgrade({ path: "/slow" });
    const { signal } = await called;
    await clock.advance(9_999);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.aborted).toBe(true);
    const { status, headers } = await response;
    expect([status, headers.get("retry-after")]).toEqual([503, ["1"]]);
    expect(application.refused).toEqual({ timeout: 1 });
  });
});

describe("an application with limits on who comes in", () => {
  it("counts by the address that a trusted proxy gives, until the connection ends (T24, T31)", async () => {
    await using application = await Application.run({
      trustedProxies: ["127.0.0.0/8"],
      limits: { maxConnectionsPerAddress: 1 },
    });
    const by = (address: string) => application.upgrade({ path: "/echo", headers: { "X-Forwarded-For": address } });
    const first = await by("2001:db8::1");
    expect(first.status).toBe(101);
    const second = await by("1.2.3.4, 2001:db8::2");
    expect(second.status).toBe(429);
    expect(second.headers.get("retry-after")).toEqual(["5"]);
    expect((await by("2001:db8:0:1::1")).status).toBe(101);
    const closed = sessionClosed();
    first.client.end();
    await closed;
    expect((await by("2001:db8::2")).status).toBe(101);
    expect(application.refused).toEqual({ address: 1 });
  });

  it("believes nobody else (T31)", async () => {
    await using application = await Application.run({ limits: { maxConnectionsPerAddress: 1 } });
    const by = (address: string) => application.upgrade({ path: "/echo", headers: { "X-Forwarded-For": address } });
    expect([(await by("1.2.3.4")).status, (await by("1.2.3.5")).status]).toEqual([101, 429]);
  });

  it("counts principals", async () => {
    await using application = await Application.run({ limits: { maxConnectionsPerPrincipal: 1 } });
    const by = (user?: string) => application.upgrade({ path: "/mine", headers: { "X-User": user } });
    const first = await by("ann");
    const again = await by("ann");
    expect([first.status, again.status, (await by("bob")).status]).toEqual([101, 429, 101]);
    expect(again.headers.get("retry-after")).toEqual(["5"]);
    expect([(await by()).status, (await by()).status]).toEqual([101, 101]);
    const closed = sessionClosed();
    first.client.reset();
    await closed;
    expect((await by("ann")).status).toBe(101);
  });

  it("counts the process", async () => {
    await using application = await Application.run({ limits: { maxConnections: 2 } });
    const echo = () => application.upgrade({ path: "/echo" });
    const [first, , third] = [await echo(), await echo(), await echo()];
    expect(third.status).toBe(503);
    expect(third.headers.get("retry-after")).toEqual(["5"]);
    const closed = sessionClosed();
    first.client.end();
    await closed;
    expect((await echo()).status).toBe(101);
    expect(application.refused).toEqual({ connections: 1 });
  });

  it("slows down one address, and nobody else (T24)", async () => {
    await using application = await Application.run({
      trustedProxies: ["127.0.0.1"],
      limits: { upgradeRate: 1, upgradeBurst: 3 },
      clock: standingClock,
    });
    const by = (address: string) => application.upgrade({ path: "/echo", headers: { "X-Forwarded-For": address } });
    const statuses: number[] = [];
    for (let count = 0; count < 200; count++) {
      const { status, headers, client } = await by("192.0.2.1");
      if (status === 429) expect(headers.get("retry-after")).toEqual(["1"]);
      client.destroy();
      statuses.push(status);
    }
    expect(statuses.filter((status) => status === 101)).toHaveLength(3);
    expect((await by("192.0.2.2")).status).toBe(101);
    expect(application.refused).toEqual({ rate: 197 });
  });

  it("knows from a trusted proxy that the peer speaks TLS (T31)", async () => {
    await using application = await Application.run({ trustedProxies: ["127.0.0.1"] });
    const by = (scheme?: string) => application.upgrade({ path: "/private", headers: { "X-Forwarded-Proto": scheme } });
    const { status, client } = await by("https");
    expect(status).toBe(101);
    expect(String((await client.nextFrame()).payload)).toBe("true wss:");
    expect([(await by("http")).status, (await by()).status, (await by("https, http")).status]).toEqual([403, 403, 403]);
    await using direct = await Application.run();
    const spoofed = { path: "/private", headers: { "X-Forwarded-Proto": "https" } };
    expect((await direct.upgrade(spoofed)).status).toBe(403);
  });

  it("serves no host but its own (T32)", async () => {
    await using application = await Application.run({ allowedHosts: ["app.example"] });
    const at = async (host: string) => (await application.upgrade({ path: "/echo", headers: { Host: host } })).status;
    expect([await at("app.example"), await at("App.Example:8080"), await at("evil.example")]).toEqual([101, 101, 421]);
  });

  it("rejects a proxy that is none before it listens", async () => {
    await expect(Application.run({ trustedProxies: ["10.0.0.0/99"] })).rejects.toMatchObject({
      code: "WS_ILLEGAL_ARGUMENT",
    });
  });
});

/** Time that does not pass. */
const standingClock = {
  now: () => 0,
  wallTime: () => 0,
  setTimer: () => ({ cancel() {} }),
};

let listening: ((event: unknown) => void) | undefined;

afterEach(() => {
  if (listening !== undefined) unsubscribe("wirespring:session.closed", listening);
  listening = undefined;
});

/** Resolves when the next session of this process has ended. */
function sessionClosed(): Promise<DiagnosticEvents["wirespring:session.closed"]> {
  return new Promise((resolve) => {
    listening = (event) => resolve(event as DiagnosticEvents["wirespring:session.closed"]);
    subscribe("wirespring:session.closed", listening);
  });
}
