import { describe, expect, it } from "vitest";
import { defaultLimits } from "../limits.js";
import { LiveRemote, type RemoteOwner } from "./live-remote.js";
import type { Session } from "./session.js";
import { OutboxBudget } from "./outbox-budget.js";
import type { SendCallback, SendOptions, Transport } from "./transport.js";

/** A value whose encoder takes its time. */
class Later {
  finish!: () => void;
  readonly encoding: Promise<string>;

  constructor(text: string) {
    this.encoding = new Promise((resolve) => (this.finish = () => resolve(text)));
  }
}

function start(sendTimeout = 0) {
  const values: Later[] = [];
  const encoders = {
    later(text: string): Later {
      const value = new Later(text);
      values.push(value);
      return value;
    },
    finish: () => values.forEach((value) => value.finish()),
  };
  const sent: string[] = [];
  const dones: SendCallback[] = [];
  const failures: Error[] = [];
  const timers: (() => void)[] = [];
  const session = { isOpen: true, id: "s" };
  const transport = {
    send(message: string | Uint8Array, options?: SendOptions, done?: SendCallback): void {
      sent.push(`${String(message)}${options?.fin === false ? "…" : "."}`);
      if (done) dones.push(done);
    },
    bufferedAmount: 0,
    flush: (): void => void sent.push("flush"),
    ping: (_data: unknown, done: SendCallback): void => void (sent.push("ping"), dones.push(done)),
  } as unknown as Transport;
  const owner = {
    clock: {
      now: () => 0,
      wallTime: () => 0,
      setTimer: (task: () => void) => (timers.push(task), { cancel: () => {} }),
    },
    encode: (value: unknown) => (value instanceof Later ? value.encoding : String(value)),
    sendFailed: (error: Error) => void failures.push(error),
    active: () => {},
    pinged: () => {},
    unfinishable: () => void sent.push("unfinishable"),
    limits: defaultLimits,
    policy: "close",
    budget: new OutboxBudget(2 ** 30),
    encoders: {},
    congested: () => {},
    sendDropped: () => void sent.push("dropped"),
    shed: () => {},
    overfull: (limit) => void sent.push(limit),
  } satisfies RemoteOwner;
  const remote = new LiveRemote(session as unknown as Session, owner, sendTimeout);
  remote.connect(transport);
  return { remote, sent, dones, failures, timers, session, encoders };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("LiveRemote", () => {
  it("holds messages while batching is allowed, copied and complete at once (J-141)", async () => {
    const { remote, sent } = start();
    remote.batchingAllowed = true;
    const bytes = Buffer.from("b");
    expect(await Promise.all([remote.sendText("a"), remote.sendBinary(bytes)])).toEqual(["sent", "sent"]);
    bytes.fill("x");
    expect([sent.length, remote.transmit("reply")]).toEqual([0, true]);
    void remote.flushBatch();
    expect(sent).toEqual(["a.", "b.", "reply.", "flush"]);
    void remote.sendText("c");
    void remote.sendPing();
    void remote.sendText("d", false);
    remote.batchingAllowed = false;
    expect(sent.slice(4)).toEqual(["c.", "flush", "ping", "d…", "flush"]);
  });

  it("lets a batch leave when batching ends, or the session, also while an encoder is at work", async () => {
    for (const end of ["batchingAllowed", "release"] as const) {
      const { remote, sent, failures, encoders } = start();
      remote.batchingAllowed = true;
      void remote.sendText("a");
      void remote.sendObject(encoders.later("b"));
      void remote.sendText("c");
      if (end === "release") remote.release();
      else remote.batchingAllowed = false;
      expect(sent).toEqual(["a.", "flush"]);
      encoders.finish();
      await turn();
      remote.release();
      expect(sent.filter((each) => each !== "flush")).toEqual(["a.", "b.", "c."]);
      expect(failures).toEqual([]);
    }
  });

  it.each<[string, (started: ReturnType<typeof start>) => unknown, readonly string[]]>([
    ["a value that an encoder is at work on", (at) => at.remote.transmitLater(at.encoders.later("b").encoding), []],
    ["a reply", ({ remote }) => remote.transmit("b"), ["b."]],
    ["what a writer writes", ({ remote }) => remote.textWriter().write("b"), ["b…"]],
    ["a part", ({ remote }) => remote.sendText("b", false), ["b…"]],
    ["a ping", ({ remote }) => remote.sendPing(), ["ping"]],
  ])("gives what was published before %s", (_what, send, then) => {
    const started = start();
    const { remote, sent } = started;
    remote.feed = { isDue: true, catchUp: () => void sent.push("published"), end: () => {} };
    void send(started);
    expect(sent).toEqual(["published", ...then]);
  });

  it("lets a batch leave beyond 65 536 bytes, and counts what is lost with its session", () => {
    const { remote, sent, failures, session } = start();
    remote.batchingAllowed = true;
    void remote.sendText("x".repeat(65_536));
    expect(sent).toHaveLength(2);
    void remote.sendText("lost");
    session.isOpen = false;
    remote.end();
    expect([sent.length, failures.length]).toEqual([2, 1]);
  });

  it("refuses a callback, which nobody would call", async () => {
    const { remote, sent, failures } = start();
    for (const callback of [null, () => {}])
      await expect(remote.sendObject("a", callback)).rejects.toMatchObject({ code: "WS_ILLEGAL_ARGUMENT" });
    expect([sent, failures.length]).toEqual([[], 2]);
    void remote.sendObject("b", undefined);
    expect(sent).toEqual(["b."]);
  });

  it("rejects a send that takes longer than sendTimeout, and counts it (J-139)", async () => {
    const { remote, dones, failures, timers } = start(100);
    const slow = remote.sendText("slow");
    timers[0]!();
    await expect(slow).rejects.toMatchObject({ code: "WS_SEND_TIMEOUT" });
    expect(failures).toHaveLength(1);
    remote.sendTimeout = 0;
    const free = remote.sendText("free");
    for (const done of dones) done();
    expect([await free, timers.length]).toEqual(["sent", 1]);
  });

  it.each(["fails", "is sent"])("counts a send that took too long once, also when it %s later", async (end) => {
    const { remote, dones, failures, timers } = start(100);
    const late = [remote.sendText("a"), remote.sendText("b")];
    for (const task of timers.splice(0)) task();
    for (const send of late) await expect(send).rejects.toMatchObject({ code: "WS_SEND_TIMEOUT" });
    const failing = remote.sendText("c");
    for (const done of dones.splice(0, 2)) done(end === "fails" ? new Error("lost") : undefined);
    for (const done of dones.splice(0)) done(new Error("lost"));
    await expect(failing).rejects.toThrow("lost");
    await turn();
    await turn();
    const told = failures.map((error) => (error as { code?: string }).code);
    expect(told).toEqual(["WS_SEND_TIMEOUT", "WS_SEND_TIMEOUT", "WS_SESSION_FAILED"]);
    remote.sendTimeout = 0;
    void remote.sendText("d");
    dones.pop()!(new Error("lost"));
    expect(failures).toHaveLength(4);
  });

  it("fails what waits for the end of a message when the session ends", async () => {
    const { remote, sent, session } = start();
    void remote.sendText("half", false);
    const waiting = remote.sendText("whole");
    const reply = remote.transmit("reply");
    session.isOpen = false;
    remote.end();
    await expect(waiting).rejects.toMatchObject({ code: "WS_SESSION_CLOSED" });
    expect([await reply, sent]).toEqual([false, ["half…"]]);
  });

  it("holds a writer's chunk until the network has taken it, and skips one that was destroyed before its turn", async () => {
    const { remote, sent, dones } = start();
    const writer = remote.textWriter();
    writer.write("a");
    writer.write("b");
    expect(sent).toEqual(["a…"]);
    dones.shift()!();
    await turn();
    expect(sent).toEqual(["a…", "b…"]);
    const second = remote.binaryWriter();
    second.write("never");
    second.destroy();
    dones.shift()!();
    writer.end();
    await turn();
    expect(sent).toEqual(["a…", "b…", "."]);
  });

  it("begins no message once the session is closed: what is sent later rejects, too, instead of waiting for its end", async () => {
    const { remote, sent, session } = start();
    session.isOpen = false;
    for (const send of [
      () => remote.sendText("part", false),
      () => remote.sendText("whole"),
      () => remote.sendObject("object"),
      () => remote.sendBinary(Buffer.from("bytes"), true),
    ])
      await expect(send()).rejects.toMatchObject({ code: "WS_SESSION_CLOSED" });
    expect(sent).toEqual([]);
  });
});
