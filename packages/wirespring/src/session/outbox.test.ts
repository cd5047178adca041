import { describe, expect, it } from "vitest";
import { defaultLimits, type SlowConsumerPolicy } from "../limits.js";
import { OutboxBudget } from "./outbox-budget.js";
import { MESSAGE_OVERHEAD, Outbox, type OutboxLimits, type WaitingKind } from "./outbox.js";
import { Prepared } from "./transport.js";
import { SlowTransport } from "./slow-transport.test.fixture.js";

/** All sizes here are in units of so many bytes: a message takes 64 beside its own. */
const OVERHEAD = 64;
const UNIT = MESSAGE_OVERHEAD / OVERHEAD;
const small = { slowConsumerBytes: 100 * UNIT, outboxHighMark: 464 * UNIT, outboxLimit: 1_000 * UNIT };

function start(policy: SlowConsumerPolicy = "close", budget = new OutboxBudget(2 ** 30), limits: OutboxLimits = small) {
  const transport = new SlowTransport();
  const told: string[] = [];
  const owner = {
    limits,
    policy,
    budget,
    sendDropped: (bytes: number) => void told.push(`dropped ${bytes / UNIT}`),
    congested: () => void (told.at(-1) !== "congested" && told.push("congested")),
    shed: () => void told.push("process-outbox"),
    overfull: (limit: string) => void told.push(limit),
  };
  const outbox = new Outbox(owner);
  outbox.connect(transport);
  const outcomes: string[] = [];
  /** Sends a message as the remote endpoint does, and tells what becomes of it at once. */
  const send = (name: string, size = name.length, kind: WaitingKind = "message", fin = true): string => {
    const message = name.padEnd(size * UNIT, ".");
    if (outbox.takes(message)) {
      outbox.send(message, fin, (error) => outcomes.push(`${name} ${error ? "failed" : "sent"}`));
      return "taken";
    }
    const overflow = outbox.keep(message, fin, kind, (error, dropped) =>
      outcomes.push(`${name} ${error ? "failed" : dropped ? "dropped" : "sent"}`),
    );
    return overflow ?? "waits";
  };
  return { outbox, transport, told, outcomes, send, owner };
}

/** Fills the transport: what is sent now waits. */
function full(policy?: SlowConsumerPolicy) {
  const started = start(policy);
  expect(started.send("full", 400)).toBe("taken");
  return started;
}

