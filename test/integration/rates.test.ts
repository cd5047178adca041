import type { Socket } from "node:net";
import { encodeFrame, Opcode, type PeerFrame } from "@wirespring/testing";
import { describe, expect, it } from "vitest";
import { Endpoint, OnMessage, OnOpen, ServerEndpoint, Session, WebSocketContainer } from "wirespring";
import { carriers, carry, nextClose, roundTrip, text } from "./carriers.js";
import { rawServer } from "./raw-server.js";

const heard: string[] = [];
let session: Session;

@ServerEndpoint("/counted")
class Counted {
  @OnOpen()
  opened(opened: Session): void {
    heard.length = 0;
    session = opened;
  }
  @OnMessage()
  said(said: string): void {
    heard.push(said);
  }
}

@ServerEndpoint({ value: "/rated", messageRate: 10, messageBurst: 5 })
class Rated extends Counted {}

/** Says who it is, and takes its time. */
@ServerEndpoint("/busy")
class Busy {
  static order: string[] = [];
  static work = 0;

  @OnMessage()
  said(said: string): void {
    Busy.order.push(said);
    const until = performance.now() + Busy.work;
    while (performance.now() < until);
  }
}

/** Milliseconds of real time that a poll may take. */
const PATIENCE = 10_000;

const many = (count: number, frame: (index: number) => PeerFrame): PeerFrame[] =>
  Array.from({ length: count }, (_, index) => frame(index));

describe.each(carriers)("controlRate, on %s", (carrier) => {
  it.each([Opcode.PING, Opcode.PONG])("closes with 1008 at the 41st of opcode %d at once", async (opcode) => {
    await using server = await carry(carrier, [Counted]);
    const peer = await server.connect("/counted");
    peer.frame(...many(40, () => ({ opcode, payload: "x" })));
    peer.frame(text("after 40"));
    await expect.poll(() => heard).toEqual(["after 40"]);
    peer.frame({ opcode, payload: "x" });
    expect(await nextClose(peer)).toEqual({ code: 1008, reason: "too many pings and pongs" });
    expect(server.sockets.metrics().limitHits).toEqual({ "control-rate": 1 });
  });

  it("does not count the answers to our own pings", async () => {
    await using server = await carry(carrier, [Counted]);
    const peer = await server.connect("/counted");
    for (let count = 0; count < 50; count++) void session.remote.sendPing(Buffer.from("ours"));
    peer.frame(...many(50, () => ({ opcode: Opcode.PONG, payload: "ours" })), text("answered"));
    await expect.poll(() => heard).toEqual(["answered"]);
    peer.frame(...many(40, () => ({ opcode: Opcode.PONG, payload: "ours" })), text("and 40 more"));
    await expect.poll(() => heard).toEqual(["answered", "and 40 more"]);
    peer.frame({ opcode: Opcode.PONG, payload: "ours" });
    expect(await nextClose(peer)).toMatchObject({ code: 1008 });
  });

  it("lets 20 a second pass for ever", async () => {
    await using server = await carry(carrier, [Counted]);
    const peer = await server.connect("/counted");
    for (let count = 0; count < 10; count++) {
      peer.frame(...many(19, (index) => ({ opcode: index % 2 === 0 ? Opcode.PING : Opcode.PONG, payload: "x" })));
      await roundTrip(peer);
      await server.clock.advance(1_000);
    }
    expect(session.isOpen).toBe(true);
  });
});

describe.each(carriers)("messageRate, on %s", (carrier) => {
  it("holds input first: what is too much comes later, in order, and nothing is lost", async () => {
    await using server = await carry(carrier, [Rated]);
    const peer = await server.connect("/rated");
    peer.frame(...many(30, (index) => text(`${index}`)));
    await expect.poll(() => heard.length).toBe(5);
    for (let count = 6; count <= 30; count++) {
      await server.clock.advance(100);
      await expect.poll(() => heard.length).toBe(count);
    }
    expect(heard).toEqual(many(30, (index) => text(`${index}`)).map(({ payload }) => payload));
    expect(session.isOpen).toBe(true);
  });

  it("closes with 1008 after 10 s of pressure", async () => {
    await using server = await carry(carrier, [Rated]);
    const peer = await server.connect("/rated");
    peer.frame(...many(200, (index) => text(`${index}`)));
    let seconds = 0;
    for (; session.isOpen && seconds < 20; seconds += 0.1) {
      const before = heard.length;
      await server.clock.advance(100);
      await expect.poll(() => heard.length > before || !session.isOpen).toBe(true);
    }
    expect(seconds).toBeGreaterThan(9.5);
    expect(seconds).toBeLessThan(10.5);
    expect(await nextClose(peer)).toEqual({ code: 1008, reason: "too many messages" });
    expect(server.sockets.metrics().limitHits).toEqual({ "message-rate": 1 });
    expect(heard.length).toBeLessThanOrEqual(5 + 10 * 10 + 1);
  });

  it("is off where nobody has set it", async () => {
    await using server = await carry(carrier, [Counted]);
    const peer = await server.connect("/counted");
    peer.frame(...many(5_000, (index) => text(`${index}`)));
    await expect.poll(() => heard.length).toBe(5_000);
  });
});

describe("a client", () => {
  it("bears more pings and messages than a server does from the server that it has chosen", async () => {
    const said: string[] = [];
    class Listener extends Endpoint {
      override onOpen(opened: Session): void {
        opened.addMessageHandler(String, (message) => void said.push(message));
      }
    }
    const frames = [
      ...many(50, () => ({ opcode: Opcode.PING, payload: "x" })),
      ...many(50, (index) => text(`${index}`)),
    ];
    let peer: Socket | undefined;
    await using server = await rawServer(({ socket, accept }) => {
      peer = socket;
      socket.resume();
      socket.write(accept());
      socket.write(Buffer.concat(frames.map((frame) => encodeFrame({ ...frame, mask: false }))));
    });
    await using sockets = new WebSocketContainer({ limits: { messageRate: 1, controlRate: 1 } });
    const opened = await sockets.connectToServer(new Listener(), server.url);
    await expect.poll(() => said.length).toBe(50);
    expect(opened.isOpen).toBe(true);
    peer!.destroy();
  });
});

describe.each(carriers)("one session's turn, on %s", (carrier) => {
  it.each([
    ["after 1 024 messages", 0, 1_024],
    ["after 2 ms of handlers", 0.2, 60],
  ])("is over %s, then the others come", async (_name, work, most) => {
    await using server = await carry(carrier, [Busy], {}, true);
    const flood = await server.connect("/busy");
    const other = await server.connect("/busy");
    Busy.order = [];
    Busy.work = work;
    // A chunk of a socket is 64 KiB, which are more of these than one turn takes.
    const count = work > 0 ? 1_000 : 5_000;
    flood.frame(...many(count, () => text("f")));
    other.frame(text("other"));
    await expect.poll(() => Busy.order.length, { timeout: PATIENCE }).toBe(count + 1);
    const at = Busy.order.indexOf("other");
    expect(at).toBeGreaterThanOrEqual(0);
    expect(at).toBeLessThanOrEqual(2 * most);
  });
});
