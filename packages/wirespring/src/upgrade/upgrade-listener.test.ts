import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { afterEach, describe, expect, it, vi } from "vitest";
import { deploymentFailure } from "../errors.js";
import { defaultLimits } from "../limits.js";
import type { Transport } from "../session/transport.js";
import type { Admission } from "./admission.js";
import { FakeEndpoint, ManualClock, quietDiagnostics, settled } from "./fake-endpoint.test.fixture.js";
import type { Accept } from "./upgrade-attempt.js";
import { exportedBy, markExported, UpgradeListener } from "./upgrade-listener.js";
import { UpgradeRouter, type UpgradeRouterOptions } from "./upgrade-router.js";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const SOUND = {
  Host: "app.example",
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Key": KEY,
  "Sec-WebSocket-Version": "13",
};

type Lines = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The bytes of an upgrade request; `undefined` takes a line away, a list sends it several times. */
function bytes(path: string, lines: Lines = {}, start = `GET ${path} HTTP/1.1`): string {
  const fields = Object.entries({ ...SOUND, ...lines });
  const written = fields.flatMap(([name, value]) => [value ?? []].flat().map((each) => `${name}: ${each}`));
  return `${[start, ...written].join("\r\n")}\r\n\r\n`;
}

/** A peer that writes bytes and keeps what it gets. */
class Peer {
  readonly socket: Socket;
  readonly closed: Promise<string>;
  received = "";

  constructor(server: Server) {
    this.socket = connect({ port: (server.address() as AddressInfo).port, host: "127.0.0.1", allowHalfOpen: true });
    this.socket.setEncoding("latin1").on("data", (chunk: string) => (this.received += chunk));
    // What the server does to the connection is what the tests look at.
    this.socket.on("error", () => {});
    this.socket.on("end", () => this.socket.end());
    this.closed = new Promise((resolve) => this.socket.on("close", () => resolve(this.received)));
  }

  write(text: string): this {
    this.socket.write(text, "latin1");
    return this;
  }
}

interface Acceptance {
  readonly socket: Duplex;
  readonly head: string;
  readonly admission: Admission;
}

const cleanups: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function listen(): Promise<Server> {
  const server = createServer((_request, response) => response.end("plain"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return server;
}

/** A server with these endpoints, whose transport is a 101 and silence. */
async function serve(
  endpoints: readonly FakeEndpoint[],
  options: Partial<UpgradeRouterOptions> & { accept?: Accept } = {},
) {
  const server = await listen();
  const clock = new ManualClock();
  const { diagnostics, log } = quietDiagnostics();
  const { accept, ...rest } = options;
  const router = new UpgradeRouter({ clock, diagnostics, maxPendingUpgrades: 500, limits: defaultLimits, ...rest });
  for (const endpoint of endpoints) router.mount(endpoint);
  const accepted: Acceptance[] = [];
  const listener = new UpgradeListener({
    server,
    router,
    clock,
    diagnostics,
    accept:
      accept ??
      ((_request, socket, head, admission) => {
        accepted.push({ socket, head: head.toString("latin1"), admission });
        admission.open({} as Transport);
        socket.on("error", () => {});
        socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
      }),
  });
  return { server, clock, diagnostics, log, router, listener, accepted, peer: () => new Peer(server) };
}

/** Waits until it is so; a fact that never comes is the test's time-out. */
async function until(fact: () => boolean): Promise<void> {
  while (!fact()) await settled();
}

/** Status and reason of what a request gets from a server with one endpoint at `/chat/{room}`. */
async function answerTo(request: string, endpoint = new FakeEndpoint("/chat/{room}")) {
  const { peer, diagnostics, accepted } = await serve([endpoint]);
  const answer = await peer().write(request).closed;
  expect(accepted).toEqual([]);
  const reasons = Object.keys(diagnostics.metrics().upgradesRefused);
  return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]), reasons, answer };
}

/** A hook that answers when the test says so, with the requests that wait. */
function waitingEndpoint(path = "/chat/{room}", answer: unknown = true) {
  const waiting: { readonly signal: AbortSignal; answer(): void }[] = [];
  const endpoint = new FakeEndpoint(path, {
    checkOrigin: (_origin, { signal }) =>
      new Promise((resolve) => waiting.push({ signal, answer: () => resolve(answer as boolean) })),
  });
  return { endpoint, waiting };
}

