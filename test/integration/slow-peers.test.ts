import { once } from "node:events";
import { createServer } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { settle, VirtualClock } from "@wirespring/testing";
import { describe, expect, it } from "vitest";
import {
  CloseReason,
  EndpointExporter,
  OnClose,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  Session,
  type ServerContainer,
} from "wirespring";
// After wirespring, which loads the metadata it needs.
import { container } from "tsyringe";
import {
  carriers,
  carry,
  nextClose,
  text,
  textsToClose,
  type Carried,
  type CarriedPeer,
  type Carrier,
} from "./carriers.js";
import { localhostCertificate } from "./localhost-certificate.js";

/** What every session of these tests is: it remembers itself and how it has ended. */
abstract class Sending {
  static session: Session;
  static closed: number[] = [];
  static heard = 0;

  @OnOpen()
  opened(session: Session): void {
    Sending.session = session;
    Sending.closed = [];
    Sending.heard = 0;
  }
  @OnMessage()
  said(bytes: string): string {
    Sending.heard++;
    return String(Sending.heard).padEnd(Number(bytes), ".");
  }
  @OnClose()
  closed(_session: Session, reason: CloseReason): void {
    Sending.closed.push(reason.code);
  }
}

@ServerEndpoint("/close")
class Close extends Sending {}

@ServerEndpoint({ value: "/block", slowConsumer: "block" })
class Block extends Sending {}

@ServerEndpoint({ value: "/drop-newest", slowConsumer: "drop-newest" })
class DropNewest extends Sending {}

@ServerEndpoint({ value: "/drop-oldest", slowConsumer: "drop-oldest" })
class DropOldest extends Sending {}

const endpoints = [Close, Block, DropNewest, DropOldest];

/** So much is sent in pieces of so much: more than the system's buffers and the outbox hold together. */
const PIECE = 65_536;
const PIECES = 320;
const piece = (index: number): string => String(index).padStart(6, "0").padEnd(PIECE, ".");

const failed = ({ code }: { code?: string }): string => code ?? "failed";

interface Sent {
  readonly outcomes: readonly Promise<string>[];
  /** As sent before anything could be read again. */
  readonly bufferedAmount: number;
}

/** Sends to a peer that reads nothing, with a turn of the event loop after each message, so that the network takes what it can. */
async function sendAll(session: Session, count = PIECES): Promise<Sent> {
  const outcomes: Promise<string>[] = [];
  for (let index = 0; index < count; index++) {
    outcomes.push(session.remote.sendText(piece(index)).catch(failed));
    await settle(1);
  }
  return { outcomes, bufferedAmount: session.remote.bufferedAmount };
}

const tally = (outcomes: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const each of outcomes) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
};

async function stalled(carrier: Carrier, path: string): Promise<{ server: Carried; peer: CarriedPeer }> {
  const server = await carry(carrier, endpoints, { heartbeatInterval: 0 });
  const peer = await server.connect(path);
  peer.stall();
  return { server, peer };
}

