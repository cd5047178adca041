import { describe, expect, it, vi } from "vitest";
import { JumpingClock, turns } from "../jumping-clock.test.fixture.js";
import type { SlowConsumerPolicy } from "../limits.js";
import { LiveRemote } from "./live-remote.js";
import { OutboxBudget } from "./outbox-budget.js";
import { MESSAGE_OVERHEAD } from "./outbox.js";
import type { Session } from "./session.js";
import { SlowTransport } from "./slow-transport.test.fixture.js";

/** The remote endpoint over a peer that reads slowly. */

const limits = {
  slowConsumerBytes: 100,
  outboxHighMark: 400 + MESSAGE_OVERHEAD,
  // Two messages of 400 bytes.
  outboxLimit: 872 + 2 * MESSAGE_OVERHEAD,
};
const FULL = "full".padEnd(400, ".");

function start(policy: SlowConsumerPolicy = "close", encode: (value: unknown) => string | Promise<string> = String) {
  const transport = new SlowTransport();
  const budget = new OutboxBudget(2 ** 30);
  const told: string[] = [];
  const session = { isOpen: true, id: "s" };
  const remote = new LiveRemote(
    session as unknown as Session,
    {
      limits: { ...limits, maxTopics: 1 },
      encoders: {},
      policy,
      clock: new JumpingClock(),
      budget,
      encode,
      congested: () => {},
      active: () => {},
      pinged: () => {},
      unfinishable: () => void told.push("unfinishable"),
      sendFailed: (error) => void told.push(`failed ${(error as { code?: string }).code}`),
      sendDropped: (bytes) => void told.push(`dropped ${bytes}`),
      shed: () => {},
      overfull: (limit) => {
        told.push(limit);
        session.isOpen = false;
        remote.end();
      },
    },
    0,
  );
  remote.connect(transport);
  return { remote, transport, told, session, budget };
}

const became = (sends: readonly Promise<unknown>[]): Promise<readonly unknown[]> =>
  Promise.all(sends.map((send) => send.catch(({ code }: { code: string }) => code)));

