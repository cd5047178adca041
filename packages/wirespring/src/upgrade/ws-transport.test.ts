import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { CloseReason } from "../close-reason.js";
import { systemClock } from "../clock.js";
import { Prepared, type Delivery, type TransportSink } from "../session/transport.js";
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
  readonly transport: WsTransport;
  readonly told: string[];
  /** Waits until the sink was told so many things. */
  readonly until: (count: number) => Promise<readonly string[]>;
}

async function connect(
  delivery: Delivery,
  react: (told: string, transport: WsTransport) => void = () => {},
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
  const tell = (what: string): void => {
    told.push(what);
    react(what, transport!);
    waiting?.();
  };
  const sink: TransportSink = {
    begin: () => delivery,
    message: (data, binary) => tell(`${binary ? "binary" : "text"}:${data.toString()}`),
    part: (data, _binary, last) => tell(`${last ? "last" : "part"}:${data.toString()}`),
    ping: (data) => tell(`ping:${data.toString()}`),
    pong: () => tell("pong"),
    failed: () => tell("failed"),
    closed: (reason, clean) => tell(`closed:${reason.code}:${clean}`),
  };
  server.on("upgrade", (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (ws) => {
      transport = new WsTransport(ws as WsSocket, { clock: systemClock, closeTimeout: 1_000 });
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
  return { client, transport: transport!, told, until };
}

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
});
