import {
  encodeFrame,
  memoryPair,
  Opcode,
  RawClient,
  settle,
  upgradeRequest,
  VirtualClock,
  type MemoryClient,
} from "@wirespring/testing";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Readable, type Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import {
  Decoder,
  Decodes,
  Encoder,
  Encodes,
  EndpointExporter,
  OnError,
  OnMessage,
  ServerEndpoint,
  Session,
  TextReader,
  type EndpointExporterOptions,
} from "wirespring";
// After wirespring, which loads the metadata it needs.
import { container } from "tsyringe";
import { Refusal } from "wirespring/spi";
import { serve } from "./served.js";

const MIB = 1_048_576;
const events: string[] = [];

class Lines {
  constructor(readonly count: number) {}
}

@Decodes(Lines)
class LinesDecoder extends Decoder.TextStream<Lines> {
  override async decode(reader: TextReader): Promise<Lines> {
    const text = await reader.text();
    if (text.startsWith("!")) throw new TypeError("no lines");
    return new Lines(text.split("\n").length);
  }
}

@Encodes(Lines)
class LinesEncoder extends Encoder.TextStream<Lines> {
  override encode(lines: Lines, writer: Writable): void {
    writer.write("lines: ");
    writer.write(`${lines.count}`);
    if (lines.count === 2) writer.end();
  }
}

@ServerEndpoint({ value: "/lines", decoders: [LinesDecoder], encoders: [LinesEncoder] })
class Coded {
  @OnMessage()
  read(lines: Lines): Lines {
    return lines;
  }
  @OnError()
  failed(error: Error, session: Session): void {
    void session.remote.sendText(error.message);
  }
}

@ServerEndpoint("/text")
class Text {
  @OnMessage()
  async read(reader: TextReader): Promise<string> {
    let chunks = "";
    for await (const chunk of reader) chunks += `[${chunk}]`;
    return chunks;
  }
  @OnMessage()
  async bytes(bytes: Readable): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of bytes) hash.update(chunk as Buffer);
    return hash.digest("hex");
  }
}

@ServerEndpoint("/early")
class Early {
  @OnMessage()
  read(_bytes: Readable): void {
    events.push("called");
  }
  @OnMessage()
  said(text: string): string {
    return text;
  }
}

/** Reads when the test says so. */
let reading: (reader: Readable) => unknown;

@ServerEndpoint("/slow")
class Slow {
  @OnMessage()
  async read(bytes: Readable, signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => events.push(`aborted ${(signal.reason as { code: string }).code}`));
    try {
      await reading(bytes);
      events.push("read");
    } catch (error) {
      events.push(`${(error as Error).name}`);
    }
  }
}

async function connected(served: { port: number }, path: string): Promise<RawClient> {
  const client = await RawClient.connect({ port: served.port, patience: 60_000 });
  expect((await client.upgrade({ path })).status).toBe(101);
  return client;
}

