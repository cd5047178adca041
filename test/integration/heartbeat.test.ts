import { Readable } from "node:stream";
import { Opcode, settle } from "@wirespring/testing";
import { describe, expect, it } from "vitest";
import { CloseReason, OnClose, OnMessage, OnOpen, PongMessage, ServerEndpoint, Session } from "wirespring";
import { carriers, carry, endings, roundTrip, text, type CarriedPeer } from "./carriers.js";

/** Found dead at the latest so many milliseconds after the last sign of life. */
const DEAD = 46_000;
const HEARTBEAT = "wsprng";

const closed: number[] = [];
const pongs: string[] = [];
let session: Session;
let release: (() => void)[] = [];

@ServerEndpoint("/life")
class Life {
  @OnOpen()
  opened(opened: Session): void {
    session = opened;
  }
  @OnMessage()
  said(said: string): Promise<void> | string {
    return said === "work" ? new Promise((resolve) => release.push(resolve)) : said;
  }
  @OnMessage()
  pong(pong: PongMessage): void {
    pongs.push(String(Buffer.from(pong.applicationData)));
  }
  @OnClose()
  closed(reason: CloseReason): void {
    closed.push(reason.code);
  }
}

/** Opens when it is told to, and reads a stream. */
@ServerEndpoint("/patient")
class Patient {
  @OnOpen()
  opened(): Promise<void> {
    return new Promise((resolve) => release.push(resolve));
  }
  @OnMessage()
  async upload(bytes: Readable): Promise<void> {
    let length = 0;
    for await (const chunk of bytes as AsyncIterable<Buffer>) length += chunk.length;
    pongs.push(`${length}`);
  }
  @OnClose()
  closed(reason: CloseReason): void {
    closed.push(reason.code);
  }
}

/** What lets a test begin anew. */
function begin(): void {
  closed.length = 0;
  pongs.length = 0;
  release = [];
}

describe.each(carriers)("the heartbeat, on %s", (carrier) => {
  it("finds a peer dead within 46 s that is gone without a word (F08)", async () => {
    begin();
    await using server = await carry(carrier, [Life]);
    const peer = await server.connect("/life");
    await server.clock.advance(42_000);
    expect([closed, session.isOpen]).toEqual([[], true]);
    await server.clock.advance(DEAD - 42_000);
    await expect.poll(() => closed).toEqual([1006]);
    expect(endings(server.sockets.metrics())).toEqual({
      limitHits: { heartbeat: 1 },
      sessionsClosed: { 1006: 1 },
      sessionsOpen: 0,
    });
    expect(await peer.nextFrame()).toMatchObject({ opcode: Opcode.PING, payload: Buffer.from(HEARTBEAT) });
  });

  it("lets a peer live that answers, however long", async () => {
    begin();
    await using server = await carry(carrier, [Life]);
    const peer = await server.connect("/life");
    for (let count = 0; count < 20; count++) {
      await server.clock.advance(25_000);
      const { opcode, payload } = await peer.nextFrame();
      expect([opcode, String(payload)]).toEqual([Opcode.PING, HEARTBEAT]);
      peer.frame({ opcode: Opcode.PONG, payload });
      await roundTrip(peer);
    }
    expect([closed, pongs]).toEqual([[], []]);
    await server.clock.advance(DEAD);
    await expect.poll(() => closed).toEqual([1006]);
  });

  it("gives its answers to nobody, but every other pong to the endpoint", async () => {
    begin();
    await using server = await carry(carrier, [Life]);
    const peer = await server.connect("/life");
    const pong = (payload: string): void => peer.frame({ opcode: Opcode.PONG, payload });
    pong(HEARTBEAT);
    await roundTrip(peer);
    await server.clock.advance(25_000);
    pong(HEARTBEAT);
    pong("mine");
    pong(HEARTBEAT);
    await roundTrip(peer);
    expect(pongs).toEqual([HEARTBEAT, "mine", HEARTBEAT]);
  });
});

