import { Opcode, settle, type PeerFrame } from "@wirespring/testing";
import { describe, expect, it } from "vitest";
import {
  CloseReason,
  OnClose,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  ServerEndpointConfigurator,
  Session,
  type Principal,
} from "wirespring";
import { carriers, carry, endings, nextClose, roundTrip, text, textsToClose, type Carried } from "./carriers.js";

/** A look comes so much later than it was wanted, at most. */
const TURN = 100;

const heard: string[] = [];
let session: Session;
let signal: AbortSignal | undefined;
let finish: (reply?: string) => void = () => {};

function begin(): void {
  heard.length = 0;
  signal = undefined;
}

class Expiring extends ServerEndpointConfigurator {
  static expiresAt: Date | undefined;
  override authenticate(): Principal {
    return { name: "ann", expiresAt: Expiring.expiresAt } as Principal;
  }
}

@ServerEndpoint({ value: "/work", configurator: Expiring })
class Work {
  @OnOpen()
  opened(opened: Session): void {
    session = opened;
  }
  @OnMessage()
  said(said: string, given: AbortSignal): Promise<string | undefined> | string {
    heard.push(said);
    if (said !== "hang") return said;
    signal = given;
    return new Promise((resolve) => (finish = resolve));
  }
  @OnClose()
  closed(reason: CloseReason): Promise<void> | undefined {
    heard.push(`closed ${reason.code}`);
    return closing;
  }
}
let closing: Promise<void> | undefined;

const half: PeerFrame = { opcode: Opcode.TEXT, payload: "half", fin: false };

/** Passes time while a peer shows life, so that only the bound in question is met. */
async function live(server: Carried, milliseconds: number): Promise<void> {
  await server.clock.advance(milliseconds);
  await settle(2);
}

/** Off where it would come first. */
const quiet = { heartbeatInterval: 0 };

describe.each(carriers)("the time for a message to arrive, on %s", (carrier) => {
  it("is 30 s from its first frame, then 1008 (T45)", async () => {
    begin();
    await using server = await carry(carrier, [Work], quiet);
    const peer = await server.connect("/work");
    peer.frame(half);
    await roundTrip(peer);
    await live(server, 29_000);
    // Nothing but the last frame ends the time.
    peer.frame({ opcode: Opcode.CONTINUATION, payload: "more", fin: false });
    await roundTrip(peer);
    expect(session.isOpen).toBe(true);
    await live(server, 1_000 + TURN);
    expect(await nextClose(peer)).toMatchObject({ code: 1008 });
    expect(server.sockets.metrics().limitHits).toEqual({ assembly: 1 });
    await expect.poll(() => heard).toEqual(["closed 1008"]);
  });

  it("ends with the message, and begins with the next one", async () => {
    begin();
    await using server = await carry(carrier, [Work], quiet);
    const peer = await server.connect("/work");
    for (let count = 0; count < 3; count++) {
      peer.frame(half);
      await roundTrip(peer);
      await live(server, 29_000);
      peer.frame({ opcode: Opcode.CONTINUATION, payload: "!", fin: true });
      expect(String((await peer.nextFrame()).payload)).toBe("half!");
    }
    await live(server, 100_000);
    expect(session.isOpen).toBe(true);
  });
});

describe.each(carriers)("the time for a handler, on %s", (carrier) => {
  it("is 30 s: its signal fires, 1011, @OnClose is called and the session is gone (F04)", async () => {
    begin();
    await using server = await carry(carrier, [Work], quiet);
    const peer = await server.connect("/work");
    peer.frame(text("hang"), text("behind"));
    await expect.poll(() => signal).toBeDefined();
    await live(server, 29_900);
    expect([session.isOpen, signal!.aborted]).toEqual([true, false]);
    await live(server, 100 + TURN);
    expect(signal!.aborted).toBe(true);
    expect((signal!.reason as { code?: string }).code).toBe("WS_SESSION_CLOSED");
    const close = await nextClose(peer);
    expect(close).toEqual({ code: 1011, reason: expect.stringContaining(session.id) });
    expect(heard).toEqual(["hang", "closed 1011"]);
    peer.frame({ opcode: Opcode.CLOSE, payload: Buffer.from([0x03, 0xf3]) });
    await expect.poll(() => server.sockets.sessions().size + server.sockets.metrics().sessionsOpen).toBe(0);
    expect(server.sockets.metrics()).toMatchObject({
      limitHits: { "handler-time": 1 },
      messagesDropped: { closing: 1 },
      errors: { onMessage: 1 },
    });
    expect(server.log.some(({ event, hook }) => event === "error" && hook === "onMessage")).toBe(true);
    // What it ends with now is nobody's any more.
    finish("late");
    await settle();
    expect(heard).toHaveLength(2);
  });

  it("is given to each call by itself", async () => {
    begin();
    await using server = await carry(carrier, [Work], quiet);
    const peer = await server.connect("/work");
    for (let count = 0; count < 4; count++) {
      signal = undefined;
      peer.frame(text("hang"));
      await expect.poll(() => signal).toBeDefined();
      await live(server, 29_000);
      finish("done");
      expect(String((await peer.nextFrame()).payload)).toBe("done");
    }
    await live(server, 100_000);
    expect(session.isOpen).toBe(true);
  });

  it("is over, too, when the peer has left: @OnClose is called at last", async () => {
    begin();
    await using server = await carry(carrier, [Work], quiet);
    const peer = await server.connect("/work");
    peer.frame(text("hang"));
    await expect.poll(() => signal).toBeDefined();
    await live(server, 20_000);
    peer.drop();
    await expect.poll(() => signal!.aborted).toBe(true);
    await live(server, 29_900);
    expect([heard, server.sockets.metrics().sessionsOpen]).toEqual([["hang"], 1]);
    await live(server, 100);
    expect([heard, server.sockets.metrics().sessionsOpen]).toEqual([["hang", "closed 1006"], 0]);
    expect(server.clock.pending).toBe(0);
  });

  it("is not waited for when the handler ends after the peer has left", async () => {
    begin();
    await using server = await carry(carrier, [Work], quiet);
    const peer = await server.connect("/work");
    peer.frame(text("hang"));
    await expect.poll(() => signal).toBeDefined();
    peer.drop();
    await expect.poll(() => signal!.aborted).toBe(true);
    await live(server, 10_000);
    expect(heard).toEqual(["hang"]);
    finish();
    await expect.poll(() => heard).toEqual(["hang", "closed 1006"]);
    expect([server.sockets.metrics().sessionsOpen, server.clock.pending]).toEqual([0, 0]);
    expect(server.sockets.metrics().errors).toEqual({ transport: 1 });
  });

  it("is the same for @OnClose, which holds its session no longer", async () => {
    begin();
    await using server = await carry(carrier, [Work], quiet);
    const peer = await server.connect("/work");
    closing = new Promise(() => {});
    peer.drop();
    await expect.poll(() => heard).toEqual(["closed 1006"]);
    closing = undefined;
    await live(server, 29_900);
    expect(server.sockets.metrics().sessionsOpen).toBe(1);
    await live(server, 100);
    expect(server.sockets.metrics()).toMatchObject({ sessionsOpen: 0, errors: { onClose: 1, transport: 1 } });
    expect(server.log.some(({ event, hook }) => event === "error" && hook === "onClose")).toBe(true);
    expect(server.clock.pending).toBe(0);
  });
});

