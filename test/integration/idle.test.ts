import { memoryPair, settle, upgradeRequest, VirtualClock, type MemoryClient } from "@wirespring/testing";
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
import { Refusal } from "wirespring/spi";

const HUGE = 9_876_543_210;
/** A session is closed so much later than it should be, at most. */
const WHEEL_TURN = 100;
/** What comes in between would take longer than a test may. */
const limits = { heartbeatInterval: 0 };
let session: Session;
let closed: CloseReason | undefined;
let working: Promise<void> | undefined;

@ServerEndpoint("/idle")
class Idle {
  @OnOpen()
  opened(opened: Session): void {
    session = opened;
    closed = undefined;
  }
  @OnMessage()
  said(_text: string): Promise<void> | undefined {
    return working;
  }
  @OnClose()
  closed(reason: CloseReason): void {
    closed = reason;
  }
}

interface Opened {
  readonly clock: VirtualClock;
  readonly client: MemoryClient;
  readonly sockets: ServerContainer;
}

async function open(defaultTimeout = 0): Promise<Opened> {
  const clock = new VirtualClock();
  const exporter = new EndpointExporter({
    container: container.createChildContainer(),
    endpoints: [Idle],
    clock,
    limits,
  });
  const sockets = await exporter.export();
  sockets.defaultMaxSessionIdleTimeout = defaultTimeout;
  const admission = await sockets.router.admit(upgradeRequest({ path: "/idle" }));
  if (admission instanceof Refusal) throw new Error(`refused: ${admission.status}`);
  const { transport, client } = memoryPair({ clock });
  admission.open(transport);
  await settle();
  return { clock, client, sockets };
}

describe("maxIdleTimeout", () => {
  it("closes an idle session: 1001 on the wire, 1006 with a phrase for @OnClose (J-116, J-153)", async () => {
    const { clock, client, sockets } = await open(1_500);
    expect(session.maxIdleTimeout).toBe(1_500);
    await clock.advance(1_499);
    expect(session.isOpen).toBe(true);
    await clock.advance(1);
    expect((await client.closed).code).toBe(1001);
    expect([closed?.code, closed?.reasonPhrase]).toEqual([1006, "nothing was received or sent for 1500 ms"]);
    expect(sockets.metrics().sessionsClosed).toEqual({ 1001: 1 });
  });

  it.each<[string, (client: MemoryClient) => unknown]>([
    ["a message", (client) => client.send("x")],
    ["a ping of the peer", (client) => client.ping()],
    ["a pong of the peer", (client) => client.pong()],
    ["a message of ours", () => session.remote.sendText("x")],
    ["a ping of ours", () => session.remote.sendPing()],
    ["a pong of ours", () => session.remote.sendPong()],
  ])("starts anew with %s (J-115)", async (_name, act) => {
    const { clock, client } = await open();
    session.maxIdleTimeout = 1_500;
    for (let count = 0; count < 4; count++) {
      await clock.advance(1_000);
      void act(client);
      await settle();
      expect(session.isOpen).toBe(true);
    }
    await clock.advance(1_500);
    expect(session.isOpen).toBe(false);
  });

  it("keeps long values exactly, takes effect at once, and is off at 0 and below (J-114)", async () => {
    const { clock } = await open();
    session.maxIdleTimeout = HUGE;
    expect(session.maxIdleTimeout).toBe(HUGE);
    await clock.advance(HUGE - WHEEL_TURN);
    expect(session.isOpen).toBe(true);
    session.maxIdleTimeout = -1;
    expect(session.maxIdleTimeout).toBe(-1);
    expect(() => (session.maxIdleTimeout = NaN)).toThrow(TypeError);
    session.maxIdleTimeout = 10;
    await clock.advance(WHEEL_TURN);
    expect(session.isOpen).toBe(false);
  });

  it("does not end a session whose input is held for its handlers", async () => {
    const { clock, client } = await open(1_000);
    let end!: () => void;
    working = new Promise((resolve) => (end = resolve));
    for (let count = 0; count < 70; count++) client.send("x");
    await clock.advance(5_000);
    expect(session.isOpen).toBe(true);
    working = undefined;
    end();
    await clock.advance(5_000);
    expect(session.isOpen).toBe(false);
  });
});