describe("LiveRemote, to a slow peer", () => {
  it("keeps the order of messages, parts, pings, writers, batches and replies across the outbox", async () => {
    const { remote, transport } = start("block");
    const sends = [remote.sendText(FULL), remote.sendText("1"), remote.sendPing(Buffer.from("2"))];
    sends.push(remote.sendText("3", false), remote.sendPong(Buffer.from("4")), remote.sendText("5", true));
    sends.push(remote.sendObject(6));
    void remote.transmit("7");
    const writer = remote.binaryWriter();
    writer.write("8");
    writer.end("9");
    remote.batchingAllowed = true;
    sends.push(remote.sendText("10"), remote.sendText("11"));
    remote.batchingAllowed = false;
    sends.push(remote.sendBinary(Buffer.from("12")));
    for (let count = 0; count < 30; count++) {
      transport.take(1);
      await turns(1);
    }
    const order = ["full", "1", "ping 2", "3+", "pong 4", "5", "6", "7", "8+", "9+", "", "10", "11", "12"];
    expect(transport.given).toEqual(order);
    expect(await became(sends)).toEqual(sends.map(() => "sent"));
    expect(remote.bufferedAmount).toBe(0);
  });

  it.each<[SlowConsumerPolicy, readonly string[]]>([
    ["close", ["sent", "WS_SESSION_CLOSED", "WS_SESSION_CLOSED", "WS_SESSION_CLOSED", "WS_SESSION_CLOSED"]],
    ["drop-newest", ["sent", "sent", "sent", "dropped", "dropped"]],
    ["drop-oldest", ["sent", "dropped", "dropped", "sent", "sent"]],
    ["block", ["sent", "sent", "sent", "sent", "sent"]],
  ])("with %s tells each send what has become of it", async (policy, outcomes) => {
    const { remote, transport, told } = start(policy);
    const sends = [FULL, "a", "b", "c", "d"].map((text) => remote.sendText(text.padEnd(400, ".")));
    for (let count = 0; count < 6; count++) transport.take();
    expect(await became(sends)).toEqual(outcomes);
    const dropped = outcomes.filter((each) => each === "dropped").length;
    expect(told.filter((each) => each === "dropped 400")).toHaveLength(dropped);
    const failed = outcomes.filter((each) => each === "WS_SESSION_CLOSED").length;
    expect(told.filter((each) => each === "failed WS_SESSION_CLOSED")).toHaveLength(failed);
    expect(told.filter((each) => each === "outbox")).toHaveLength(policy === "close" ? 1 : 0);
  });

  it("with block refuses beyond twice the limit, tells the cure, and the session stays", async () => {
    const { remote, transport, told } = start("block");
    const sends = Array.from({ length: 8 }, () => remote.sendText(FULL));
    expect((await became(sends.slice(6)))[0]).toBe("WS_OUTBOX_FULL");
    await expect(sends[7]).rejects.toThrow("await what is sent");
    expect(told).toEqual(["failed WS_OUTBOX_FULL", "failed WS_OUTBOX_FULL"]);
    for (let count = 0; count < 8; count++) transport.take();
    expect(await became(sends.slice(0, 6))).toEqual(sends.slice(0, 6).map(() => "sent"));
    const later = remote.sendText("later");
    await turns(1);
    transport.take();
    expect(await later).toBe("sent");
  });

  it("with block holds a reply until no more waits than may, and loses none", async () => {
    const { remote, transport, told } = start("block");
    let through = 0;
    const replies = [FULL, FULL, FULL].map((reply) => remote.transmit(reply));
    expect(replies).toEqual([true, true, true]);
    const held = [FULL, FULL, FULL, FULL].map((reply) => Promise.resolve(remote.transmit(reply)).then(() => through++));
    await turns(1);
    expect([through, remote.isBlocked]).toEqual([0, true]);
    for (let count = 0; count < 8; count++) {
      transport.take(1);
      await turns(1);
    }
    await Promise.all(held);
    expect([through, remote.isBlocked, transport.given.length, told]).toEqual([4, false, 7, []]);
  });

  it.each<[SlowConsumerPolicy, boolean]>([
    ["block", true],
    ["close", false],
    ["drop-oldest", false],
  ])("with %s says whether handlers wait for room: %s", (policy, blocked) => {
    const { remote } = start(policy);
    void remote.transmit(FULL);
    void remote.transmit(FULL.repeat(10));
    expect(remote.isBlocked).toBe(blocked);
  });

  it("frees a held reply when the session ends", async () => {
    const { remote, session } = start("block");
    for (let count = 0; count < 3; count++) void remote.transmit(FULL);
    const held = remote.transmit(FULL);
    session.isOpen = false;
    remote.end();
    expect(await held).toBe(true);
  });

  it("sends what waits before the close frame", () => {
    const { remote, transport } = start();
    for (const text of [FULL, "a", "b"]) void remote.sendText(text);
    void remote.sendPing();
    remote.release();
    transport.close({ code: 1000 });
    expect(transport.given).toEqual(["full", "a", "b", "ping", "close 1000"]);
  });

  it.each<[SlowConsumerPolicy, string, readonly string[]]>([
    ["close", "WS_SESSION_CLOSED", ["outbox"]],
    ["drop-newest", "dropped", ["dropped 400"]],
    ["drop-oldest", "dropped", ["dropped 400"]],
  ])("bounds what waits behind an unfinished message: %s", async (policy, outcome, happened) => {
    const { remote, told } = start(policy);
    void remote.sendText("half", false);
    const waiting = [remote.sendText(FULL), remote.sendText(FULL)];
    expect(remote.bufferedAmount).toBe(4 + 800);
    expect((await became([remote.sendText(FULL)]))[0]).toBe(outcome);
    expect(told.slice(0, happened.length)).toEqual(happened);
    if (policy === "close") expect(await became(waiting)).toEqual(["WS_SESSION_CLOSED", "WS_SESSION_CLOSED"]);
  });

  it("bounds values that wait for an encoder, too", async () => {
    let release!: () => void;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const { remote, transport, told } = start("drop-newest", (value) => gate.then(() => String(value)));
    const sends = Array.from({ length: 30 }, (_, index) => remote.sendObject(index));
    release();
    await turns(1);
    transport.take();
    const outcomes = await became(sends);
    const dropped = outcomes.filter((each) => each === "dropped").length;
    expect(dropped).toBeGreaterThan(10);
    expect(outcomes.slice(0, 30 - dropped)).toEqual(Array<string>(30 - dropped).fill("sent"));
    expect(told).toHaveLength(dropped);
  });

  it("ends the session rather than leave out a part", async () => {
    const { remote, told } = start("drop-oldest");
    void remote.sendText(FULL);
    const parts = [1, 2, 3].map(() => remote.sendText(FULL, false));
    expect((await became(parts)).at(-1)).toBe("WS_SESSION_CLOSED");
    expect(told[0]).toBe("outbox");
  });

  it("lets a writer send a message of any size, chunk by chunk", async () => {
    const { remote, transport, told } = start("close");
    void remote.sendText(FULL);
    const writer = remote.binaryWriter();
    for (let count = 0; count < 50; count++) writer.write(Buffer.alloc(100, 65));
    writer.end();
    for (let count = 0; count < 200; count++) {
      transport.take(1);
      await turns(1);
    }
    expect(told).toEqual([]);
    expect(transport.given).toHaveLength(52);
  });

  it("fails what waits when the session ends, each once: nobody waits for ever (F07)", async () => {
    const { remote, transport, told, session } = start();
    const sends = [remote.sendText(FULL), remote.sendText("a"), remote.sendPing(), remote.sendText("b", false)];
    const reply = remote.transmit("reply");
    session.isOpen = false;
    remote.end();
    const waiting = ["WS_SESSION_CLOSED", "WS_SESSION_CLOSED", "WS_SESSION_CLOSED"];
    expect(await became(sends.slice(1))).toEqual(waiting);
    transport.lose();
    await became(sends);
    expect([transport.given, await reply]).toEqual([["full"], false]);
    expect(told).toEqual([...waiting, "WS_SESSION_FAILED"].map((code) => `failed ${code}`));
  });

  it("counts replies that are lost with the connection, and none that has arrived", () => {
    const { remote, transport, told } = start();
    for (let count = 0; count < 5; count++) expect(remote.transmit("r")).toBe(true);
    transport.take(2);
    expect(told).toEqual([]);
    transport.lose();
    expect(told).toEqual(Array<string>(3).fill("failed WS_SESSION_FAILED"));
  });

  it("gives replies one callback together", () => {
    const { remote, transport } = start();
    const dones = new Set<unknown>();
    transport.send = (_message: unknown, _options?: unknown, done?: unknown) => void dones.add(done);
    for (let count = 0; count < 10; count++) void remote.transmit("r");
    expect([dones.size, dones.has(undefined)]).toEqual([1, false]);
  });

  it("says of a reply that found the outbox full, and closed the session, that it was not sent", () => {
    const { remote, told } = start("close");
    const replies = [FULL, FULL, FULL, FULL].map((reply) => remote.transmit(reply));
    expect(replies).toEqual([true, true, true, false]);
    expect(told[0]).toBe("outbox");
  });

  it("bounds pings like messages, though they have no bytes to speak of", async () => {
    const { remote, transport, told } = start("close");
    void remote.sendText("x");
    const pings = Array.from({ length: 20 }, () => remote.sendPing());
    expect(transport.given.length).toBeLessThan(6);
    expect(told[0]).toBe("outbox");
    expect((await became(pings.slice(-1)))[0]).toBe("WS_SESSION_CLOSED");
  });

  it("tells the process what waits for an encoder, and behind an unfinished message", async () => {
    const { remote, budget } = start("block", () => new Promise<string>(() => {}));
    void remote.sendText("half", false);
    void remote.sendText(FULL);
    void remote.transmit(FULL);
    expect([budget.bufferedAmount, remote.bufferedAmount]).toEqual([804, 804]);
    const other = start("block", () => new Promise<string>(() => {}));
    void other.remote.sendObject(1);
    void other.remote.sendText(FULL);
    void other.remote.sendText("part", false);
    other.remote.textWriter().write("part");
    await turns(1);
    expect(other.budget.bufferedAmount).toBe(408);
    expect([other.remote.unread, other.remote.bufferedAmount]).toEqual([0, 408]);
  });

  it("tells the process what a batch holds, each message with what it takes", () => {
    const { remote, budget } = start("block");
    const weight = vi.spyOn(budget, "spend");
    remote.batchingAllowed = true;
    for (let count = 0; count < 10; count++) void remote.sendText("held");
    expect(weight.mock.calls).toEqual(Array.from({ length: 10 }, () => [4 + MESSAGE_OVERHEAD]));
    expect([budget.bufferedAmount, remote.bufferedAmount, remote.unread]).toEqual([40, 40, 0]);
    remote.batchingAllowed = false;
    expect(remote.unread).toBeGreaterThan(0);
  });
});