describe.each(carriers)("a peer that reads nothing, on %s", (carrier) => {
  it("is closed with 1013 by default, and every send is accounted for", async () => {
    const { server, peer } = await stalled(carrier, "/close");
    await using _ = server;
    const { outcomes } = await sendAll(Sending.session);
    expect(Sending.session.isOpen).toBe(false);
    const { limitHits, sendsFailed, sendsDropped } = server.sockets.metrics();
    expect([limitHits, sendsDropped, Sending.closed]).toEqual([{ outbox: 1 }, 0, [1013]]);
    peer.unstall();
    const got = await textsToClose(peer);
    expect(got.pop()).toBe("close 1013");
    const counts = tally(await Promise.all(outcomes));
    // The network has taken some, the outbox and the rest are refused: nothing that was refused has arrived.
    expect(got.map((each) => Number(each.slice(0, 6)))).toEqual(got.map((_each, index) => index));
    expect(counts["sent"]).toBe(got.length);
    expect(counts["WS_SESSION_CLOSED"]).toBe(PIECES - got.length);
    expect(sendsFailed).toBe(PIECES - got.length);
    // High mark and outbox, 262 144 + 1 048 576 bytes, were used.
    expect(counts["WS_SESSION_CLOSED"]).toBeGreaterThanOrEqual(16);
  });

  it.each(["/drop-newest", "/drop-oldest"])(
    "with %s loses what the policy says, counted to the message",
    async (path) => {
      const { server, peer } = await stalled(carrier, path);
      await using _ = server;
      const { outcomes, bufferedAmount } = await sendAll(Sending.session);
      expect(Sending.session.isOpen).toBe(true);
      expect(bufferedAmount).toBeGreaterThan(1_048_576);
      expect(bufferedAmount).toBeLessThan(262_144 + 1_048_576 + 2 * PIECE);
      peer.unstall();
      const { sendsDropped, sendsFailed } = server.sockets.metrics();
      const results = await Promise.all(outcomes);
      const counts = tally(results);
      expect(counts).toEqual({ sent: PIECES - sendsDropped, dropped: sendsDropped });
      expect([sendsDropped > 10, sendsFailed]).toEqual([true, 0]);
      await Sending.session.close();
      const got = (await textsToClose(peer)).slice(0, -1).map((each) => Number(each.slice(0, 6)));
      // Exactly those that were said to be sent, in order.
      expect(got).toEqual(results.flatMap((each, index) => (each === "sent" ? [index] : [])));
      expect(got.at(-1) === PIECES - 1).toBe(path === "/drop-oldest");
    },
  );

  it("with block refuses what nobody waits for, and the session goes on", async () => {
    const { server, peer } = await stalled(carrier, "/block");
    await using _ = server;
    const { outcomes, bufferedAmount } = await sendAll(Sending.session);
    expect(bufferedAmount).toBeLessThan(262_144 + 2 * 1_048_576 + 2 * PIECE);
    peer.unstall();
    const results = await Promise.all(outcomes);
    const refused = results.filter((each) => each === "WS_OUTBOX_FULL").length;
    expect(tally(results)).toEqual({ sent: PIECES - refused, WS_OUTBOX_FULL: refused });
    expect([refused > 10, server.sockets.metrics().sendsFailed]).toEqual([true, refused]);
    expect(await Sending.session.remote.sendText("later")).toBe("sent");
    await Sending.session.close();
    const got = await textsToClose(peer);
    expect(got.slice(0, -2).map((each) => Number(each.slice(0, 6)))).toEqual(
      results.flatMap((each, index) => (each === "sent" ? [index] : [])),
    );
    expect(got.slice(-2)).toEqual(["later", "close 1000"]);
  });

  it("with block holds the handlers and then the input, and every reply arrives", async () => {
    const { server, peer } = await stalled(carrier, "/block");
    await using _ = server;
    for (let count = 0; count < PIECES; count++) {
      peer.frame(text(`${PIECE}`));
      await settle(1);
    }
    await expect.poll(() => Sending.session.remote.bufferedAmount).toBeGreaterThan(1_048_576);
    await settle(50);
    const { heard } = Sending;
    expect(heard).toBeLessThan(PIECES);
    await settle(50);
    expect(Sending.heard).toBe(heard);
    if (carrier === "memory")
      expect(Sending.session.remote.bufferedAmount).toBeLessThan(262_144 + 1_048_576 + 2 * PIECE);
    peer.unstall();
    for (let count = 1; count <= PIECES; count++) {
      const { payload } = await peer.nextFrame();
      expect(Number.parseInt(String(payload), 10)).toBe(count);
    }
    expect(server.sockets.metrics()).toMatchObject({ sendsFailed: 0, sendsDropped: 0, sessionsOpen: 1 });
  });

  it("with block lets a handler wait for its peer as long as it takes, and not a moment more", async () => {
    const limits = { heartbeatInterval: 0, slowConsumerTimeout: 1_000_000 };
    await using server = await carry(carrier, endpoints, limits);
    const peer = await server.connect("/block");
    peer.stall();
    peer.frame(...Array.from({ length: 3 }, () => text(`${16 * 1_048_576}`)));
    await expect.poll(() => Sending.session.remote.bufferedAmount).toBeGreaterThan(17 * 1_048_576);
    await server.clock.advance(100_000);
    expect([Sending.session.isOpen, Sending.heard]).toEqual([true, 2]);
    peer.unstall();
    for (let count = 1; count <= 3; count++)
      expect(Number.parseInt(String((await peer.nextFrame()).payload), 10)).toBe(count);
    expect(server.sockets.metrics().limitHits).toEqual({});
  });

  it("gets one message of any size, and what waits before the close frame", async () => {
    const { server, peer } = await stalled(carrier, "/close");
    await using _ = server;
    const { remote } = Sending.session;
    const size = 16 * 1_048_576;
    const sends = [
      remote.sendText("x".repeat(size)),
      remote.sendText("behind"),
      remote.sendPing(),
      remote.sendText("it"),
    ];
    expect(remote.bufferedAmount).toBeGreaterThanOrEqual(carrier === "memory" ? size : size / 2);
    await Sending.session.close();
    expect(Sending.session.isOpen).toBe(false);
    peer.unstall();
    const got = await textsToClose(peer);
    expect(got.map((each) => (each.length === size ? "all of it" : each))).toEqual([
      "all of it",
      "behind",
      "it",
      "close 1000",
    ]);
    expect(await Promise.all(sends)).toEqual(["sent", "sent", "sent", "sent"]);
  });

  it("gets what waits when the container drains", async () => {
    const { server, peer } = await stalled(carrier, "/close");
    const { remote } = Sending.session;
    const sends = [remote.sendText("x".repeat(4 * 1_048_576)), remote.sendText("a"), remote.sendText("b")];
    const closing = server.sockets.close();
    await settle();
    peer.unstall();
    const got = await textsToClose(peer);
    expect(got.slice(1)).toEqual(["a", "b", "close 1012"]);
    peer.drop();
    await closing;
    expect(await Promise.all(sends)).toEqual(["sent", "sent", "sent"]);
    await server[Symbol.asyncDispose]();
  });

  it("is closed 10 s to 12.5 s after it has stopped, with 1013", async () => {
    const { server } = await stalled(carrier, "/close");
    await using _ = server;
    const send = Sending.session.remote.sendText("x".repeat(16 * 1_048_576)).catch(failed);
    await settle();
    await server.clock.advance(9_900);
    expect(Sending.session.isOpen).toBe(true);
    await server.clock.advance(2_800);
    expect(Sending.session.isOpen).toBe(false);
    expect(await send).toBe("WS_SESSION_FAILED");
    await expect.poll(() => server.sockets.metrics().sessionsOpen).toBe(0);
    expect(server.sockets.metrics()).toMatchObject({ limitHits: { "slow-consumer": 1 }, sessionsClosed: { 1013: 1 } });
    expect(Sending.closed).toEqual([1013]);
  });
});

