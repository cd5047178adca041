// Before tsyringe, which needs the metadata that this loads.
import { Broadcaster, OnMessage, OnOpen, ServerEndpoint, Session } from "wirespring";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { serve } from "./served.js";

/** Everything that a session is sent, in whatever way, arrives whole and in the order of the calls. */

let session: Session;
let broadcaster: Broadcaster;

@ServerEndpoint({ value: "/plain", outboxLimit: 2 ** 28, outboxHighMark: 2 ** 20 })
class Plain {
  constructor(topics: Broadcaster) {
    broadcaster = topics;
  }

  @OnOpen()
  opened(opened: Session): void {
    session = opened;
    broadcaster.subscribe(opened, "topic");
  }

  @OnMessage()
  said(text: string): string {
    return text;
  }
}

@ServerEndpoint({ value: "/deflated", compression: true, outboxLimit: 2 ** 28, outboxHighMark: 2 ** 20 })
class Deflated extends Plain {
  @OnMessage()
  override said(text: string): string {
    return text;
  }

  @OnOpen()
  override opened(opened: Session): void {
    super.opened(opened);
  }
}

/** Numbers from 0 to 1, the same for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

const SIZES = [0, 1, 20, 41, 42, 125, 126, 1_000, 5_000, 16_384, 16_385, 65_535, 65_536, 70_000];

/** Does something at random, and tells what should arrive because of it. */
function act(pick: () => number, index: number, sent: Promise<unknown>[]): string {
  const size = SIZES[Math.floor(pick() * SIZES.length)]!;
  const letter = pick() < 0.3 ? "ü" : "x";
  const text = `${index}:${letter.repeat(size)}`;
  const kind = Math.floor(pick() * 7);
  const { remote } = session;
  switch (kind) {
    case 0:
      sent.push(remote.sendText(text));
      return `text ${text}`;
    case 1:
      sent.push(remote.sendBinary(Buffer.from(text)));
      return `binary ${text}`;
    case 2:
      sent.push(remote.sendPing(Buffer.from(`${index}`)));
      return `ping ${index}`;
    case 3:
      sent.push(broadcaster.publish("topic", text));
      return `text ${text}`;
    case 4:
      sent.push(broadcaster.publish("topic", Buffer.from(text)));
      return `binary ${text}`;
    case 5:
      for (const part of [`${index}`, "a", "b", "c"]) sent.push(remote.sendText(part, part === "c"));
      return `text ${index}abc`;
    default:
      sent.push(remote.sendPong(Buffer.from(`${index}`)));
      return `pong ${index}`;
  }
}

/** Does forty ticks of it, and gives what should have arrived, and what has. */
async function play(
  path: string,
  seed: number,
): Promise<{ readonly received: readonly string[]; readonly expected: readonly string[] }> {
  await using served = await serve([Plain, Deflated]);
  const socket = new WebSocket(`ws://127.0.0.1:${served.port}${path}`, { maxPayload: 2 ** 28 });
  const received: string[] = [];
  socket.on("message", (data: Buffer, binary) => received.push(`${binary ? "binary" : "text"} ${data.toString()}`));
  socket.on("ping", (data) => received.push(`ping ${data.toString()}`));
  socket.on("pong", (data) => received.push(`pong ${data.toString()}`));
  await once(socket, "open");
  const pick = random(seed);
  const expected: string[] = [];
  const sent: Promise<unknown>[] = [];
  let index = 0;
  for (let tick = 0; tick < 40; tick++) {
    const count = Math.floor(pick() * 12);
    for (let each = 0; each < count; each++) expected.push(act(pick, index++, sent));
    if (pick() < 0.2) await Promise.all(sent);
    const pause = pick();
    if (pause < 0.5) await new Promise((resolve) => setImmediate(resolve));
    else if (pause < 0.75) await Promise.resolve();
  }
  await Promise.all(sent);
  await session.close();
  await once(socket, "close");
  return { received, expected };
}

describe("what a session is sent", () => {
  it.each(Array.from({ length: 25 }, (_, seed) => seed))(
    "arrives in order and whole, plain (seed %i)",
    async (seed) => {
      const { received, expected } = await play("/plain", seed);
      expect(received).toEqual(expected);
    },
  );

  it.each(Array.from({ length: 25 }, (_, seed) => seed))(
    "arrives in order and whole, compressed (seed %i)",
    async (seed) => {
      const { received, expected } = await play("/deflated", seed);
      expect(received).toEqual(expected);
    },
  );

  it("leaves in one write for each connection and tick, promises settled after it", async () => {
    await using served = await serve([Plain]);
    const socket = new WebSocket(`ws://127.0.0.1:${served.port}/plain`);
    await once(socket, "open");
    const outcomes = ["a", "b", "c"].map((text) => session.remote.sendText(text));
    expect(session.remote.bufferedAmount).toBe(3 * 3);
    expect(await Promise.all(outcomes)).toEqual(["sent", "sent", "sent"]);
    expect(session.remote.bufferedAmount).toBe(0);
    socket.terminate();
  });

  it("keeps small messages for a peer that does not read in little more than their bytes", async () => {
    await using served = await serve([Plain]);
    const socket = new WebSocket(`ws://127.0.0.1:${served.port}/plain`);
    await once(socket, "open");
    socket.pause();
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const { remote } = session;
    // Until the network is full: what is sent now waits in this process.
    for (let full = 0; full < 20; full = remote.bufferedAmount > 0 ? full + 1 : 0) {
      if (remote.bufferedAmount === 0) void remote.sendBinary(Buffer.alloc(65_000));
      await turn();
    }
    const small = Array.from({ length: 500 }, (_, count) => `${count}`.padStart(5));
    const before = process.memoryUsage().arrayBuffers;
    const waiting = remote.bufferedAmount;
    for (let count = 0; count < 500; count++) {
      void remote.sendText(small[count]!);
      await turn();
    }
    expect(remote.bufferedAmount).toBe(waiting + 500 * 7);
    // Were a piece of the arena kept for each of them, it would be 32 MB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_194_304);
    const received: string[] = [];
    socket.on("message", (data: Buffer, binary) => binary || received.push(data.toString()));
    socket.resume();
    while (received.length < small.length) await once(socket, "message");
    expect(received).toEqual(small);
    socket.terminate();
  });
});