describe.each(carriers)("expiry, on %s (J-209)", (carrier) => {
  const expired = { limitHits: { expiry: 1 }, sessionsClosed: { 1008: 1 }, sessionsOpen: 0 };

  it("closes with 1008 when the principal's time is over", async () => {
    begin();
    Expiring.expiresAt = new Date(Date.UTC(2030, 0, 1) + 3_600_000);
    await using server = await carry(carrier, [Work], quiet);
    const peer = await server.connect("/work");
    expect(session.expiresAt).toEqual(Expiring.expiresAt);
    await live(server, 3_600_000 - 1);
    expect(session.isOpen).toBe(true);
    await live(server, 1 + TURN);
    const close = await nextClose(peer);
    expect(close).toEqual({ code: 1008, reason: "the session has expired" });
    peer.drop();
    await expect.poll(() => endings(server.sockets.metrics())).toEqual(expired);
    Expiring.expiresAt = undefined;
  });

  it("can be set, moved and taken back, and reading gives a copy", async () => {
    begin();
    await using server = await carry(carrier, [Work], quiet);
    await server.connect("/work");
    expect(session.expiresAt).toBeNull();
    const at = (milliseconds: number): Date => new Date(server.clock.wallTime() + milliseconds);
    const date = at(1_000);
    session.expiresAt = date;
    date.setTime(0);
    session.expiresAt.setTime(0);
    expect(session.expiresAt).toEqual(at(1_000));
    await live(server, 900);
    session.expiresAt = at(5_000);
    await live(server, 4_900);
    expect(session.isOpen).toBe(true);
    session.expiresAt = null;
    await live(server, 1_000_000);
    expect(session.isOpen).toBe(true);
    for (const wrong of ["2030-01-01", 5, new Date(NaN), undefined])
      expect(() => (session.expiresAt = wrong as Date)).toThrow(TypeError);
    session.expiresAt = at(-1);
    await live(server, TURN);
    expect(session.isOpen).toBe(false);
    expect(() => (session.expiresAt = null)).toThrow(expect.objectContaining({ code: "WS_SESSION_CLOSED" }));
  });
});

describe.each(carriers)("ServerContainer.closeSessions, on %s", (carrier) => {
  it("closes those it picks, tells how many, and leaves the others alone", async () => {
    begin();
    await using server = await carry(carrier, [Work], quiet);
    const peers = [];
    for (const name of ["ann", "bob", "ann", "eve"]) {
      const peer = await server.connect("/work");
      session.data = name;
      peers.push(peer);
    }
    const named = (name: string) => (each: Session) => each.data === name;
    expect(server.sockets.closeSessions(named("ann"), new CloseReason(4_403, "revoked"))).toBe(2);
    expect(await nextClose(peers[0]!)).toEqual({ code: 4_403, reason: "revoked" });
    expect(await nextClose(peers[2]!)).toEqual({ code: 4_403, reason: "revoked" });
    expect(server.sockets.closeSessions(named("ann"))).toBe(0);
    expect(server.sockets.closeSessions(named("bob"))).toBe(1);
    expect(await nextClose(peers[1]!)).toEqual({ code: 1008, reason: "" });
    peers[3]!.frame(text("still here"));
    expect(String((await peers[3]!.nextFrame()).payload)).toBe("still here");
    const fail = (each: Session): boolean => {
      if (each === session) throw new Error("from the predicate");
      return true;
    };
    expect(() => server.sockets.closeSessions(fail)).toThrow("from the predicate");
    expect(session.isOpen).toBe(true);
  });

  it("lets what waits leave first", async () => {
    begin();
    await using server = await carry(carrier, [Work], quiet);
    const peer = await server.connect("/work");
    void session.remote.sendText("last words");
    server.sockets.closeSessions(() => true);
    expect(await textsToClose(peer)).toEqual(["last words", "close 1008"]);
  });
});
