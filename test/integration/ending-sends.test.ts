// Before tsyringe, which needs the metadata that this loads.
import {
  Encoder,
  Encodes,
  EndpointExporter,
  OnClose,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  Session,
  type EndpointExporterOptions,
  type ServerContainer,
} from "wirespring";
import { memoryPair, settle, upgradeRequest, type MemoryClient } from "@wirespring/testing";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { container } from "tsyringe";
import { afterEach, describe, expect, it } from "vitest";
import { Refusal } from "wirespring/spi";

/** What becomes of sends that wait, for an encoder, a reader or whoever feeds a writer. */

let session: Session;
let said: (text: string) => unknown;
let closed: boolean;
let sockets: ServerContainer;

class Slow {
  constructor(
    readonly text: string,
    readonly ready: Promise<void>,
  ) {}
}

@Encodes(Slow)
class SlowEncoder extends Encoder.Text<Slow> {
  async encode({ ready, text }: Slow): Promise<string> {
    await ready;
    if (text === "bad") throw new Error("cannot be encoded");
    return text;
  }
}

@ServerEndpoint({ value: "/slow", encoders: [SlowEncoder] })
class Endpoint {
  @OnOpen()
  opened(opened: Session): void {
    session = opened;
    closed = false;
  }

  @OnMessage()
  said(text: string): unknown {
    return said(text);
  }

  @OnClose()
  closed(): void {
    closed = true;
  }
}

async function open(options: EndpointExporterOptions = {}): Promise<MemoryClient> {
  const child = container.createChildContainer();
  sockets = await new EndpointExporter({ container: child, endpoints: [Endpoint], ...options }).export();
  const admission = await sockets.router.admit(upgradeRequest({ path: "/slow" }));
  if (admission instanceof Refusal) throw new Error(`refused with ${admission.status}`);
  const { transport, client } = memoryPair();
  admission.open(transport);
  await settle();
  return client;
}

afterEach(() => sockets.close());

const never = new Promise<void>(() => {});

describe("a returned value whose encoder is at work", () => {
  it("leaves before what is sent later", async () => {
    const client = await open();
    let ready!: () => void;
    said = () => {
      setImmediate(() => {
        void session.remote.sendText("second");
        setImmediate(ready);
      });
      return new Slow("first", new Promise((resolve) => (ready = resolve)));
    };
    client.send("x");
    expect([await client.next(), await client.next()]).toEqual(["first", "second"]);
  });

  it("is told to nobody when it cannot be encoded, and does not hold up what is sent later", async () => {
    const client = await open();
    said = () => new Slow("bad", Promise.resolve());
    client.send("x");
    expect((await client.closed).code).toBe(1011);
    expect(sockets.metrics().errors).toEqual({ encode: 1 });
  });
});

describe("the end of a session", () => {
  it("rejects sends behind an encoder that never ends, and that one", async () => {
    const client = await open();
    const sends = [session.remote.sendObject(new Slow("x", never)), session.remote.sendText("behind")];
    client.drop();
    for (const send of sends) await expect(send).rejects.toMatchObject({ code: "WS_SESSION_CLOSED" });
    await expect(session.remote.sendText("later")).rejects.toMatchObject({ code: "WS_SESSION_CLOSED" });
    await settle();
    expect(closed).toBe(true);
  });

  it("fails a writer that nobody feeds, and so whoever would", async () => {
    const client = await open();
    const source = new Readable({ read: () => {} });
    let failed: unknown;
    said = () => pipeline(source, session.remote.binaryWriter()).catch((error: unknown) => void (failed = error));
    client.send("x");
    await settle();
    source.push("begun");
    await settle();
    client.drop();
    await settle();
    expect(failed).toMatchObject({ code: "WS_SESSION_CLOSED" });
    expect([source.destroyed, closed]).toEqual([true, true]);
  });
});

describe("a writer beside batching", () => {
  it("is held back by a peer that does not read, and leaves behind what was held", async () => {
    const client = await open();
    session.remote.batchingAllowed = true;
    void session.remote.sendText("held");
    client.stall();
    const writer = session.remote.binaryWriter();
    const chunk = Buffer.alloc(65_536);
    let written = 0;
    while (writer.write(chunk) && written < 100) {
      written++;
      await settle();
    }
    expect(written).toBeLessThan(10);
    client.unstall();
    expect(await client.next()).toBe("held");
  });
});

describe("a close that lets too much leave", () => {
  it("is the end that the peer is told, and not the one that was asked for", async () => {
    const client = await open({ limits: { outboxHighMark: 1_024, outboxLimit: 2_048, slowConsumerBytes: 512 } });
    client.stall();
    session.remote.batchingAllowed = true;
    for (let count = 0; count < 20; count++) void session.remote.sendText("x".repeat(1_000));
    void session.close();
    client.unstall();
    expect((await client.closed).code).toBe(1013);
    await settle();
    const { sessionsClosed, limitHits } = sockets.metrics();
    expect([sessionsClosed, limitHits]).toEqual([{ 1013: 1 }, { outbox: 1 }]);
  });
});