describe("messages as streams", () => {
  it("are read while they arrive, characters whole, one message after another (J-55, J-59)", async () => {
    await using served = await serve([Text]);
    const client = await connected(served, "/text");
    const smile = Buffer.from("😀");
    client.frame({ opcode: Opcode.TEXT, fin: false, payload: smile.subarray(0, 1) });
    client.frame({ opcode: Opcode.CONTINUATION, fin: false, payload: smile.subarray(1) });
    client.frame({ opcode: Opcode.CONTINUATION, payload: "" }, { opcode: Opcode.TEXT, payload: "b" });
    expect(String((await client.nextFrame()).payload)).toBe("[😀]");
    expect(String((await client.nextFrame()).payload)).toBe("[b]");
    const bytes = Buffer.alloc(3 * MIB, "wirespring");
    for (let at = 0; at < bytes.length; at += MIB)
      client.frame({
        opcode: at === 0 ? Opcode.BINARY : Opcode.CONTINUATION,
        fin: at + MIB === bytes.length,
        payload: bytes.subarray(at, at + MIB),
      });
    expect(String((await client.nextFrame()).payload)).toBe(createHash("sha256").update(bytes).digest("hex"));
    client.destroy();
  });

  it("are thrown away where the handler has ended, and what follows is handled", async () => {
    await using served = await serve([Early]);
    events.length = 0;
    const client = await connected(served, "/early");
    client.frame({ opcode: Opcode.BINARY, fin: false, payload: Buffer.alloc(MIB) });
    for (let count = 0; count < 9; count++)
      client.frame({ opcode: Opcode.CONTINUATION, fin: false, payload: Buffer.alloc(MIB) });
    client.frame({ opcode: Opcode.CONTINUATION, payload: "" }, { opcode: Opcode.TEXT, payload: "next" });
    expect(String((await client.nextFrame()).payload)).toBe("next");
    expect(events).toEqual(["called"]);
    client.destroy();
  });

  it("serve stream decoders and encoders, whose failure leaves the connection (J-86, J-92, J-99)", async () => {
    await using served = await serve([Coded]);
    const client = await connected(served, "/lines");
    client.frame(
      { opcode: Opcode.TEXT, fin: false, payload: "a\n" },
      { opcode: Opcode.CONTINUATION, payload: "b" },
      { opcode: Opcode.TEXT, payload: "!" },
      { opcode: Opcode.TEXT, payload: "x" },
    );
    const seen: string[] = [];
    for (let count = 0; count < 3; count++) seen.push(String((await client.nextFrame()).payload));
    expect(seen).toEqual(["lines: 2", "no lines", "lines: 1"]);
    client.destroy();
  });

  it("fail for their reader, and abort its signal, when the peer is lost in the middle", async () => {
    await using served = await serve([Slow]);
    events.length = 0;
    reading = async (bytes) => {
      for await (const _ of bytes) events.push("chunk");
    };
    const client = await connected(served, "/slow");
    client.frame({ opcode: Opcode.BINARY, fin: false, payload: "x" });
    while (events.length === 0) await new Promise(setImmediate);
    client.reset();
    while (events.length < 3) await new Promise(setImmediate);
    expect(events).toEqual(["chunk", "aborted WS_SESSION_CLOSED", "SessionException"]);
    expect(served.sockets.metrics().sessionsClosed).toEqual({ 1006: 1 });
  });
});

interface Opened {
  readonly clock: VirtualClock;
  readonly client: MemoryClient;
}

async function open(options: EndpointExporterOptions = {}): Promise<Opened> {
  const clock = new VirtualClock();
  const child = container.createChildContainer();
  const sockets = await new EndpointExporter({ container: child, endpoints: [Slow], clock, ...options }).export();
  const admission = await sockets.router.admit(upgradeRequest({ path: "/slow" }));
  if (admission instanceof Refusal) throw new Error(`refused: ${admission.status}`);
  const { transport, client } = memoryPair({ clock });
  admission.open(transport);
  await settle();
  events.length = 0;
  return { clock, client };
}

describe("the limits of a streamed message", () => {
  it("let it last longer than any limit of whole messages and handlers, while it goes on", async () => {
    reading = async (bytes) => {
      let length = 0;
      for await (const chunk of bytes) length += (chunk as Buffer).length;
      events.push(`${length}`);
    };
    const { clock, client } = await open();
    const payload = Buffer.alloc(MIB);
    for (let count = 0; count < 256; count++) {
      client.sendPart(payload, false);
      await clock.advance(29_999);
    }
    client.sendPart(Buffer.alloc(0), true);
    await settle();
    expect(events).toEqual([`${256 * MIB}`, "read"]);
    // The one of the container, which looks at the session.
    expect(clock.pending).toBe(1);
  });

  it("close with 1008 after 30 000 ms without a byte", async () => {
    reading = async (bytes) => {
      for await (const _ of bytes);
    };
    const { clock, client } = await open();
    client.sendPart(Buffer.from("x"), false);
    await clock.advance(29_999);
    expect(events).toEqual([]);
    await clock.advance(1);
    expect((await client.closed).code).toBe(1008);
    expect(events).toEqual(["aborted WS_SESSION_CLOSED", "SessionException"]);
  });

  it("close with 1011 after 30 000 ms without a read while bytes wait, counted from the last read", async () => {
    let stream!: Readable;
    reading = (bytes) => {
      stream = bytes;
      return new Promise((_resolve, reject) => bytes.once("error", reject));
    };
    const { clock, client } = await open();
    client.sendPart(Buffer.from("abc"), false);
    await clock.advance(20_000);
    expect(String(stream.read(1))).toBe("a");
    await clock.advance(29_999);
    expect(events).toEqual([]);
    await clock.advance(1);
    expect((await client.closed).code).toBe(1011);
  });

  it("tell the handler of a last frame that is too much, too, and end the session", async () => {
    reading = async (bytes) => {
      for await (const _ of bytes);
    };
    const { client } = await open({ limits: { maxStreamSize: 10 } });
    client.sendPart(Buffer.alloc(9), false);
    client.sendPart(Buffer.alloc(9), true);
    expect((await client.closed).code).toBe(1009);
    await settle();
    expect(events).toEqual(["aborted WS_SESSION_CLOSED", "SessionException"]);
  });

  it("tell a handler that has stopped to read, also when everything has arrived", async () => {
    reading = async (bytes) => {
      bytes.on("data", () => bytes.pause());
      await once(bytes, "end");
    };
    const { client, clock } = await open();
    client.sendPart(Buffer.alloc(9), false);
    client.sendPart(Buffer.alloc(9), false);
    client.sendPart(Buffer.alloc(9), true);
    await clock.advance(30_000);
    expect((await client.closed).code).toBe(1011);
    await settle();
    expect(events).toEqual(["aborted WS_SESSION_CLOSED", "SessionException"]);
  });

  it("throw away what an iterator has left, and go on with the next message", async () => {
    reading = async (bytes) => void (await bytes[Symbol.asyncIterator]().next());
    const { client } = await open();
    for (let message = 0; message < 2; message++) {
      client.sendPart(Buffer.alloc(9), false);
      client.sendPart(Buffer.alloc(9), false);
      await settle();
      client.sendPart(Buffer.alloc(9), true);
      await settle();
    }
    await settle();
    expect(events).toEqual(["read", "read"]);
  });

  it("close with 1009 beyond maxStreamSize", async () => {
    reading = async (bytes) => {
      for await (const _ of bytes);
    };
    const { client } = await open({ limits: { maxStreamSize: 10 } });
    client.sendPart(Buffer.alloc(10), false);
    await settle();
    client.sendPart(Buffer.alloc(1), true);
    expect((await client.closed).code).toBe(1009);
  });
});