describe("UpgradeListener", () => {
  it.each([
    ["nobody has asked for its address before", false],
    ["its address is known", true],
  ])(
    "asks no hook and opens nothing for a peer that has reset the connection already, where %s (T24)",
    async (_name, asks) => {
      let asked = 0;
      const endpoint = new FakeEndpoint("/a", { checkOrigin: () => ++asked > 0 });
      const { server, peer, diagnostics, log, accepted } = await serve([endpoint]);
      const requests = [bytes("/a"), bytes("/a"), bytes("/nowhere"), bytes("/a", { Host: undefined })];
      for (const request of requests) {
        const client = peer();
        const [socket] = (await once(server, "connection")) as [Socket];
        if (asks) expect(socket.remoteAddress).toBe("127.0.0.1");
        // Both are with the system before the server reads.
        client.write(request).socket.resetAndDestroy();
        await once(socket, "close");
      }
      expect(diagnostics.metrics()).toMatchObject({ upgradesAbandoned: requests.length, upgradesRefused: {} });
      expect([asked, endpoint.reserved, accepted, log]).toEqual([0, [], [], []]);
    },
  );

  it("hands request, socket, head and admission over", async () => {
    const endpoint = new FakeEndpoint("/chat/{room}");
    const { peer, accepted, diagnostics } = await serve([endpoint]);
    const client = peer().write(`${bytes("/chat/blue")}EARLY`);
    await until(() => client.received.includes("101"));
    expect(accepted).toMatchObject([{ head: "EARLY", admission: { endpoint } }]);
    expect(endpoint.opened).toBe(1);
    expect(diagnostics.metrics().upgradesRefused).toEqual({});
    expect(accepted[0]!.socket.listenerCount("error")).toBe(1);
  });

  it.each(["POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE", "PROPFIND"])(
    "answers %s with 405 (T01)",
    async (method) => {
      const { answer, reasons } = await answerTo(bytes("", {}, `${method} /chat/blue HTTP/1.1`));
      expect(answer).toMatch(/^HTTP\/1\.1 405 [^]*\r\nAllow: GET\r\n/);
      expect(answer).toContain("\r\nConnection: close\r\n");
      expect(reasons).toEqual(["method"]);
    },
  );

  it.each<[string, string, Lines, number, string]>([
    ["T02", "another protocol", { Upgrade: "h2c" }, 426, "upgrade"],
    ["T04", "no key", { "Sec-WebSocket-Key": undefined }, 400, "key"],
    ["T04", "a short key", { "Sec-WebSocket-Key": "YQ==" }, 400, "key"],
    ["T04", "two keys", { "Sec-WebSocket-Key": [KEY, KEY] }, 400, "key"],
    ["T05", "version 7", { "Sec-WebSocket-Version": "7" }, 426, "version"],
    ["T05", "two versions", { "Sec-WebSocket-Version": ["13", "13"] }, 426, "version"],
    ["T06", "version 8", { "Sec-WebSocket-Version": "8" }, 426, "version"],
    ["T06", "version 0xd", { "Sec-WebSocket-Version": "0xd" }, 426, "version"],
    ["T11", "two origins", { Origin: ["https://app.example", "https://evil.example"] }, 403, "origin"],
    ["T12", "a length", { "Content-Length": "5" }, 400, "body"],
    ["T12", "chunks", { "Transfer-Encoding": "chunked" }, 400, "body"],
    ["T25", "a foreign origin", { Origin: "https://evil.example", Cookie: "a=b" }, 403, "origin"],
    [
      "T29",
      "17 subprotocols",
      { "Sec-WebSocket-Protocol": Array.from("abcdefghijklmnopq").join() },
      400,
      "subprotocol",
    ],
    ["T32", "two hosts", { Host: ["app.example", "evil.example"] }, 400, "host"],
    ["T32", "a host that is none", { Host: "a/b" }, 400, "host"],
  ])("refuses %s: %s", async (_id, _name, lines, status, reason) => {
    const body = lines["Content-Length"] === undefined ? "" : "12345";
    expect(await answerTo(bytes("/chat/blue", lines) + body)).toMatchObject({ status, reasons: [reason] });
  });

  it("names what it would take instead (T02, T05)", async () => {
    expect((await answerTo(bytes("/chat/x", { Upgrade: "h2c" }))).answer).toContain("\r\nUpgrade: websocket\r\n");
    const { answer } = await answerTo(bytes("/chat/x", { "Sec-WebSocket-Version": "7" }));
    expect(answer).toContain("\r\nSec-WebSocket-Version: 13\r\n");
  });

  it("leaves a request without Connection: Upgrade to plain HTTP (T03)", async () => {
    const { peer, diagnostics } = await serve([new FakeEndpoint("/chat/{room}")]);
    const answer = await peer().write(bytes("/chat/blue", { Connection: "close" })).closed;
    expect(answer).toContain("200 OK");
    expect(diagnostics.metrics().upgradesRefused).toEqual({});
  });

  it("refuses 1976 header fields, of which Node loses some (T07)", async () => {
    const lines = Object.fromEntries(Array.from({ length: 1976 }, (_, index) => [`x${index}`, "1"]));
    const { Upgrade, ...rest } = SOUND;
    const fields = Object.entries({ ...rest, ...lines, Upgrade }).map(([name, value]) => `${name}:${value}`);
    const request = `GET /chat/blue HTTP/1.1\r\n${fields.join("\r\n")}\r\n\r\n`;
    expect(await answerTo(request)).toMatchObject({ status: 431, reasons: ["headers"] });
  });

  it("refuses a header block beyond the endpoint's limit (T08)", async () => {
    const endpoint = new FakeEndpoint({ value: "/chat/{room}", maxHeaderBytes: 1_024 });
    const request = bytes("/chat/blue", { Cookie: "x".repeat(1_024) });
    expect(await answerTo(request, endpoint)).toMatchObject({ status: 431, reasons: ["headers"] });
  });

  it.each<[string, string, number, string]>([
    ["T13", "//", 400, "target"],
    ["T13", "http://[", 400, "target"],
    ["T13", "///x", 400, "target"],
    ["T14", "/%E0%A4%A", 400, "encoding"],
    ["T14", "/%", 400, "encoding"],
    ["T14", "/chat/%zz", 400, "encoding"],
    ["T15", "/chat/%2e%2e", 400, "target"],
    ["T15", "/chat/..%2f..%2fadmin", 400, "encoding"],
    ["T15", "/chat/./b", 400, "target"],
    ["T15", "/chat//b", 400, "target"],
    ["T15", "/CHAT/b", 404, "path"],
    ["T16", "http://evil/chat/blue", 400, "target"],
    ["T16", "//evil/chat", 400, "target"],
    ["T16", "*", 400, "target"],
    ["T16", "/chat/blue#frag", 400, "target"],
    ["T23", "/nowhere", 404, "path"],
    ["T23", "/chat", 404, "path"],
  ])("refuses %s: the target %s", async (_id, target, status, reason) => {
    // Node's own parser takes some of them for no HTTP at all, and answers 400 itself.
    const result = await answerTo(bytes(target));
    expect(result.status).toBe(status);
    if (result.reasons.length > 0) expect(result.reasons).toEqual([reason]);
  });

  it("refuses HTTP/1.0 (T32)", async () => {
    const result = await answerTo(bytes("", {}, "GET /chat/blue HTTP/1.0"));
    expect(result).toMatchObject({ status: 400, reasons: ["host"] });
  });

  it("answers 500 when a hook throws, reports it, and lives on (J-170)", async () => {
    const fail = (): never => {
      throw new Error("secret");
    };
    const endpoint = new FakeEndpoint("/throws", { authenticate: fail });
    const { peer, diagnostics, log } = await serve([endpoint, new FakeEndpoint("/a")]);
    const answer = await peer().write(bytes("/throws")).closed;
    expect(answer).toMatch(/^HTTP\/1\.1 500 /);
    expect(answer).not.toContain("secret");
    expect(diagnostics.metrics()).toMatchObject({ upgradesRefused: { hook: 1 }, errors: { authenticate: 1 } });
    expect(log).toMatchObject([{ event: "error" }, { event: "upgrade.refused", reason: "hook" }]);
    const next = peer().write(bytes("/a"));
    await until(() => next.received.includes("101"));
  });

  describe("while a hook is awaited", () => {
    it("keeps what the peer says too early", async () => {
      const { endpoint, waiting } = waitingEndpoint();
      const { peer, accepted } = await serve([endpoint]);
      const client = peer().write(`${bytes("/chat/blue")}one,`);
      await until(() => waiting.length === 1);
      client.write("two,");
      await settled();
      client.write("three");
      await settled();
      waiting[0]!.answer();
      await until(() => accepted.length === 1);
      let { head } = accepted[0]!;
      accepted[0]!.socket.on("data", (chunk: Buffer) => (head += chunk.toString()));
      await until(() => head.length >= 13);
      expect(head).toBe("one,two,three");
    });

    it("keeps a bounded part of it, and loses nothing", async () => {
      const { endpoint, waiting } = waitingEndpoint();
      let kept = -1;
      let count = 0;
      const { peer } = await serve([endpoint], {
        accept: (_request, socket, head, admission) => {
          admission.open({} as Transport);
          kept = count = head.length;
          socket.on("data", (chunk: Buffer) => (count += chunk.length));
        },
      });
      const client = peer().write(bytes("/chat/blue"));
      await until(() => waiting.length === 1);
      client.write("x".repeat(1_000_000));
      for (let round = 0; round < 50; round++) await settled();
      waiting[0]!.answer();
      await until(() => count === 1_000_000);
      expect(kept).toBeGreaterThan(0);
      expect(kept).toBeLessThanOrEqual(16_384 + 65_536);
    });

    it("leaves the socket as it was: who takes it over can hold it at once", async () => {
      const { endpoint, waiting } = waitingEndpoint();
      const seen: string[] = [];
      let taken: Duplex | undefined;
      const { peer } = await serve([endpoint], {
        accept: (_request, socket, head, admission) => {
          admission.open({} as Transport);
          if (head.length > 0) socket.unshift(head);
          socket.on("data", (chunk: Buffer) => seen.push(chunk.toString()));
          socket.pause();
          taken = socket;
        },
      });
      const client = peer().write(bytes("/chat/blue"));
      await until(() => waiting.length === 1);
      client.write("early");
      for (let round = 0; round < 10; round++) await settled();
      waiting[0]!.answer();
      await until(() => taken !== undefined);
      for (let round = 0; round < 10; round++) await settled();
      expect(seen).toEqual([]);
      taken!.resume();
      await until(() => seen.length > 0);
      expect(seen.join("")).toBe("early");
    });

    it.each(["", "early"])("ends the handshake of a peer that ends its side, having said %j (T19)", async (early) => {
      const { endpoint, waiting } = waitingEndpoint();
      const { peer, diagnostics, clock } = await serve([endpoint]);
      const client = peer().write(bytes("/chat/blue"));
      await until(() => waiting.length === 1);
      client.socket.end(early);
      expect(await client.closed).toBe("");
      expect(waiting[0]!.signal.aborted).toBe(true);
      waiting[0]!.answer();
      await settled();
      expect(endpoint.reserved).toEqual([]);
      expect(diagnostics.metrics()).toMatchObject({ upgradesAbandoned: 1, upgradesRefused: {} });
      expect(clock.pending).toBe(0);
    });

    it("survives a reset at 20 points of the handshake (T18)", async () => {
      const { endpoint, waiting } = waitingEndpoint();
      const { peer, diagnostics, accepted } = await serve([endpoint, new FakeEndpoint("/a")]);
      const request = bytes("/chat/blue");
      for (let point = 0; point < 20; point++) {
        const client = peer();
        await new Promise((resolve) => client.socket.on("connect", resolve));
        const before = waiting.length;
        // Ten amid the request, ten behind it, later and later.
        client.write(point < 10 ? request.slice(0, 1 + Math.floor((request.length * point) / 10)) : request);
        if (point >= 12) await until(() => waiting.length > before);
        if (point >= 16) waiting.at(-1)!.answer();
        for (let round = 10; round < point; round++) await settled();
        client.socket.resetAndDestroy();
        await client.closed;
      }
      const next = peer().write(bytes("/a"));
      await until(() => next.received.includes("101"));
      await until(() => {
        const { upgradesAbandoned, upgradesRefused } = diagnostics.metrics();
        expect(upgradesRefused).toEqual({});
        // Of the requests that were sent whole none is forgotten, whether its hook was asked or not.
        return upgradesAbandoned + accepted.length === 10 + 1;
      });
    });

    it("gives up on a hook that never answers (T20)", async () => {
      const { endpoint, waiting } = waitingEndpoint();
      const { peer, clock, diagnostics } = await serve([endpoint]);
      const client = peer().write(bytes("/chat/blue"));
      await until(() => waiting.length === 1);
      clock.advance(10_000);
      expect(await client.closed).toMatch(/^HTTP\/1\.1 503 [^]*\r\nRetry-After: 1\r\n/);
      expect(waiting[0]!.signal.aborted).toBe(true);
      expect(diagnostics.metrics().upgradesRefused).toEqual({ timeout: 1 });
    });

    it("refuses with what the hook says later (T21)", async () => {
      const { endpoint, waiting } = waitingEndpoint("/chat/{room}", false);
      const { peer } = await serve([endpoint]);
      const client = peer().write(bytes("/chat/blue"));
      await until(() => waiting.length === 1);
      waiting[0]!.answer();
      expect(await client.closed).toMatch(/^HTTP\/1\.1 403 /);
    });

    it("refuses when the router drains", async () => {
      const { endpoint, waiting } = waitingEndpoint();
      const { peer, router } = await serve([endpoint]);
      const client = peer().write(bytes("/chat/blue"));
      await until(() => waiting.length === 1);
      router.drain();
      expect(await client.closed).toMatch(/^HTTP\/1\.1 503 [^]*\r\nRetry-After: 5\r\n/);
    });
  });

  it("starts no session when the router drains while the handshake ends", async () => {
    const endpoint = new FakeEndpoint("/a", { checkOrigin: () => (drain(), true) });
    const { peer, router, diagnostics } = await serve([endpoint]);
    const drain = (): void => router.drain();
    expect(await peer().write(bytes("/a")).closed).toMatch(/^HTTP\/1\.1 503 [^]*\r\nRetry-After: 5\r\n/);
    expect([endpoint.reserved.length, endpoint.opened, endpoint.abandoned]).toEqual([1, 0, 1]);
    expect(diagnostics.metrics().upgradesRefused).toEqual({ draining: 1 });
  });

  it("answers 500 when the socket could not be taken over, and abandons the session", async () => {
    const endpoint = new FakeEndpoint("/a");
    const { peer, diagnostics, log } = await serve([endpoint], {
      accept: () => {
        throw new Error("mine");
      },
    });
    expect(await peer().write(bytes("/a")).closed).toMatch(/^HTTP\/1\.1 500 /);
    expect(endpoint.abandoned).toBe(1);
    expect(log).toMatchObject([{ event: "upgrade.failed" }, { event: "upgrade.refused", reason: "internal" }]);
    expect(diagnostics.metrics().upgradesRefused).toEqual({ internal: 1 });
  });

  it("writes no second answer behind a first one", async () => {
    const { peer, diagnostics } = await serve([new FakeEndpoint("/a")], {
      accept: (_request, socket) => {
        socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
        throw new Error("mine");
      },
    });
    expect(await peer().write(bytes("/a")).closed).not.toContain("500");
    expect(diagnostics.metrics().upgradesRefused).toEqual({ internal: 1 });
  });

  it("still answers 500 on a connection that has served plain HTTP before", async () => {
    const { peer } = await serve([new FakeEndpoint("/a")], {
      accept: () => {
        throw new Error("mine");
      },
    });
    const client = peer().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await until(() => client.received.includes("plain"));
    expect(await client.write(bytes("/a")).closed).toMatch(/HTTP\/1\.1 500 /);
  });

  describe("beside another upgrade listener (J-43)", () => {
    const other = (path: string) => (request: IncomingMessage, socket: Duplex) => {
      if (request.url === path) socket.write("HTTP/1.1 101 Other\r\n\r\n");
    };

    it("leaves to the other what is the other's, and serves its own (T22)", async () => {
      const { server, peer, clock, diagnostics } = await serve([new FakeEndpoint("/a")]);
      server.on("upgrade", other("/hmr"));
      const [theirs, ours] = [peer().write(bytes("/hmr")), peer().write(bytes("/a"))];
      await until(() => theirs.received.includes("101 Other") && ours.received.includes("101 Switching"));
      clock.advance(10_000);
      for (let round = 0; round < 10; round++) await settled();
      expect(theirs.received).toBe("HTTP/1.1 101 Other\r\n\r\n");
      expect(ours.received).toBe("HTTP/1.1 101 Switching Protocols\r\n\r\n");
      expect(diagnostics.metrics().upgradesRefused).toEqual({});
    });

    it.each([
      ["/nowhere", 404, "path"],
      ["/%", 400, "encoding"],
    ])("answers for %s when nobody has within 10 s", async (target, status, reason) => {
      const { server, peer, clock, diagnostics } = await serve([new FakeEndpoint("/a")]);
      server.on("upgrade", other("/hmr"));
      const client = peer().write(bytes(target));
      await until(() => clock.pending === 1);
      clock.advance(9_999);
      for (let round = 0; round < 10; round++) await settled();
      expect(client.received).toBe("");
      clock.advance(1);
      expect(await client.closed).toContain(`HTTP/1.1 ${status} `);
      expect(diagnostics.metrics().upgradesRefused).toEqual({ [reason]: 1 });
    });

    it("forgets a request whose socket the other has closed, and survives its reset (T18)", async () => {
      const { server, peer, clock, diagnostics } = await serve([new FakeEndpoint("/a")]);
      server.on("upgrade", other("/hmr"));
      const client = peer().write(bytes("/nowhere"));
      await until(() => clock.pending === 1);
      client.socket.resetAndDestroy();
      await until(() => clock.pending === 0);
      expect(diagnostics.metrics().upgradesRefused).toEqual({});
    });

    it("answers at once where the application says so", async () => {
      const { server, peer } = await serve([new FakeEndpoint("/a")], { unmatched: "refuse" });
      server.on("upgrade", other("/hmr"));
      expect(await peer().write(bytes("/nowhere")).closed).toMatch(/^HTTP\/1\.1 404 /);
    });

    it("never answers where the application says so, and survives a reset (T18)", async () => {
      const { peer, clock, server } = await serve([new FakeEndpoint("/a")], { unmatched: "ignore" });
      const seen = vi.fn();
      server.on("upgrade", seen);
      const client = peer().write(bytes("/nowhere"));
      await until(() => seen.mock.calls.length === 1);
      expect(clock.pending).toBe(0);
      const socket = seen.mock.calls[0]![1] as Duplex;
      client.socket.resetAndDestroy();
      await until(() => socket.destroyed);
      expect(client.received).toBe("");
    });
  });

  describe("detach", () => {
    it("takes listener and mark away, once", async () => {
      const { server, listener } = await serve([]);
      expect(server.listenerCount("upgrade")).toBe(1);
      expect(exportedBy(server)).toBe("EndpointExporter");
      listener.detach();
      listener.detach();
      expect(server.listenerCount("upgrade")).toBe(0);
      expect(exportedBy(server)).toBeUndefined();
      markExported(server, "Another");
      listener.detach();
      expect(exportedBy(server)).toBe("Another");
    });

    it("leaves what comes to the requests of the host, and refuses it where nobody listens for them", async () => {
      const { server, listener, peer, ...services } = await serve([]);
      listener.detach();
      expect(await peer().write(bytes("/a", { Connection: "Upgrade, close" })).closed).toContain("plain");
      const again = (): UpgradeListener => new UpgradeListener({ server, ...services, accept: () => {} });
      const second = again();
      server.removeAllListeners("request");
      second.detach();
      expect(await peer().write(bytes("/a")).closed).toMatch(/^HTTP\/1.1 503 /);
      // Whoever comes next finds nothing left of it.
      const third = again();
      expect(server.listenerCount("upgrade")).toBe(1);
      third.detach();
      const seen = vi.fn((_request: IncomingMessage, socket: Duplex) => socket.end("mine"));
      server.on("upgrade", seen);
      expect(await peer().write(bytes("/a")).closed).toBe("mine");
    });
  });

  it("refuses a server that somebody serves already, naming both (T22)", async () => {
    const { server, router, clock, diagnostics } = await serve([]);
    const again = () => new UpgradeListener({ server, router, clock, diagnostics, accept: () => {}, name: "Second" });
    expect(again).toThrowError(
      deploymentFailure(
        "Second cannot export on this server, because EndpointExporter exports there already: give the endpoints of both to one EndpointExporter; where the host exports by itself, declare none",
      ),
    );
    expect(server.listenerCount("upgrade")).toBe(1);
  });
});

describe("exportedBy", () => {
  it("knows the mark of any copy of the package, and of anything else that uses it", () => {
    expect(exportedBy({})).toBeUndefined();
    expect(exportedBy({ [Symbol.for("wirespring.exported")]: "NestHost" })).toBe("NestHost");
    expect(exportedBy({ [Symbol.for("wirespring.exported")]: true })).toBe("another exporter");
  });
});
