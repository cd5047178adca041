// Before tsyringe, which needs the metadata that this loads.
import {
  Broadcaster,
  Encoder,
  Encodes,
  EndpointExporter,
  OnClose,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  Session,
  type ServerContainer,
} from "wirespring";
import { memoryPair, settle, upgradeRequest, type MemoryClient } from "@wirespring/testing";
import { container } from "tsyringe";
import { afterEach, describe, expect, it } from "vitest";
import { Refusal } from "wirespring/spi";

let encoded = 0;
/** Called with each text that is encoded, and with each session that has ended. */
let encoding = (_text: string): void => {};
let ended = (_session: Session): void => {};
const sessions: Session[] = [];

class Note {
  constructor(readonly text: string) {}
}

@Encodes(Note)
class NoteEncoder extends Encoder.Text<Note> {
  encode({ text }: Note): string {
    encoded++;
    encoding(text);
    if (text === "bad") throw new Error("cannot be encoded");
    return `note ${text}`;
  }
}

/** Takes its time: encoded when a test says so. */
class Slow {
  encoded!: (text: string) => void;
  failed!: (error: Error) => void;
  readonly text = new Promise<string>((resolve, reject) => {
    this.encoded = resolve;
    this.failed = reject;
  });
}

@Encodes(Slow)
class SlowEncoder extends Encoder.Text<Slow> {
  encode({ text }: Slow): Promise<string> {
    encoded++;
    return text;
  }
}

@ServerEndpoint({
  value: "/room",
  encoders: [NoteEncoder, SlowEncoder],
  maxTopics: 3,
  outboxLimit: 4_096,
  outboxHighMark: 1_024,
  slowConsumerBytes: 512,
})
class Room {
  constructor(private readonly broadcaster: Broadcaster) {}

  @OnOpen()
  opened(session: Session): void {
    sessions.push(session);
    this.broadcaster.subscribe(session, "all");
  }

  @OnClose()
  closed(session: Session): void {
    ended(session);
  }

  @OnMessage()
  said(session: Session, text: string): string {
    void this.broadcaster.publish("all", text, { except: session });
    return `ack ${text}`;
  }
}

let sockets: ServerContainer;

async function start(count: number): Promise<{ clients: MemoryClient[]; broadcaster: Broadcaster }> {
  sessions.length = 0;
  encoded = 0;
  encoding = ended = () => {};
  const child = container.createChildContainer();
  sockets = await new EndpointExporter({ container: child, endpoints: [Room] }).export();
  const clients: MemoryClient[] = [];
  for (let index = 0; index < count; index++) clients.push(await connect());
  return { clients, broadcaster: sockets.broadcaster };
}

async function connect(): Promise<MemoryClient> {
  const admission = await sockets.router.admit(upgradeRequest({ path: "/room" }));
  if (admission instanceof Refusal) throw new Error(`refused with ${admission.status}`);
  const { transport, client } = memoryPair();
  admission.open(transport);
  await settle();
  return client;
}

/** One turn of the event loop, and everything that it makes ready. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** How many of its messages were answered, as soon as it is any. */
async function acknowledged({ received }: MemoryClient): Promise<number> {
  const count = (): number => received.filter((message) => String(message).startsWith("ack")).length;
  while (count() === 0) await turn();
  return count();
}

afterEach(() => sockets.close());