describe("all peers together", () => {
  it("may leave so much unread, then the ones with the most are closed, and nobody else", async () => {
    const limits = { maxOutboxBytes: 1_000_000, heartbeatInterval: 0 };
    await using server = await carry("memory", endpoints, limits);
    const sessions: Session[] = [];
    const peers: CarriedPeer[] = [];
    for (let count = 0; count < 4; count++) {
      peers.push(await server.connect("/close"));
      sessions.push(Sending.session);
    }
    for (const peer of peers.slice(0, 3)) peer.stall();
    const send = (index: number, bytes: number): void => void sessions[index]!.remote.sendText("x".repeat(bytes));
    send(0, 300_000);
    send(1, 450_000);
    send(2, 200_000);
    for (let count = 0; count < 20; count++) {
      send(3, 30_000);
      await settle(1);
    }
    expect(sessions.map(({ isOpen }) => isOpen)).toEqual([true, true, true, true]);
    send(2, 60_000);
    expect(sessions.map(({ isOpen }) => isOpen)).toEqual([true, false, true, true]);
    expect(server.sockets.metrics().limitHits).toEqual({ "process-outbox": 1 });
    peers[1]!.unstall();
    expect(await nextClose(peers[1]!)).toMatchObject({ code: 1013, reason: expect.stringMatching(/^retry=\d+$/) });
  });
});

/** Endpoints on TLS, by a clock that the test moves. */
async function serveSecurely(): Promise<Metered> {
  const clock = new VirtualClock();
  const https = createServer(localhostCertificate);
  const dependencies = container.createChildContainer();
  const options = { endpoints, clock, limits: { heartbeatInterval: 0 }, container: dependencies };
  const sockets = await new EndpointExporter(options).export(https);
  https.listen(0, "127.0.0.1");
  await once(https, "listening");
  const { port } = https.address() as AddressInfo;
  return {
    clock,
    sockets,
    connect: () => connectTls({ port, host: "127.0.0.1", ca: localhostCertificate.cert, servername: "localhost" }),
    async [Symbol.asyncDispose]() {
      await sockets.close();
      https.close();
      https.closeAllConnections();
    },
  };
}

async function serveOpenly(): Promise<Metered> {
  const server = await carry("ws", endpoints, { heartbeatInterval: 0 });
  return Object.assign(server, { connect: () => connect({ port: server.port!, host: "127.0.0.1" }) });
}

/** A server to which a peer connects that reads exactly as many bytes as it is told to. */
interface Metered extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly sockets: ServerContainer;
  connect(): Socket;
}

async function upgrade(socket: Socket, path: string): Promise<(bytes: number) => Promise<void>> {
  await once(socket, socket instanceof TLSSocket ? "secureConnect" : "connect");
  socket.on("error", () => {});
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
  );
  const read = async (bytes: number): Promise<void> => {
    for (let left = bytes; left > 0;) {
      const chunk = socket.read(Math.min(left, socket.readableLength || 1)) as Buffer | null;
      if (chunk !== null) left -= chunk.length;
      else if (socket.readableEnded || socket.destroyed) return;
      else await Promise.race([once(socket, "readable"), once(socket, "close")]);
    }
  };
  await read(64);
  return read;
}

describe.each([
  ["ws", serveOpenly],
  ["ws over TLS", serveSecurely],
])("in the middle of one large message, on %s", (_carrier, start) => {
  it.each([
    ["a peer that takes 2 000 bytes a second is closed", 2_000, false],
    ["a peer that takes 400 000 bytes a second is not", 400_000, true],
  ])("%s", { timeout: 30_000 }, async (_name, bytesPerSecond, lives) => {
    await using server = await start();
    const socket = server.connect();
    const read = await upgrade(socket, "/close");
    await expect.poll(() => server.sockets.sessions().size).toBe(1);
    const size = 64 * 1_048_576;
    const send = Sending.session.remote.sendBinary(Buffer.alloc(size)).catch(failed);
    await settle();
    let seconds = 0;
    for (; seconds < 60 && Sending.session.isOpen; seconds++) {
      await read(bytesPerSecond);
      await settle(2);
      await server.clock.advance(1_000);
    }
    expect(Sending.session.isOpen).toBe(lives);
    if (lives) expect(Sending.session.remote.bufferedAmount).toBeGreaterThan(65_536);
    else expect(seconds).toBeLessThanOrEqual(14);
    socket.destroy();
    await send;
  });
});