describe("Outbox", () => {
  it("gives everything to a transport that keeps up", () => {
    const { outbox, send, transport, told } = start();
    for (let count = 0; count < 1_000; count++) {
      expect(send("a", 100)).toBe("taken");
      transport.take();
    }
    expect([told, outbox.bufferedAmount, outbox.isWaiting]).toEqual([[], 0, false]);
  });

  it.each([1, 400, 401, 1_000_000])("takes a single message of %d bytes where nothing waits", (size) => {
    const { outbox, send, told } = start();
    expect(send("a", size)).toBe("taken");
    expect(outbox.bufferedAmount).toBe(size * UNIT);
    expect(told).toEqual(size > 100 ? ["congested"] : []);
  });

  it("takes one behind the message that is being written, whatever its size, and no third one", () => {
    const { send, told, outbox } = start();
    expect([send("a", 5_000), send("b", 5_000), send("c", 1)]).toEqual(["taken", "waits", "closed"]);
    expect(told).toEqual(["congested", "outbox"]);
    expect(outbox.bufferedAmount).toBe(10_000 * UNIT);
  });

  it("fills the transport to the high mark, then keeps, in order", () => {
    const { send, transport, outbox, outcomes } = start();
    expect([send("a", 150), send("b", 250), send("c", 1), send("d", 200), send("e", 300)]).toEqual([
      "taken",
      "taken",
      "waits",
      "waits",
      "waits",
    ]);
    expect(transport.given.map((each) => each[0])).toEqual(["a", "b"]);
    transport.take(1);
    expect(transport.given.map((each) => each[0])).toEqual(["a", "b", "c"]);
    transport.take(1);
    expect(transport.given.map((each) => each[0])).toEqual(["a", "b", "c", "d"]);
    expect(outbox.bufferedAmount).toBe((1 + 200 + 300) * UNIT);
    transport.take();
    transport.take();
    expect(transport.given.map((each) => each[0])).toEqual(["a", "b", "c", "d", "e"]);
    expect(outcomes).toEqual(["a sent", "b sent", "c sent", "d sent", "e sent"]);
    expect([outbox.bufferedAmount, outbox.isWaiting]).toEqual([0, false]);
  });

  it("lets nothing pass what waits, however small it is", () => {
    const { send, transport } = full();
    expect(send("big", 399)).toBe("waits");
    expect(send("s", 1)).toBe("waits");
    transport.take();
    expect(transport.given.map((each) => each[0])).toEqual(["f", "b", "s"]);
  });

  it("counts bytes, not characters, and nothing beside them", () => {
    const { outbox, transport } = full();
    outbox.keep("é".repeat(10), true, "message", undefined);
    outbox.keep(Buffer.alloc(7), true, "part", undefined);
    outbox.keep((to, done) => to.ping(undefined, done), true, "control", undefined);
    expect(outbox.bufferedAmount).toBe(400 * UNIT + 20 + 7);
    transport.take();
    transport.take();
    expect(outbox.bufferedAmount).toBe(0);
  });

  it("tells again and again that much waits: it may have been less meanwhile", () => {
    const { send, told, transport } = start();
    send("a", 150);
    told.length = 0;
    send("b", 10);
    expect(told).toEqual(["congested"]);
    send("c", 395);
    told.length = 0;
    send("d", 1);
    expect(told).toEqual(["congested"]);
    transport.take();
  });

  it("tells the budget of everything it takes, and of what waits, with what each message takes in memory", () => {
    const { send, told } = start("close", new OutboxBudget(1_000 * UNIT));
    for (const name of ["a", "b"]) send(name, 300);
    expect(told).toEqual(["congested"]);
    // 2 * (300 + 64) + 208 + 64 are all that may be.
    send("c", 208);
    expect(told).toEqual(["congested"]);
    send("d", 20);
    expect(told).toEqual(["congested", "process-outbox"]);
    const other = start("close", new OutboxBudget(1_000 * UNIT));
    other.send("a", 937);
    expect(other.told).toEqual(["congested", "process-outbox"]);
  });

  it("tells the budget and its owner of what waits before it", () => {
    const budget = new OutboxBudget(1_000);
    const told: string[] = [];
    const before = { bytes: 900, size: 900 };
    const owner = { limits: small, policy: "close", budget, sendDropped() {}, congested() {}, overfull() {} } as const;
    const outbox = new Outbox({ ...owner, shed: () => void told.push("shed") }, before);
    outbox.connect(new SlowTransport());
    outbox.spend(0);
    expect([budget.bufferedAmount, outbox.bufferedAmount, outbox.weight, outbox.unread]).toEqual([900, 900, 900, 0]);
    expect(told).toEqual([]);
    before.size = 1_001;
    outbox.spend(101);
    expect(told).toEqual(["shed"]);
  });

  it("counts what tiny messages take in memory, not their bytes: the transport is given so many, and the rest waits", () => {
    const { outbox, transport } = start("close", new OutboxBudget(2 ** 30), defaultLimits);
    let taken = 0;
    while (outbox.takes("x")) {
      outbox.send("x", true);
      taken++;
    }
    expect(taken).toBe(Math.ceil(262_144 / (MESSAGE_OVERHEAD + 1)));
    expect([outbox.bufferedAmount, outbox.weight]).toEqual([taken, taken * (MESSAGE_OVERHEAD + 1)]);
    let waiting = 0;
    while (outbox.keep("x", true, "message", undefined) === undefined) waiting++;
    expect(waiting).toBe(Math.floor(1_048_576 / (MESSAGE_OVERHEAD + 1)));
    for (let count = 0; count < taken + waiting; count++) transport.take(1);
    expect([transport.given.length, outbox.bufferedAmount, outbox.weight]).toEqual([taken + waiting, 0, 0]);
    expect(outbox.takes("x")).toBe(true);
  });

  it("does not take for held what was written, where a peer never has read everything", () => {
    const { outbox, transport } = start("close", new OutboxBudget(2 ** 30), defaultLimits);
    outbox.send("x", true);
    for (let count = 0; count < 10_000; count++) {
      expect(outbox.takes("x")).toBe(true);
      outbox.send("x", true);
      transport.take(1);
    }
    expect(outbox.weight).toBeLessThan(70 * (MESSAGE_OVERHEAD + 1));
  });

  it("lets the network take what was sent in this tick before anything waits", () => {
    const { outbox, send, transport } = full();
    let flushed = 0;
    transport.flush = () => {
      flushed++;
      transport.take();
    };
    expect([send("a", 300), outbox.isWaiting, flushed]).toEqual(["taken", false, 1]);
  });

  it("measures long text in bytes before it leaves", () => {
    const { outbox, told } = start("close", new OutboxBudget(14_000));
    outbox.send("€".repeat(5_000), true);
    expect(told).toEqual(["congested", "process-outbox"]);
  });

  it("lets everything out at its end, whatever the transport says, and the callbacks still come", () => {
    const { outbox, send, transport, outcomes } = full();
    send("a", 500);
    send("b", 300);
    outbox.release();
    expect(transport.given.map((each) => each[0])).toEqual(["f", "a", "b"]);
    expect([outbox.isWaiting, outbox.bufferedAmount]).toEqual([false, 1_200 * UNIT]);
    transport.take();
    expect(outcomes).toEqual(["full sent", "a sent", "b sent"]);
  });

  it("fails what waits when the session ends, each once, and those who wait for room go on", async () => {
    const { outbox, send, outcomes, transport, owner } = full("block");
    for (const name of ["a", "b", "c"]) send(name, 600);
    const room = outbox.room();
    expect(room).toBeInstanceOf(Promise);
    outbox.end(() => new Error("ended"));
    expect(outcomes).toEqual(["a failed", "b failed", "c failed"]);
    await room;
    // What the transport still holds is counted until the connection is over.
    expect([outbox.bufferedAmount, owner.budget.bufferedAmount]).toEqual([400 * UNIT, 400 * UNIT]);
    outbox.over();
    expect(owner.budget.bufferedAmount).toBe(0);
    transport.lose();
    expect(outcomes).toEqual(["a failed", "b failed", "c failed", "full failed"]);
  });
});