/** A program of its own, so that its memory is nobody else's; on what was built. */
const PROGRAM = `
import { Arg, EndpointExporter, OnMessage, ServerEndpoint } from "wirespring";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { container } from "tsyringe";
class Upload {
  async received(bytes) {
    globalThis.gc();
    const before = process.memoryUsage().rss;
    let most = before;
    let length = 0;
    let chunks = 0;
    for await (const chunk of bytes) {
      length += chunk.length;
      if (++chunks % 16 === 0) await setTimeout(5);
      most = Math.max(most, process.memoryUsage().rss);
    }
    return JSON.stringify({ length, growth: most - before });
  }
}
Arg(Readable)(Upload.prototype, "received", 0);
OnMessage()(Upload.prototype, "received", Object.getOwnPropertyDescriptor(Upload.prototype, "received"));
ServerEndpoint("/upload")(Upload);
const server = createServer();
await new EndpointExporter({ container: container.createChildContainer(), endpoints: [Upload] }).export(server);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`;

describe("an upload of 256 MiB", () => {
  it(
    "in frames of 1 MiB takes less than 64 MiB, and in one frame is refused with 1009",
    { timeout: 120_000 },
    async () => {
      const child = spawn(process.execPath, ["--expose-gc", "--input-type=module", "-e", PROGRAM], {
        cwd: import.meta.dirname,
        stdio: ["ignore", "pipe", "inherit"],
      });
      try {
        const started = once(createInterface(child.stdout), "line");
        const ended = once(child, "exit").then(([code]) =>
          Promise.reject(new Error(`the program ended with ${String(code)}`)),
        );
        ended.catch(() => {});
        const [port] = (await Promise.race([started, ended])) as [string];
        const client = await connected({ port: Number(port) }, "/upload");
        const payload = Buffer.alloc(MIB, 7);
        const middle = encodeFrame({ opcode: Opcode.CONTINUATION, fin: false, payload });
        client.frame({ opcode: Opcode.BINARY, fin: false, payload });
        for (let count = 0; count < 254; count++) client.write(middle);
        client.frame({ opcode: Opcode.CONTINUATION, payload });
        const { length, growth } = JSON.parse(String((await client.nextFrame()).payload)) as Record<string, number>;
        expect(length).toBe(256 * MIB);
        expect(growth).toBeLessThan(64 * MIB);
        client.frame({ opcode: Opcode.BINARY, payload: "", length: 256 * MIB });
        expect((await client.nextClose()).code).toBe(1009);
        client.destroy();
      } finally {
        child.kill();
      }
    },
  );
});