describe("Broadcaster", () => {
  it("gives every subscriber what is published, encoded once, and tells how many there are", async () => {
    const { clients, broadcaster } = await start(3);
    expect(await broadcaster.publish("all", new Note("a"))).toEqual({ recipients: 3 });
    for (const client of clients) expect(await client.next()).toBe("note a");
    expect(encoded).toBe(1);
    expect(await broadcaster.publish("nobody", "x")).toEqual({ recipients: 0 });
  });

  it("leaves out one, whose answer does not wait for the others", async () => {
    const { clients } = await start(3);
    clients[0]!.send("hi");
    expect(await clients[0]!.next()).toBe("ack hi");
    expect([await clients[1]!.next(), await clients[2]!.next()]).toEqual(["hi", "hi"]);
    expect(clients[0]!.received).toEqual(["ack hi"]);
  });

  it("keeps the order of everything that a session is sent, over topics and sends of its own", async () => {
    const { clients, broadcaster } = await start(2);
    const [session] = sessions;
    broadcaster.subscribe(session!, "b");
    void broadcaster.publish("all", "1");
    void broadcaster.publish("b", "2");
    void session!.remote.sendText("3");
    void broadcaster.publish("b", "4");
    void broadcaster.publish("all", new Note("5"));
    void session!.remote.sendPing();
    await settle();
    expect(clients[0]!.received).toEqual(["1", "2", "3", "4", "note 5"]);
    expect(clients[1]!.received).toEqual(["1", "note 5"]);
  });

  it("keeps the order over topics for who sends nothing, and behind what a session holds back", async () => {
    const { clients, broadcaster } = await start(1);
    const [session] = sessions;
    broadcaster.subscribe(session!, "b");
    void broadcaster.publish("all", "1");
    void broadcaster.publish("b", "2");
    void broadcaster.publish("all", "3");
    await turn();
    await settle();
    session!.remote.batchingAllowed = true;
    void session!.remote.sendText("4");
    void broadcaster.publish("all", "5");
    void broadcaster.publish("all", "6");
    await turn();
    await settle();
    expect(clients[0]!.received).toEqual(["1", "2", "3"]);
    void session!.remote.flushBatch();
    await settle();
    expect(clients[0]!.received).toEqual(["1", "2", "3", "4", "5", "6"]);
  });

  it("sends the messages of a tick to each receiver in one write", async () => {
    const { clients, broadcaster } = await start(2);
    const before = clients[0]!.writes;
    const all = Array.from({ length: 8 }, (_, index) => broadcaster.publish("all", `${index}`));
    expect(await Promise.all(all)).toEqual(Array.from({ length: 8 }, () => ({ recipients: 2 })));
    await settle();
    expect(clients[0]!.received).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
    expect(clients[0]!.writes - before).toBe(1);
  });

  it("gives nothing that was published before a session came or after it left", async () => {
    const { clients, broadcaster } = await start(1);
    void broadcaster.publish("all", "before");
    const late = await connect();
    void broadcaster.publish("all", "between");
    broadcaster.unsubscribe(sessions[0]!, "all");
    void broadcaster.publish("all", "after");
    await settle();
    expect(clients[0]!.received).toEqual(["before", "between"]);
    expect(late.received).toEqual(["between", "after"]);
  });

  it("knows topics and subscribers, and forgets sessions that have ended", async () => {
    const { clients, broadcaster } = await start(2);
    broadcaster.subscribe(sessions[0]!, "b");
    broadcaster.subscribe(sessions[0]!, "b");
    expect([...broadcaster.topicsOf(sessions[0]!)]).toEqual(["all", "b"]);
    expect(broadcaster.subscribers("all").size).toBe(2);
    clients[0]!.close();
    await clients[0]!.closed;
    await settle();
    expect(broadcaster.topicsOf(sessions[0]!).size).toBe(0);
    expect([...broadcaster.subscribers("all")]).toEqual([sessions[1]]);
    expect(broadcaster.subscribers("b").size).toBe(0);
    expect(() => broadcaster.subscribe(sessions[0]!, "all")).toThrow(/not open/);
  });

  it("refuses names that are none and more topics than maxTopics (T58)", async () => {
    const { broadcaster } = await start(1);
    for (const name of ["", "a\u0000b", "x".repeat(256), 7 as never])
      expect(() => broadcaster.subscribe(sessions[0]!, name)).toThrow(TypeError);
    broadcaster.subscribe(sessions[0]!, "b");
    broadcaster.subscribe(sessions[0]!, "c");
    expect(() => broadcaster.subscribe(sessions[0]!, "d")).toThrow(/maxTopics/);
    await expect(broadcaster.publish("", "x")).rejects.toThrow(TypeError);
    await expect(broadcaster.publish("all", null)).rejects.toThrow(TypeError);
  });

  it("rejects with the error of an encoder, and goes on", async () => {
    const { clients, broadcaster } = await start(1);
    await expect(broadcaster.publish("all", new Note("bad"))).rejects.toThrow("cannot be encoded");
    await broadcaster.publish("all", "good");
    expect(await clients[0]!.next()).toBe("good");
    expect(sockets.metrics().sendsFailed).toBe(1);
  });

  it("closes a subscriber that does not read, and costs the others nothing", async () => {
    const { clients, broadcaster } = await start(3);
    clients[0]!.stall();
    for (let index = 0; index < 40; index++) await broadcaster.publish("all", `${index} ${"x".repeat(200)}`);
    await settle();
    expect(clients[1]!.received).toHaveLength(40);
    expect(clients[2]!.received).toHaveLength(40);
    expect(sessions[0]!.isOpen).toBe(false);
    expect(sockets.metrics().limitHits).toEqual({ outbox: 1 });
    expect(await broadcaster.publish("all", "last")).toEqual({ recipients: 2 });
    clients[0]!.unstall();
  });

  it("goes on where the last subscriber is closed by what it is given", async () => {
    const { clients, broadcaster } = await start(1);
    clients[0]!.stall();
    for (let count = 0; broadcaster.subscribers("all").size > 0; count++) {
      expect(count).toBeLessThan(50);
      await broadcaster.publish("all", "x".repeat(500));
    }
    expect(broadcaster.topicsOf(sessions[0]!).size).toBe(0);
    clients[0]!.unstall();
    const newcomer = await connect();
    expect(await broadcaster.publish("all", "still there")).toEqual({ recipients: 1 });
    expect(await newcomer.next()).toBe("still there");
  });

  it("keeps the order past encoders that take their time, each asked once", async () => {
    const { clients, broadcaster } = await start(2);
    const [one, two] = [new Slow(), new Slow()];
    const published = [one, "2", two, new Note("4")].map((message) => broadcaster.publish("all", message));
    void sessions[0]!.remote.sendText("5");
    await settle();
    expect(clients[0]!.received).toEqual([]);
    two.encoded("3");
    await settle();
    expect(clients[0]!.received).toEqual([]);
    one.encoded("1");
    await settle();
    expect(clients[0]!.received).toEqual(["1", "2", "3", "note 4", "5"]);
    expect(clients[1]!.received).toEqual(["1", "2", "3", "note 4"]);
    expect(await Promise.all(published)).toEqual(Array.from({ length: 4 }, () => ({ recipients: 2 })));
    expect(encoded).toBe(3);
  });

  it("rejects when an encoder fails that took its time, and what is behind it comes", async () => {
    const { clients, broadcaster } = await start(2);
    const message = new Slow();
    const published = broadcaster.publish("all", message);
    void broadcaster.publish("all", "behind");
    await settle();
    message.failed(new Error("gave up"));
    await expect(published).rejects.toThrow("gave up");
    await settle();
    expect(clients.map(({ received }) => received)).toEqual([["behind"], ["behind"]]);
    expect(sockets.metrics().sendsFailed).toBe(2);
  });

  it("gives everybody once what an encoder publishes meanwhile, and counts it right", async () => {
    const { clients, broadcaster } = await start(2);
    const outcomes: Promise<unknown>[] = [];
    encoding = (text) => {
      if (text === "a") outcomes.push(broadcaster.publish("all", "audit"));
    };
    outcomes.push(broadcaster.publish("all", new Note("a")), broadcaster.publish("all", "b"));
    await turn();
    await settle();
    for (const { received } of clients) expect(received).toEqual(["note a", "b", "audit"]);
    expect(await Promise.all(outcomes)).toEqual([{ recipients: 2 }, { recipients: 2 }, { recipients: 2 }]);
  });

  it("keeps a topic that begins anew while its last subscriber leaves", async () => {
    const { clients, broadcaster } = await start(1);
    const other = await connect();
    const [session, heir] = sessions as [Session, Session];
    broadcaster.unsubscribe(heir, "all");
    ended = () => broadcaster.subscribe(heir, "all");
    clients[0]!.stall();
    for (let count = 0; count < 20; count++) void broadcaster.publish("all", `${count}`.padEnd(500, "x"));
    // What is due is given first, which is too much for it.
    broadcaster.unsubscribe(session, "all");
    clients[0]!.unstall();
    await settle();
    ended = () => {};
    expect(session.isOpen).toBe(false);
    expect([...broadcaster.topicsOf(heir)]).toEqual(["all"]);
    expect(await broadcaster.publish("all", "anew")).toEqual({ recipients: 1 });
    expect(await other.next()).toBe("anew");
  });

  it("serves many small topics in one turn of the event loop", async () => {
    const { clients, broadcaster } = await start(100);
    for (const [index, session] of sessions.entries()) broadcaster.subscribe(session, `own ${index}`);
    for (const index of sessions.keys()) void broadcaster.publish(`own ${index}`, `for ${index}`);
    await turn();
    await settle();
    expect(clients.map(({ received }) => received)).toEqual(clients.map((_, index) => [`for ${index}`]));
  });

  it.each([
    ["many", 40_000, (count: number) => new Note(String(count))],
    ["large", 200, (count: number) => `${count}`.padEnd(200_000, "x")],
  ])("has whoever publishes too %s messages do a part of the fan-out", async (_what, most, message) => {
    const { broadcaster, clients } = await start(1);
    let given = 0;
    encoding = () => given++;
    for (let count = 0; count < most; count++) {
      void broadcaster.publish("all", message(count));
      if (given > 0 || !sessions[0]!.isOpen) break;
    }
    // Within one tick, and long before it has published all.
    expect(given > 0 || !sessions[0]!.isOpen).toBe(true);
    clients[0]!.drop();
  });

  it("serves a large topic in slices", async () => {
    const { clients, broadcaster } = await start(1_000);
    const served = (): number => clients.filter(({ received }) => received.length > 0).length;
    const published = broadcaster.publish("all", "x");
    expect(served()).toBe(0);
    const counts: number[] = [];
    while (counts.at(-1) !== 1_000 && counts.length < 10) {
      await turn();
      counts.push(served());
    }
    // The peers get in one turn what was given in the turn before.
    expect(counts).toEqual([0, 250, 500, 750, 1_000]);
    expect(await published).toEqual({ recipients: 1_000 });
  });

  it("serves as many small topics in a turn as receivers of a large one", async () => {
    const { clients, broadcaster } = await start(200);
    for (const [index, session] of sessions.entries()) broadcaster.subscribe(session, `own ${index}`);
    for (const index of clients.keys()) void broadcaster.publish(`own ${index}`, "x");
    await turn();
    await turn();
    expect(clients.filter(({ received }) => received.length === 1)).toHaveLength(200);
  });

  it("has whoever publishes more than may be due serve some of it, before anything else", async () => {
    const { broadcaster } = await start(1);
    let done = 0;
    // Each weighs a receiver and a kilobyte.
    for (let count = 0; count < 20_000; count++) void broadcaster.publish("all", "x").then(() => done++);
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    expect(done).toBeGreaterThan(8_000);
  });

  it("goes on where bytes that were published have been transferred away", async () => {
    const { clients, broadcaster } = await start(1);
    const bytes = new Uint8Array(100);
    void broadcaster.publish("all", bytes);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    expect(await broadcaster.publish("all", "next")).toEqual({ recipients: 1 });
    await settle();
    expect(clients[0]!.received).toContain("next");
  });

  it("answers the publisher before the fan-out of a large topic", async () => {
    const { clients } = await start(600);
    clients[0]!.send("hi");
    expect(await clients[0]!.next()).toBe("ack hi");
    expect(clients.filter(({ received }) => received.includes("hi"))).toEqual([]);
    await settle();
    expect(clients.filter(({ received }) => received.includes("hi"))).toHaveLength(599);
  });

  it("counts what a peer has published for its turn, once for each recipient (T58)", async () => {
    const { clients } = await start(600);
    for (let index = 0; index < 5; index++) clients[0]!.send(`${index}`);
    // Two of them, with 600 recipients each, are more than the 1 024 of a turn.
    expect(await acknowledged(clients[0]!)).toBe(2);
    await settle();
    expect(await acknowledged(clients[0]!)).toBe(5);
    expect(clients[1]!.received).toEqual(["0", "1", "2", "3", "4"]);
  });

  it("gives everybody a message once who leaves, ends or comes in the middle of its slices", async () => {
    const { clients, broadcaster } = await start(600);
    const first = broadcaster.publish("all", "first");
    await turn();
    await turn();
    const served = clients.filter(({ received }) => received.length > 0).length;
    expect(served).toBe(250);
    broadcaster.unsubscribe(sessions[10]!, "all");
    broadcaster.unsubscribe(sessions[510]!, "all");
    void sessions[550]!.close();
    clients[590]!.drop();
    const late = await connect();
    const second = broadcaster.publish("all", "second");
    // It was on its way to a peer that was lost meanwhile: given, as far as anybody can tell.
    expect([await first, await second]).toEqual([{ recipients: 600 }, { recipients: 597 }]);
    await settle();
    const odd = new Map([
      [10, ["first"]],
      [510, ["first"]],
      [550, ["first"]],
      [590, ["first"]],
    ]);
    for (const [index, { received }] of clients.entries())
      expect([index, received]).toEqual([index, odd.get(index) ?? ["first", "second"]]);
    expect(late.received).toEqual(["second"]);
    expect(broadcaster.subscribers("all").size).toBe(597);
  });

  it("ends what is on its way when the last subscriber leaves", async () => {
    const { broadcaster } = await start(1);
    const published = broadcaster.publish("all", "x");
    broadcaster.unsubscribe(sessions[0]!, "all");
    expect(await published).toEqual({ recipients: 1 });
    expect(broadcaster.subscribers("all").size).toBe(0);
    expect(await broadcaster.publish("all", "y")).toEqual({ recipients: 0 });
  });
});
