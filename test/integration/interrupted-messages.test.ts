// Before tsyringe, which needs the metadata that this loads.
import {
  ClientEndpoint,
  CloseReason,
  OnClose,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  Session,
  WebSocketContainer,
} from "wirespring";
import { closePayload, encodeFrame, Opcode, RawClient, VirtualClock } from "@wirespring/testing";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { container } from "tsyringe";
import { beforeEach, describe, expect, it } from "vitest";
import { rawServer } from "./raw-server.js";
import { serve } from "./served.js";

/** What the endpoints have heard, in order. */
let events: string[];
let session: Session;
/** What the handlers of texts and of parts wait for. */
let gate: Promise<void>;
let open: () => void;

beforeEach(() => {
  events = [];
  gate = new Promise((resolve) => (open = resolve));
});

/** Waits until the handlers have come so far. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

const heard = (event: string) => (): boolean => events.includes(event);

async function readAll(bytes: Readable): Promise<string> {
  let whole = "";
  try {
    for await (const chunk of bytes) {
      whole += String(chunk);
      events.push(`read ${String(chunk)}`);
    }
    return whole;
  } catch (error) {
    events.push((error as Error).name);
    throw error;
  }
}

@ServerEndpoint("/stream")
class Stream {
  @OnOpen()
  opened(opened: Session): void {
    session = opened;
  }
  @OnMessage()
  async bytes(bytes: Readable, signal: AbortSignal): Promise<string> {
    signal.addEventListener("abort", () => events.push("aborted"));
    return `whole ${await readAll(bytes)}`;
  }
  @OnMessage()
  async text(text: string): Promise<void> {
    events.push(`text ${text}`);
    await gate;
  }
  @OnClose()
  closed(reason: CloseReason): void {
    events.push(`closed ${reason.code}`);
  }
  dispose(): void {
    events.push("disposed");
  }
}

@ServerEndpoint("/parts")
class Parts {
  @OnOpen()
  opened(opened: Session): void {
    session = opened;
  }
  @OnMessage()
  async part(part: string, last: boolean): Promise<void> {
    events.push(`${part} ${last}`);
    await gate;
  }
  @OnClose()
  closed(reason: CloseReason): void {
    events.push(`closed ${reason.code}`);
  }
  dispose(): void {
    events.push("disposed");
  }
}

@ClientEndpoint()
class Downloader {
  @OnMessage()
  async bytes(bytes: Readable): Promise<void> {
    events.push(`whole ${await readAll(bytes)}`);
  }
  @OnClose()
  closed(reason: CloseReason): void {
    events.push(`closed ${reason.code}`);
  }
}

async function connect(served: { readonly port: number }, path: string): Promise<RawClient> {
  const client = await RawClient.connect({ port: served.port });
  expect((await client.upgrade({ path })).status).toBe(101);
  return client;
}

const begin = { opcode: Opcode.BINARY, fin: false, payload: "one" };
const end = { opcode: Opcode.CONTINUATION, payload: "two" };

describe("closing a container in the middle of a message", () => {
  it("lets a stream that has begun come to its end, and reads nothing behind it", async () => {
    await using served = await serve([Stream]);
    const client = await connect(served, "/stream");
    client.frame(begin);
    await until(heard("read one"));
    const closing = served.sockets.close();
    client.frame(end, { opcode: Opcode.TEXT, payload: "behind" });
    expect(String((await client.nextFrame()).payload)).toBe("whole onetwo");
    expect(await client.nextClose()).toMatchObject({ code: 1012 });
    client.frame({ opcode: Opcode.CLOSE, payload: closePayload(1012) });
    client.end();
    await closing;
    expect(events).toEqual(["read one", "read two", "closed 1012", "disposed"]);
    expect(served.sockets.metrics().sessionsClosed).toEqual({ 1012: 1 });
  });

  it("lets a stream that waits for its turn have it", async () => {
    await using served = await serve([Stream]);
    const client = await connect(served, "/stream");
    client.frame({ opcode: Opcode.TEXT, payload: "slow" }, begin);
    await until(heard("text slow"));
    const closing = served.sockets.close();
    client.frame(end);
    open();
    expect(String((await client.nextFrame()).payload)).toBe("whole onetwo");
    expect(await client.nextClose()).toMatchObject({ code: 1012 });
    client.end();
    await closing;
    expect(events.at(-2)).toBe("closed 1012");
  });

  it("ends a stream that does not go on after `drainTimeout`, for its reader too", async () => {
    const clock = new VirtualClock();
    await using served = await serve([Stream], { clock, limits: { drainTimeout: 5_000 } });
    const client = await connect(served, "/stream");
    client.frame(begin);
    await until(heard("read one"));
    const closing = served.sockets.close();
    await clock.advance(4_999);
    expect(events).toEqual(["read one"]);
    await clock.advance(1);
    await closing;
    await client.untilEnded();
    await until(heard("SessionException"));
    expect(events.toSorted()).toEqual(["SessionException", "aborted", "closed 1006", "disposed", "read one"]);
    expect(served.log.map(({ event }) => event)).toContain("drain.timeout");
    expect(served.sockets.metrics().sessionsOpen).toBe(0);
  });

  it("handles the parts that have arrived, and closes without those that have not", async () => {
    await using served = await serve([Parts]);
    const client = await connect(served, "/parts");
    client.frame(
      { opcode: Opcode.TEXT, fin: false, payload: "a" },
      { opcode: Opcode.CONTINUATION, fin: false, payload: "b" },
    );
    await until(heard("a false"));
    const closing = served.sockets.close();
    open();
    expect(await client.nextClose()).toMatchObject({ code: 1012 });
    client.frame({ opcode: Opcode.CONTINUATION, payload: "c" });
    client.frame({ opcode: Opcode.CLOSE, payload: closePayload(1012) });
    client.end();
    await closing;
    expect(events).toEqual(["a false", "b false", "closed 1012", "disposed"]);
  });

  it("of clients lets a stream that has begun come to its end", async () => {
    let socket!: Socket;
    await using server = await rawServer((peer) => {
      socket = peer.socket;
      socket.write(peer.accept());
      socket.write(encodeFrame({ ...begin, mask: false }));
    });
    const clients = new WebSocketContainer({ container: container.createChildContainer() });
    await clients.connectToServer(Downloader, server.url);
    await until(heard("read one"));
    const closing = clients.close();
    const closed = new Promise<Buffer>((resolve) => socket.once("data", resolve));
    socket.write(encodeFrame({ ...end, mask: false }));
    // Its close frame, 1001, masked.
    const frame = await closed;
    const key = frame.subarray(2, 6);
    expect([frame[0], frame[6]! ^ key[0]!, frame[7]! ^ key[1]!]).toEqual([0x88, 1001 >> 8, 1001 & 0xff]);
    socket.end(encodeFrame({ opcode: Opcode.CLOSE, payload: closePayload(1001), mask: false }));
    await closing;
    expect(events).toEqual(["read one", "read two", "whole onetwo", "closed 1001"]);
  });
});

describe("closing a session in the middle of a message", () => {
  it("fails the stream for its reader, throws away what still comes, and ends with the code given", async () => {
    await using served = await serve([Stream]);
    const client = await connect(served, "/stream");
    client.frame(begin);
    await until(heard("read one"));
    await session.close(new CloseReason(4000, "enough"));
    client.frame(end);
    expect(await client.nextClose()).toEqual({ code: 4000, reason: "enough" });
    client.frame({ opcode: Opcode.CLOSE, payload: closePayload(4000) });
    client.end();
    await until(heard("disposed"));
    expect(events).toEqual(["read one", "aborted", "SessionException", "closed 4000", "disposed"]);
  });
});

describe("losing the peer while a stream waits for its turn", () => {
  it("gives it to its reader as one that has failed, then @OnClose hears of it", async () => {
    await using served = await serve([Stream]);
    const client = await connect(served, "/stream");
    client.frame({ opcode: Opcode.TEXT, payload: "slow" }, begin);
    await until(heard("text slow"));
    client.reset();
    await until(() => !session.isOpen);
    open();
    await until(heard("disposed"));
    expect(events).toEqual(["text slow", "SessionException", "closed 1006", "disposed"]);
  });
});

describe("losing the peer while parts wait", () => {
  const parts = [
    { opcode: Opcode.TEXT, fin: false, payload: "0" },
    ...Array.from({ length: 9 }, (_, index) => ({
      opcode: Opcode.CONTINUATION,
      fin: false,
      payload: `${index + 1}`,
    })),
  ];
  const all = parts.map(({ payload }) => `${payload} false`);

  it.each<[string, number, (client: RawClient) => void]>([
    ["by a reset", 1006, (client) => client.reset()],
    ["by the end of its connection", 1006, (client) => client.end()],
    ["by its close frame", 1001, (client) => client.frame({ opcode: Opcode.CLOSE, payload: closePayload(1001) })],
  ])("%s: each is handled in order, then @OnClose hears of it", async (_how, code, leave) => {
    await using served = await serve([Parts]);
    const client = await connect(served, "/parts");
    client.frame(...parts);
    await until(heard("0 false"));
    leave(client);
    await until(() => !session.isOpen);
    expect(events).toEqual(["0 false"]);
    open();
    await until(heard("disposed"));
    expect(events).toEqual([...all, `closed ${code}`, "disposed"]);
    client.destroy();
  });

  it("with a full mailbox: what was read is handled, nothing twice, and the session ends", async () => {
    await using served = await serve([Parts], { limits: { mailboxMessages: 4 } });
    const client = await connect(served, "/parts");
    client.frame(...parts);
    await until(heard("0 false"));
    client.reset();
    open();
    await until(heard("disposed"));
    expect(events).toEqual([...all, "closed 1006", "disposed"]);
    expect(served.sockets.metrics().sessionsOpen).toBe(0);
  });
});
