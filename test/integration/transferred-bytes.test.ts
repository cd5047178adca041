import { encodeFrame, Opcode, RawClient } from "@wirespring/testing";
import { describe, expect, it } from "vitest";
import { OnMessage, ServerEndpoint } from "wirespring";
import { serve } from "./served.js";

/** Handlers that give the memory of a message away, to a worker for instance: what lies behind it in the same memory is gone. */

/** What becomes of bytes that are posted to a worker. */
function giveAway(bytes: Uint8Array): void {
  structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] });
}

@ServerEndpoint("/gives-away")
class GivesAway {
  @OnMessage()
  said(bytes: Buffer): string {
    giveAway(bytes);
    return "given away";
  }
}

@ServerEndpoint("/echo")
class Echo {
  @OnMessage()
  said(text: string): string {
    return text;
  }
}

async function open(port: number, path: string): Promise<RawClient> {
  const client = await RawClient.connect({ port });
  expect(await client.upgrade({ path })).toMatchObject({ status: 101 });
  return client;
}

const whole = { opcode: Opcode.BINARY, payload: "x".repeat(100) };
const halves = [
  { opcode: Opcode.BINARY, payload: "x", fin: false },
  { opcode: Opcode.CONTINUATION, payload: "y" },
];
/** Of such a size, and with a length of two bytes, that no fast path takes it. */
const long = { opcode: Opcode.BINARY, payload: "x".repeat(20_000) };

describe("a handler that transfers the memory of its message", () => {
  it.each([
    ["with others behind it", [whole, whole, whole]],
    ["with parts behind it", [whole, ...halves, whole]],
    ["with a ping behind it", [whole, { opcode: Opcode.PING, payload: "p" }, whole]],
    ["with half of a message behind it", [whole, long]],
  ])("ends its session, %s, and nobody else's", async (_what, frames) => {
    await using served = await serve([GivesAway, Echo]);
    const other = await open(served.port, "/echo");
    const client = await open(served.port, "/gives-away");
    client.write(Buffer.concat(frames.map((frame) => encodeFrame(frame))));
    expect(String((await client.nextFrame()).payload)).toBe("given away");
    expect(await client.nextClose()).toMatchObject({ code: 1011 });
    other.frame({ opcode: Opcode.TEXT, payload: "still here" });
    expect(String((await other.nextFrame()).payload)).toBe("still here");
    client.destroy();
    other.destroy();
  });

  it("goes on where nothing is behind it", async () => {
    await using served = await serve([GivesAway]);
    const client = await open(served.port, "/gives-away");
    for (let count = 0; count < 3; count++) {
      client.frame(whole);
      expect(String((await client.nextFrame()).payload)).toBe("given away");
    }
    client.destroy();
  });
});
