import { randomBytes } from "node:crypto";
import { once, type EventEmitter } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { constants, deflateRawSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { CloseReason } from "../close-reason.js";
import { systemClock } from "../clock.js";
import { Prepared, type Delivery, type SendCallback, type TransportSink } from "../session/transport.js";
import { WsSocket } from "./ws-socket.js";
import { WsTransport } from "./ws-transport.js";

/** With permessage-deflate, which the acceptor does not negotiate; everything else is in the transport's contract suite. */

const servers: Server[] = [];
const clients: WebSocket[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, "close");
  }
});

interface Connection {
  readonly client: WebSocket;
  /** Bytes from the client, as they are. */
  readonly write: (...frames: readonly Buffer[]) => void;
  /** How many bytes the server's inflater has made since then. */
  readonly countInflated: () => () => number;
  readonly transport: WsTransport;
  readonly told: string[];
  /** Waits until the sink was told so many things. */
  readonly until: (count: number) => Promise<readonly string[]>;
}

async function connect(
  delivery: Delivery,
  react: (told: string, transport: WsTransport) => void = () => {},
  maxInflation = 0,
  take: (data: Buffer) => void = () => {},
): Promise<Connection> {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: { threshold: 0 },
    WebSocket: WsSocket,
  } as ConstructorParameters<typeof WebSocketServer>[0]);
  const server = createServer();
  servers.push(server);
  const told: string[] = [];
  let waiting: (() => void) | undefined;
  let transport: WsTransport | undefined;
  let accepted: unknown;
  const tell = (what: string): void => {
    told.push(what);
    react(what, transport!);
    waiting?.();
  };
  const sink: TransportSink = {
    begin: () => delivery,
    message: (data, binary) => {
      const what = `${binary ? "binary" : "text"}:${data.toString()}`;
      take(data);
      tell(what);
    },
    part: (data, _binary, last) => tell(`${last ? "last" : "part"}:${data.toString()}`),
    ping: (data) => tell(`ping:${data.toString()}`),
    pong: () => tell("pong"),
    failed: () => tell("failed"),
    closed: (reason, clean) => tell(`closed:${reason.code}:${clean}`),
  };
  server.on("upgrade", (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (ws) => {
      accepted = ws;
      transport = new WsTransport(ws as WsSocket, { clock: systemClock, closeTimeout: 60_000, maxInflation });
      transport.listen(sink);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  clients.push(client);
  await once(client, "open");
  expect(client.extensions).toBe("permessage-deflate");
  const until = async (count: number): Promise<readonly string[]> => {
    while (told.length < count) await new Promise<void>((resolve) => (waiting = resolve));
    return told;
  };
  const write = (...frames: readonly Buffer[]): void =>
    (client as unknown as { _socket: Socket })._socket.write(Buffer.concat(frames)) as unknown as void;
  const countInflated = (): (() => number) => {
    const { _extensions: extensions } = (accepted as { _receiver: { _extensions: Record<string, Inflating> } })
      ._receiver;
    let count = 0;
    extensions["permessage-deflate"]!._inflate.on("data", (chunk: Buffer) => (count += chunk.length));
    return () => count;
  };
  return { client, transport: transport!, told, until, write, countInflated };
}

/** ws's extension, once it has inflated something. */
interface Inflating {
  readonly _inflate: EventEmitter;
}

/** A masked frame whose mask is zero. `first`: its first byte. */
function frame(first: number, payload: Buffer | string = ""): Buffer {
  const bytes = Buffer.from(payload as string);
  const head = Buffer.alloc(bytes.length < 126 ? 6 : 14);
  head[0] = first;
  if (bytes.length < 126) head[1] = 0x80 + bytes.length;
  else {
    head[1] = 0xff;
    head.writeBigUInt64BE(BigInt(bytes.length), 2);
  }
  return Buffer.concat([head, bytes]);
}

const TEXT = 0x81;
const DEFLATED_BINARY = 0xc2;
const FIRST_PART = 0x01;
const NEXT_PART = 0x00;
const LAST_PART = 0x80;

const many = (count: number, each: Buffer): Buffer[] => Array.from({ length: count }, () => each);

/** A payload of zeros, as a frame carries it. */
function deflated(size: number): Buffer {
  return deflateRawSync(Buffer.alloc(size), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

const KIB = 1_024;
const DEFLATED_FIRST = 0x42;

/** Payloads of the frames of one message. */
function deflatedParts(count: number, size: number): readonly Buffer[] {
  const whole = deflated(count * size);
  const each = Math.ceil(whole.length / count);
  return Array.from({ length: count }, (_none, index) => whole.subarray(index * each, (index + 1) * each));
}

describe("WsTransport, of what is inflated", () => {
  const whole = { parts: false, maxBytes: 16_777_216 };
  const parts = { parts: true, maxBytes: 16_777_216 };
  const quiet = (): void => {};
  const lengthOf = (told: string): number => told.length - "binary:".length;

  it("takes a small message however often it repeats itself", async () => {
    const { write, until } = await connect(whole, quiet, 100);
    write(frame(DEFLATED_BINARY, deflated(KIB * KIB)), frame(DEFLATED_BINARY, deflated(KIB * KIB)));
    expect((await until(2)).map(lengthOf)).toEqual([KIB * KIB, KIB * KIB]);
  });

  it("takes a large one of up to so many times its compressed size, and no more", async () => {
    const { write, until } = await connect(whole, quiet, 100);
    // A hundredth of it is no repetition.
    const some = Buffer.concat([randomBytes(20 * KIB), Buffer.alloc(1_900 * KIB)]);
    const payload = deflateRawSync(some, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    expect(some.length / payload.length).toBeGreaterThan(80);
    write(frame(DEFLATED_BINARY, payload), frame(DEFLATED_BINARY, deflated(1_920 * KIB)));
    const told = await until(3);
    expect(told[0]).toMatch(/^binary:/);
    expect(told.slice(1)).toEqual(["failed", "closed:1009:false"]);
  });

  it.each([
    ["whole", whole],
    ["in parts", parts],
  ])("counts all frames of a message that is wanted %s", async (_how, delivery) => {
    const { write, until, told } = await connect(delivery, quiet, 100);
    const [first, ...rest] = deflatedParts(40, 32 * KIB);
    write(
      frame(DEFLATED_FIRST, first!),
      ...rest.map((part, index) => frame(index === rest.length - 1 ? LAST_PART : NEXT_PART, part)),
    );
    while (!told.at(-1)?.startsWith("closed")) await until(told.length + 1);
    expect(told.at(-1)).toBe("closed:1009:false");
    const given = told.filter((each) => each.startsWith("part:")).reduce((sum, each) => sum + each.length - 5, 0);
    expect(given).toBeLessThanOrEqual(KIB * KIB);
  });

  it("takes anything within its bounds where the factor is 0", async () => {
    const { write, until } = await connect(whole);
    write(frame(DEFLATED_BINARY, deflated(2_000 * KIB)));
    expect((await until(1)).map(lengthOf)).toEqual([2_000 * KIB]);
  });
});

describe("WsTransport, of a peer that floods", () => {
  it("takes 1 023 empty frames of a message in parts between two that are not, and not many more", async () => {
    const { write, until } = await connect({ parts: true, maxBytes: 1_000_000 });
    const empty = many(1_023, frame(NEXT_PART));
    write(frame(FIRST_PART, "a"), ...empty, frame(NEXT_PART, "b"), ...empty, frame(LAST_PART));
    expect((await until(2_049)).filter((told) => told !== "part:")).toEqual(["part:a", "part:b", "last:"]);
    write(frame(FIRST_PART, "a"), ...empty, ...empty);
    expect((await until(2_049 + 1_027)).slice(2_049 + 1_025)).toEqual(["failed", "closed:1008:false"]);
  });

  it("looks through so many frames for the answer to its close frame, then ends the connection", async () => {
    const { transport, write, until, told } = await connect({ parts: false, maxBytes: 1_000 });
    transport.close(new CloseReason(1000));
    write(...many(20_000, frame(TEXT)));
    await until(1);
    while (!told.at(-1)!.startsWith("closed")) await until(told.length + 1);
    expect(told.at(-1)).toBe("closed:1006:false");
    expect(told.length).toBeLessThan(16_384 + 1);
    expect(told.length).toBeGreaterThan(16_000);
  });

  it("gives others their turn while it looks for the answer", async () => {
    let inTurn = 0;
    let most = 0;
    let counting = true;
    const { transport, write, told, until } = await connect({ parts: false, maxBytes: 1_000 }, () => {
      most = Math.max(most, ++inTurn);
    });
    const next = (): void => {
      inTurn = 0;
      if (counting) setImmediate(next);
    };
    next();
    transport.close(new CloseReason(1000));
    write(...many(10_000, frame(TEXT)));
    expect((await until(10_001)).at(-1)).toBe("closed:1000:true");
    counting = false;
    expect(told.length).toBe(10_001);
    expect(most).toBeLessThanOrEqual(1_024);
  });

  it("inflates nothing after its close frame", async () => {
    const { transport, write, until, countInflated } = await connect({ parts: false, maxBytes: 1_000_000 });
    write(frame(DEFLATED_BINARY, deflated(1)));
    await until(1);
    const inflated = countInflated();
    transport.close(new CloseReason(1000));
    const broken = frame(0x41, Buffer.from("fffffe", "hex"));
    write(...many(10, frame(DEFLATED_BINARY, deflated(900_000))), broken, frame(NEXT_PART, "fff"), frame(LAST_PART));
    expect((await until(13)).at(-1)).toBe("closed:1000:true");
    expect(inflated()).toBe(0);
  });

  it.each([true, false])("refuses a small frame of 64 MiB without inflating it (T53), in parts: %s", async (parts) => {
    const { write, until, countInflated } = await connect({ parts, maxBytes: 100_000 });
    write(frame(DEFLATED_BINARY, deflated(1)));
    await until(1);
    const inflated = countInflated();
    const bomb = deflated(67_108_864);
    expect(bomb.length).toBeLessThan(100_000);
    write(frame(DEFLATED_BINARY, bomb));
    expect((await until(3)).slice(1)).toEqual(["failed", "closed:1009:false"]);
    expect(inflated()).toBeLessThan(1_000_000);
  });
});

describe("WsTransport, of a message whose memory was transferred away", () => {
  it("ends with 1011 where more was in the chunk", async () => {
    const { write, until } = await connect(
      { parts: false, maxBytes: 1_000 },
      () => {},
      0,
      (data) => structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] }),
    );
    write(frame(0x82, "abc"), frame(0x82, "def"), frame(TEXT, "g"));
    expect(await until(3)).toEqual(["binary:abc", "failed", "closed:1011:false"]);
  });
});

describe("WsTransport with permessage-deflate", () => {
  it("gives the frames of a message in parts (T-18)", async () => {
    const { client, until } = await connect({ parts: true, maxBytes: 1_000 });
    client.send("a".repeat(200), { fin: false });
    client.ping("between");
    client.send("", { fin: false });
    client.send("b", { fin: true });
    client.send("whole");
    expect(await until(5)).toEqual([`part:${"a".repeat(200)}`, "ping:between", "part:", "last:b", "last:whole"]);
  });

  it("applies maxBytes to each inflated frame in parts", async () => {
    const { client, until } = await connect({ parts: true, maxBytes: 1_000 });
    for (let frame = 0; frame < 5; frame++) client.send("a".repeat(1_000), { fin: false });
    client.send("a".repeat(1_001));
    expect((await until(7)).slice(5)).toEqual(["failed", "closed:1009:false"]);
  });

  it("applies maxBytes to the inflated message", async () => {
    const { client, until } = await connect({ parts: false, maxBytes: 1_000 });
    client.send("a".repeat(1_000));
    client.send("a".repeat(100_000));
    expect((await until(3)).slice(1)).toEqual(["failed", "closed:1009:false"]);
    expect((await once(client, "close"))[0]).toBe(1009);
  });

  it("takes a message of maxBytes that deflating has made longer, in one frame and in many", async () => {
    const { client, until } = await connect({ parts: false, maxBytes: 1_000 });
    const random = String.fromCharCode(...Array.from({ length: 1_000 }, (_, index) => 33 + ((index * index * 7) % 91)));
    for (const letter of random.slice(0, -1)) client.send(letter, { fin: false });
    client.send(random.slice(-1));
    client.send(randomBytes(1_000));
    client.send(randomBytes(1_001));
    const [inMany, inOne] = await until(4);
    expect(inMany).toBe(`text:${random}`);
    expect(inOne).toMatch(/^binary:/);
    expect((await until(4)).slice(2)).toEqual(["failed", "closed:1009:false"]);
  });

  it("holds a message that was being inflated when it was paused", async () => {
    const { client, transport, told, until } = await connect({ parts: false, maxBytes: 100_000 }, (what, paused) => {
      // By then the parser has given the next message of the chunk to the inflater.
      if (what === "text:1") process.nextTick(() => paused.pause());
    });
    for (const each of ["1", "2", "3"]) client.send(each);
    await until(1);
    for (let turn = 0; turn < 50; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    expect(told).toEqual(["text:1"]);
    transport.resume();
    expect(await until(3)).toEqual(["text:1", "text:2", "text:3"]);
  });

  it("pauses between two messages of one chunk that are inflated one after another", async () => {
    const { client, transport, told, until } = await connect({ parts: false, maxBytes: 100_000 }, (what, paused) => {
      if (what === "text:1") paused.pause();
    });
    for (const each of ["1", "2", "3"]) client.send(each);
    await until(1);
    for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    expect(told).toEqual(["text:1"]);
    transport.resume();
    expect(await until(3)).toEqual(["text:1", "text:2", "text:3"]);
  });

  it("tells nothing more of what is being inflated when it is terminated", async () => {
    const { client, told, until } = await connect({ parts: false, maxBytes: 100_000 }, (what, transport) => {
      if (what === "text:1") transport.terminate();
    });
    for (const each of ["1", "2", "3"]) client.send(each);
    expect(await until(2)).toEqual(["text:1", "closed:1006:false"]);
    for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    expect(told.length).toBe(2);
  });

  it("closes with 1007 when the deflated data is broken", async () => {
    const { client, until } = await connect({ parts: false, maxBytes: 1_000 });
    const { _socket: socket } = client as unknown as { _socket: { write(bytes: Buffer): void } };
    socket.write(Buffer.from("c18500000000ffffffffff", "hex"));
    expect(await until(2)).toEqual(["failed", "closed:1007:false"]);
  });

  it("sends in order, compressed or not, prepared or not, and calls each done", async () => {
    const { client, transport } = await connect({ parts: false, maxBytes: 1_000 });
    const got: string[] = [];
    client.on("message", (data: Buffer) => got.push(data.toString()));
    const done = new Promise<void>((resolve) => {
      transport.send("a".repeat(500));
      transport.send("plain", { compress: false });
      transport.send(new Prepared("prepared"));
      transport.send("b", { fin: false });
      transport.send("c");
      transport.send("d", undefined, () => resolve());
    });
    expect(transport.bufferedAmount).toBeGreaterThan(0);
    await done;
    transport.close(new CloseReason(1000));
    await once(client, "close");
    expect(got).toEqual(["a".repeat(500), "plain", "prepared", "bc", "d"]);
  });

  it("tells a callback that comes again and again of every message, and of those that are lost that they are", async () => {
    const { client, transport } = await connect({ parts: false, maxBytes: 1_000 });
    client.pause();
    const told = { sent: 0, lost: 0 };
    await new Promise<void>((resolve) => {
      const count = (error?: Error): void => {
        told[error ? "lost" : "sent"]++;
        if (told.sent + told.lost === 50) resolve();
      };
      const done: SendCallback = Object.assign(count, { isLasting: true as const });
      for (let index = 0; index < 50; index++) transport.send(Buffer.alloc(1_000_000), { compress: false }, done);
      transport.flush();
      transport.terminate();
    });
    expect(told.sent + told.lost).toBe(50);
    expect(told.lost).toBeGreaterThan(0);
  });
});