/** Three messages of 436 bytes with what they take: two fit, the third does not. */
const SIZE = 436 - OVERHEAD;

describe("the policy", () => {
  it("close ends the session when a message does not fit, and nothing else happens to it", () => {
    const { send, told, outcomes, outbox } = full("close");
    expect([send("a", SIZE), send("b", SIZE), send("c", SIZE)]).toEqual(["waits", "waits", "closed"]);
    expect([told, outcomes]).toEqual([["congested", "outbox"], []]);
    expect(outbox.bufferedAmount).toBe((400 + 2 * SIZE) * UNIT);
  });

  it("fits as many as the limit says, to the byte", () => {
    const { send } = full("close");
    expect([send("a", 500 - OVERHEAD), send("b", 500 - OVERHEAD)]).toEqual(["waits", "waits"]);
    const other = full("close");
    expect([other.send("a", 500 - OVERHEAD), other.send("b", 501 - OVERHEAD)]).toEqual(["waits", "closed"]);
  });

  it("drop-newest drops what does not fit, counts it, and what waits arrives", () => {
    const { send, told, transport, outcomes } = full("drop-newest");
    const first = Array.from({ length: 10 }, (_, index) => send(`${index}`, SIZE));
    expect(first).toEqual(["waits", "waits", ...Array<string>(8).fill("dropped")]);
    expect(told.filter((each) => each !== "congested")).toEqual(Array<string>(8).fill(`dropped ${SIZE}`));
    for (let count = 0; count < 4; count++) transport.take();
    expect(outcomes).toEqual(["full sent", "0 sent", "1 sent"]);
    expect(send("later", SIZE)).toBe("taken");
  });

  it("drop-oldest drops what has waited longest, and says so to whoever sent it", () => {
    const { send, told, transport, outcomes } = full("drop-oldest");
    const all = Array.from({ length: 10 }, (_, index) => send(`${index}`, SIZE));
    expect(new Set(all)).toEqual(new Set(["waits"]));
    expect(outcomes).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((index) => `${index} dropped`));
    expect(told.filter((each) => each.startsWith("dropped"))).toHaveLength(8);
    for (let count = 0; count < 4; count++) transport.take();
    expect(outcomes.slice(8)).toEqual(["full sent", "8 sent", "9 sent"]);
  });

  it("drop-oldest drops as much as a large message needs, and takes one of any size", () => {
    const { send, outcomes, told } = full("drop-oldest");
    for (const name of ["a", "b", "c", "d"]) send(name, 100);
    expect(send("large", 1_000 - 2 * (100 + OVERHEAD) - OVERHEAD)).toBe("waits");
    expect(outcomes).toEqual(["a dropped", "b dropped"]);
    expect(send("huge", 100_000)).toBe("waits");
    expect(outcomes.slice(2)).toEqual(["c dropped", "d dropped", "large dropped"]);
    expect(told).not.toContain("outbox");
  });

  it.each<SlowConsumerPolicy>(["drop-newest", "drop-oldest", "close"])(
    "%s never drops a part, but ends the session when one does not fit",
    (policy) => {
      const { send, told } = full(policy);
      expect([send("a", SIZE, "part", false), send("b", SIZE, "part", false), send("c", SIZE, "part")]).toEqual([
        "waits",
        "waits",
        "closed",
      ]);
      expect(told).toEqual(["congested", "outbox"]);
    },
  );

  it("drop-oldest passes over parts and pings, and ends the session where only those are left", () => {
    const { send, outbox, outcomes, told, transport } = full("drop-oldest");
    send("part", 300, "part");
    outbox.keep((to, done) => to.ping(Buffer.from("p"), done), true, "control", undefined);
    send("old", 300);
    expect(send("new", 300)).toBe("waits");
    expect(outcomes).toEqual(["old dropped"]);
    expect(send("huge", 2_000)).toBe("closed");
    expect(told.at(-1)).toBe("outbox");
    outbox.release();
    expect(transport.given).toEqual(["full", "part", "ping p"]);
  });

  it("block keeps beyond the limit, up to twice as much, then refuses, and changes nothing else", () => {
    const { send, told, outcomes, transport } = full("block");
    const all = Array.from({ length: 8 }, (_, index) => send(`${index}`, SIZE));
    // 5 * 436 is the first sum above 2 * 1 000.
    expect(all).toEqual([...Array<string>(5).fill("waits"), "refused", "refused", "refused"]);
    expect(told).toEqual(["congested"]);
    for (let count = 0; count < 8; count++) transport.take();
    expect(outcomes).toEqual(["full", "0", "1", "2", "3", "4"].map((name) => `${name} sent`));
    expect(send("later", SIZE)).toBe("taken");
  });

  it("block keeps what a handler has returned, which waits for room, but not parts without end", () => {
    const { send, outbox } = full("block");
    for (let index = 0; index < 5; index++) send(`${index}`, SIZE);
    expect(send("reply", SIZE, "reply")).toBe("waits");
    expect(outbox.isFull).toBe(true);
    expect(send("part", SIZE, "part")).toBe("closed");
  });

  it("block lets go as soon as no more waits than may", async () => {
    const { outbox, send, transport } = full("block");
    for (let index = 0; index < 4; index++) send(`${index}`, SIZE);
    let free = false;
    const room = Promise.resolve(outbox.room()).then(() => (free = true));
    transport.take(1);
    await Promise.resolve();
    expect([free, outbox.isFull]).toEqual([false, true]);
    transport.take(1);
    expect(outbox.isFull).toBe(false);
    await room;
    expect(outbox.room()).toBeUndefined();
  });

  it.each<SlowConsumerPolicy>(["close", "block", "drop-newest", "drop-oldest"])(
    "%s lets a ping wait in a full outbox, but not any number of them",
    (policy) => {
      const { send, outbox, told } = full(policy);
      send("a", SIZE);
      send("b", SIZE);
      const ping = (): string | undefined =>
        outbox.keep((to, done) => to.ping(undefined, done), true, "control", undefined);
      let count = 0;
      while (ping() === undefined) count++;
      expect(count).toBe(Math.ceil((2_001 - 2 * 436) / OVERHEAD));
      expect(told.at(-1)).toBe("outbox");
    },
  );
});