describe("the heartbeat", () => {
  it("does not keep an idle session from ending (J-115)", async () => {
    begin();
    await using server = await carry("memory", [Life]);
    await server.connect("/life", true);
    session.maxIdleTimeout = 90_000;
    await server.clock.advance(89_900);
    expect(closed).toEqual([]);
    await server.clock.advance(200);
    expect(closed).toEqual([1006]);
    expect(server.sockets.metrics()).toMatchObject({ limitHits: { idle: 1 }, sessionsClosed: { 1001: 1 } });
  });

  it("waits for a peer whose input we hold, and finds it when it has gone meanwhile", async () => {
    begin();
    await using server = await carry("memory", [Life], { handlerTimeout: 10_000_000 });
    const peer = await server.connect("/life");
    peer.frame(...Array.from({ length: 70 }, () => text("work")));
    await server.clock.advance(600_000);
    expect([closed, release.length]).toEqual([[], 1]);
    while (release.length > 0) {
      release.shift()!();
      await settle(1);
    }
    await server.clock.advance(44_000 - 2_000);
    expect(closed).toEqual([]);
    await server.clock.advance(4_000);
    expect(closed).toEqual([1006]);
  });
});

describe("a stall of the event loop (F10)", () => {
  it.each([1_000, 5_000, 30_000])("of %d ms kills none of 1 000 sessions", { timeout: 60_000 }, async (stall) => {
    begin();
    await using server = await carry("memory", [Life]);
    const peers: CarriedPeer[] = [];
    for (let count = 0; count < 1_000; count++) {
      const admitted = server.connect("/life", true);
      if (count % 50 === 0) await server.clock.advance(1_237);
      peers.push(await admitted);
    }
    // Some are at work, some are in the middle of a message.
    for (const peer of peers.slice(0, 100)) peer.frame(text("work"));
    for (const peer of peers.slice(100, 200)) peer.frame({ opcode: Opcode.TEXT, payload: "half", fin: false });
    await settle();
    for (let count = 0; count < 4; count++) {
      await server.clock.advance(500);
      await server.clock.stall(stall);
    }
    await server.clock.advance(5_000);
    for (const resolve of release.splice(0)) resolve();
    for (const peer of peers.slice(100, 200)) peer.frame({ opcode: Opcode.CONTINUATION, payload: "", fin: true });
    await server.clock.advance(100_000);
    expect(closed).toEqual([]);
    expect(server.sockets.metrics()).toMatchObject({ sessionsOpen: 1_000, limitHits: {} });
  });

  it("ends neither @OnOpen nor a stream, whose time could not be used", async () => {
    begin();
    await using server = await carry("memory", [Patient]);
    const peer = await server.connect("/patient", true);
    await server.clock.advance(9_000);
    await server.clock.stall(60_000);
    expect(closed).toEqual([]);
    release[0]!();
    peer.frame({ opcode: Opcode.BINARY, payload: "12345", fin: false });
    await server.clock.advance(29_000);
    await server.clock.stall(60_000);
    expect(closed).toEqual([]);
    peer.frame({ opcode: Opcode.CONTINUATION, payload: "678", fin: true });
    await settle();
    expect(pongs).toEqual(["8"]);
    await server.clock.advance(100_000);
    expect(closed).toEqual([]);
  });

  it("of a minute kills no session on a real socket whose peer has answered meanwhile", async () => {
    begin();
    await using server = await carry("ws", [Life]);
    const peers = await Promise.all(Array.from({ length: 100 }, () => server.connect("/life")));
    for (let round = 0; round < 2; round++) {
      await server.clock.advance(25_000);
      for (const peer of peers) {
        const { opcode, payload } = await peer.nextFrame();
        expect([opcode, String(payload)]).toEqual([Opcode.PING, HEARTBEAT]);
        peer.frame({ opcode: Opcode.PONG, payload });
      }
      // The answers lie in the sockets, and nothing of them has been read.
      await server.clock.stall(60_000);
      await Promise.all(peers.map(roundTrip));
    }
    await server.clock.advance(20_000);
    expect(server.sockets.metrics()).toMatchObject({ sessionsOpen: 100, limitHits: {}, sessionsClosed: {} });
  });
});
