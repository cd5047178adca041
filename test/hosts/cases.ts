import { setImmediate } from "node:timers/promises";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { expect } from "vitest";
import type { Visitor } from "./endpoints.js";
import type { Column } from "./expected-ids.js";
import type { Host } from "./host.js";
import type { ViteHost } from "./hosts/vite.js";
import type { Stage } from "./stage.js";

/**
 * The columns of the table: what holds on every host, and what on some. Called by the suite, each with a host of its own.
 */

/** Plays one field of the table. */
export type HostCase = (stage: Stage, host: Host) => Promise<void>;

/** The columns, by title. */
export const cases: Readonly<Record<Column, HostCase>> = {
  "routes and endpoints share a port": sharePort,
  "paths that no endpoint has are left alone": leavePathsAlone,
  "another WebSocket server keeps its own path": leaveSocketsAlone,
  "the handshake knows the HTTP session and the cookie": knowVisitor,
  "what has begun is finished when the host is closed": drain,
  "endpoints have the very providers of its controllers": shareProviders,
  "Vite's own socket lives beside ours, and longer": shareWithVite,
};

async function sharePort(stage: Stage, host: Host): Promise<void> {
  expect(await stage.ask("/")).toMatchObject({ status: 200, body: host.name });
  const { socket, next } = await stage.open("/echo");
  socket.send("hello");
  expect(await next()).toBe("hello");
  expect(await stage.ask("/")).toMatchObject({ status: 200, body: host.name });
  socket.send("again");
  expect(await next()).toBe("again");
  expect(stage.host.sockets.sessions().size).toBe(1);
}

async function leavePathsAlone(stage: Stage, host: Host): Promise<void> {
  const missing = { status: 404, body: expect.stringMatching(host.missing) };
  expect(await stage.ask("/nowhere")).toMatchObject(missing);
  // A path of an endpoint, too, is the host's for plain HTTP.
  expect((await stage.ask("/echo")).status).toBe(404);
  // Where somebody else listens, it is theirs.
  if (host.hasSockets !== true) await expect(stage.open("/nowhere")).rejects.toThrow("Unexpected server response: 404");
  expect(await stage.say("/echo", "still here")).toBe("still here");
}

async function leaveSocketsAlone(stage: Stage): Promise<void> {
  const others = new WebSocketServer({ noServer: true });
  const theirs = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (request.url !== "/other") return;
    others.handleUpgrade(request, socket, head, (peer) =>
      peer.on("message", (data) => peer.send(`theirs: ${String(data as Buffer)}`)),
    );
  };
  stage.host.server.on("upgrade", theirs);
  const other = await stage.open("/other");
  expect(await stage.say("/echo", "hello")).toBe("hello");
  other.socket.send("hello");
  expect(await other.next()).toBe("theirs: hello");
  other.socket.close();
  await other.closed;
}

async function knowVisitor(stage: Stage): Promise<void> {
  const first = await stage.ask("/visits");
  expect([first.status, first.body]).toEqual([200, "1"]);
  const second = await stage.ask("/visits", first.cookies);
  expect(second.body).toBe("2");
  // Some hosts send a changed session back in the cookie itself.
  const cookies = [second.cookies, first.cookies].filter((each) => each !== "").join("; ");
  const visitor = await stage.open("/visits", cookies);
  expect(JSON.parse(await visitor.next()) as Visitor).toEqual({ visits: 2, taste: "sweet" });
  const stranger = await stage.open("/visits");
  expect(JSON.parse(await stranger.next()) as Visitor).toEqual({ visits: null, taste: null });
}

async function drain(stage: Stage, host: Host): Promise<void> {
  const { server } = stage.host;
  const slow = await stage.open("/slow");
  const idle = await stage.open("/echo");
  slow.socket.send("do it");
  const answer = stage.ask("/slow");
  await stage.work.hasBegun(2);

  const ended = stage.close();
  // Vite's own server listens until its sockets are gone, and refuses new ones by HTTP.
  while (host.name !== "Vite 8's own server" && server.listening) await setImmediate();
  await expect(stage.open("/echo")).rejects.toThrow(/ECONNREFUSED|Unexpected server response: 503/);
  expect(await idle.closed).toMatch(/^1012 retry=\d+$/);
  expect(slow.socket.readyState).toBe(slow.socket.OPEN);

  stage.work.release();
  expect(await slow.next()).toBe("slow");
  expect(await slow.closed).toMatch(/^1012 retry=\d+$/);
  expect(await answer).toMatchObject({ status: 200, body: "slow" });
  await ended;
  expect([server.listening, stage.host.sockets.sessions().size]).toEqual([false, 0]);
  await expect(stage.ask("/")).rejects.toThrow("ECONNREFUSED");
}

async function shareProviders(stage: Stage): Promise<void> {
  expect((await stage.ask("/count")).body).toBe("1");
  expect(await stage.say("/count", "and one")).toBe("2");
  expect((await stage.ask("/count")).body).toBe("3");
}

async function shareWithVite(stage: Stage): Promise<void> {
  const { vite, sockets } = stage.host as ViteHost;
  expect((await stage.ask("/hello.js")).body).toContain('export const hello = "hello"');
  expect((await stage.ask("/@vite/client")).status).toBe(200);

  const page = await stage.open(`/?token=${vite.config.webSocketToken}`, undefined, ["vite-hmr"]);
  expect(JSON.parse(await page.next())).toEqual({ type: "connected" });
  expect(await stage.say("/echo", "hello")).toBe("hello");
  vite.ws.send({ type: "custom", event: "news", data: 1 });
  expect(JSON.parse(await page.next())).toEqual({ type: "custom", event: "news", data: 1 });

  await sockets.close();
  vite.ws.send({ type: "custom", event: "news", data: 2 });
  expect(JSON.parse(await page.next())).toMatchObject({ data: 2 });
}
