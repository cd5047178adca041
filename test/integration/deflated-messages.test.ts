// Before tsyringe, which needs the metadata that this loads.
import {
  ClientEndpoint,
  ClientEndpointConfig,
  OnMessage,
  ServerEndpoint,
  Session,
  TextReader,
  WebSocketContainer,
} from "wirespring";
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { container } from "tsyringe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Heard } from "./heard.js";
import { serve, type Served } from "./served.js";

/** Sends each part back as it came. */
@ServerEndpoint("/parts")
class Parts {
  @OnMessage()
  async text(session: Session, part: string, last: boolean): Promise<void> {
    await session.remote.sendText(part, last);
  }
  @OnMessage()
  async binary(session: Session, part: Buffer, last: boolean): Promise<void> {
    await session.remote.sendBinary(part, last);
  }
}

/** Sends back what it reads, while it reads. */
@ServerEndpoint("/streams")
class Streams {
  @OnMessage()
  async text(session: Session, reader: TextReader): Promise<void> {
    for await (const chunk of reader) await session.remote.sendText(chunk as string, false);
    await session.remote.sendText("", true);
  }
  @OnMessage()
  async binary(session: Session, bytes: Readable): Promise<void> {
    await pipeline(bytes, session.remote.binaryWriter());
  }
}

@ClientEndpoint()
class PartsCaller {
  readonly heard = new Heard();

  @OnMessage()
  text(part: string, last: boolean): void {
    this.heard.add(`${last} ${part}`);
  }
  @OnMessage()
  binary(part: Buffer, last: boolean): void {
    this.heard.add(`${last} ${part.toString("hex")}`);
  }
}

@ClientEndpoint()
class StreamsCaller {
  readonly heard = new Heard();

  @OnMessage()
  async text(reader: TextReader): Promise<void> {
    for await (const chunk of reader) this.heard.add(chunk as string);
    this.heard.add("end");
  }
  @OnMessage()
  async binary(bytes: Readable): Promise<void> {
    const hash = createHash("sha256");
    for await (const chunk of bytes) hash.update(chunk as Buffer);
    this.heard.add(hash.digest("hex"));
  }
}

/** What compresses well, and is long enough for it to be tried. */
const LONG = "again and ".repeat(500);

describe("messages frame by frame under permessage-deflate", () => {
  let served: Served;
  let clients: WebSocketContainer;
  let socket: Socket;

  beforeEach(async () => {
    served = await serve([Parts, Streams], { compression: true });
    served.server.on("connection", (connected: Socket) => (socket = connected));
    clients = new WebSocketContainer({ container: container.createChildContainer() });
  });

  afterEach(async () => {
    await clients.close();
    await served[Symbol.asyncDispose]();
  });

  async function connect(caller: object, path: string): Promise<Session> {
    const extensions = [{ name: "permessage-deflate", parameters: [{ name: "client_max_window_bits", value: "" }] }];
    const url = `ws://127.0.0.1:${served.port}${path}`;
    const session = await clients.connectToServer(caller, url, ClientEndpointConfig.create({ extensions }));
    expect(session.negotiatedExtensions.map(({ name }) => name)).toEqual(["permessage-deflate"]);
    return session;
  }

  it("give `(part, last)` of text each frame there and back, empty ones too", async () => {
    const caller = new PartsCaller();
    const session = await connect(caller, "/parts");
    // The second message shows that the first has left nothing behind.
    for (let round = 0; round < 2; round++) {
      const parts = [LONG, "", "😀", `${LONG}é`, "z"];
      const before = socket.bytesRead;
      for (const [index, part] of parts.entries()) {
        const last = index === parts.length - 1;
        await session.remote.sendText(part, last);
        expect(await caller.heard.next()).toBe(`${last} ${part}`);
      }
      expect(socket.bytesRead - before).toBeLessThan(LONG.length);
    }
  });

  it("give `(part, last)` of bytes each frame, however many arrive at once", async () => {
    const caller = new PartsCaller();
    const session = await connect(caller, "/parts");
    const parts = Array.from({ length: 100 }, (_, index) => Buffer.alloc(2_000 - 19 * index, index));
    for (const [index, part] of parts.entries()) void session.remote.sendBinary(part, index === parts.length - 1);
    for (const [index, part] of parts.entries())
      expect(await caller.heard.next()).toBe(`${index === parts.length - 1} ${part.toString("hex")}`);
  });

  it("give a `TextReader` what has arrived before the message has ended", async () => {
    const caller = new StreamsCaller();
    const session = await connect(caller, "/streams");
    for (let round = 0; round < 2; round++) {
      for (const part of [LONG, "second 😀", `${LONG}third`]) {
        await session.remote.sendText(part, false);
        expect(await caller.heard.next()).toBe(part);
      }
      await session.remote.sendText("", true);
      expect(await caller.heard.next()).toBe("end");
    }
  });

  it("give a `Readable` a message larger than anything that waits, whole and in order", async () => {
    const caller = new StreamsCaller();
    const session = await connect(caller, "/streams");
    const bytes = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => (index * index) >> 7));
    await pipeline(Readable.from(chunksOf(bytes, 50_000)), session.remote.binaryWriter());
    expect(await caller.heard.next()).toBe(createHash("sha256").update(bytes).digest("hex"));
    expect(socket.bytesRead).toBeLessThan(bytes.length);
  });
});

function* chunksOf(bytes: Buffer, size: number): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