describe("Outbox.judge", () => {
  it.each<[SlowConsumerPolicy, number, number, string | undefined]>([
    ["close", 5_000, 0, undefined],
    ["close", 500, 500, undefined],
    ["close", 501, 500, "closed"],
    ["drop-newest", 501, 500, "dropped"],
    ["drop-oldest", 501, 500, "dropped"],
    ["block", 5_000, 2_000, undefined],
    ["block", 1, 2_001, "refused"],
  ])("with %s, of %d bytes behind %d: %s", (policy, bytes, before, overflow) => {
    const { outbox, told } = start(policy);
    expect(outbox.judge(bytes * UNIT, before * UNIT)).toBe(overflow);
    expect(told).toEqual(overflow === "closed" ? ["outbox"] : overflow === "dropped" ? [`dropped ${bytes}`] : []);
  });
});

/** A small generator, so that each run is the same for its seed. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe("a thousand sends to a peer that reads now and then", () => {
  it.each<SlowConsumerPolicy>(["close", "block", "drop-newest", "drop-oldest"])(
    "with %s: each ends once, what is sent keeps its order, and the sums are right",
    (policy) => {
      for (let seed = 1; seed <= 40; seed++) {
        const next = generator(seed);
        const { send, transport, told, outcomes, outbox } = start(policy);
        const now: Record<string, number> = {};
        for (let index = 0; index < 1_000; index++) {
          const became = send(String(index).padStart(4, "0"), 4 + next(300));
          now[became] = (now[became] ?? 0) + 1;
          if (became === "closed") break;
          if (next(3) === 0) transport.take(next(4));
        }
        const before = outbox.bufferedAmount;
        if (now["closed"] === 1) outbox.end(() => new Error("closed"));
        for (let count = 0; count < 1_000; count++) transport.take();
        expect(outbox.bufferedAmount).toBe(0);
        expect(before).toBeGreaterThanOrEqual(0);
        const sent = outcomes.filter((each) => each.endsWith("sent")).map((each) => each.slice(0, 4));
        expect(sent).toEqual(transport.given);
        expect(sent).toEqual(sent.toSorted());
        const dropped = told.filter((each) => each.startsWith("dropped")).length;
        const droppedLater = outcomes.filter((each) => each.endsWith("dropped")).length;
        expect(dropped).toBe(droppedLater + (now["dropped"] ?? 0));
        expect(outcomes).toHaveLength((now["taken"] ?? 0) + (now["waits"] ?? 0));
        expect(new Set(outcomes).size).toBe(outcomes.length);
      }
    },
  );

  it("knows the shared messages that it holds, until the network has them or nobody wants them any more", () => {
    const { outbox, transport } = start();
    const [first, second, third] = ["1", "2", "3"].map((text) => new Prepared(text.padEnd(300 * UNIT, ".")));
    outbox.send(first!, true);
    expect(outbox.takes(second!)).toBe(false);
    outbox.keep(second!, true, "message", undefined);
    outbox.keep(third!, true, "message", undefined);
    expect([...outbox.shared]).toEqual([first, second, third]);
    transport.take(1);
    expect([...outbox.shared]).toEqual([second, third]);
    outbox.end(() => new Error("over"));
    expect([...outbox.shared]).toEqual([second]);
    transport.take();
    expect(outbox.shared.size).toBe(0);
  });
});
