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
      for (const [at, part] of [...`${index}abc`].entries())
        sent.push(remote.sendText(part, at === `${index}abc`.length - 1));
      return `text ${index}abc`;
    default:
      sent.push(remote.sendPong(Buffer.from(`${index}`)));
      return `pong ${index}`;
  }
}

async function play(path: string, seed: number): Promise<void> {
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
    if (pick() < 0.5) await new Promise((resolve) => setImmediate(resolve));
    else if (pick() < 0.5) await Promise.resolve();
  }
  await Promise.all(sent);
  await session.close();
  await once(socket, "close");
  expect(received.length).toBe(expected.length);
  for (const [at, each] of expected.entries()) if (received[at] !== each) expect(received[at]).toBe(each);
}

describe("what a session is sent", () => {
  it.each(Array.from({ length: 25 }, (_, seed) => seed))("arrives in order and whole, plain (seed %i)", (seed) =>
    play("/plain", seed),
  );

  it.each(Array.from({ length: 25 }, (_, seed) => seed))("arrives in order and whole, compressed (seed %i)", (seed) =>
    play("/deflated", seed),
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
});
