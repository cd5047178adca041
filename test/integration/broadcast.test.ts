// Before tsyringe, which needs the metadata that this loads.
import {
  Broadcaster,
  Encoder,
  Encodes,
  EndpointExporter,
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
const sessions: Session[] = [];

class Note {
  constructor(readonly text: string) {}
}

@Encodes(Note)
class NoteEncoder extends Encoder.Text<Note> {
  encode({ text }: Note): string {
    encoded++;
    if (text === "bad") throw new Error("cannot be encoded");
    return `note ${text}`;
  }
}

@ServerEndpoint({
  value: "/room",
  encoders: [NoteEncoder],
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
  });
});
