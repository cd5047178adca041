import { encodeFrame, Opcode, RawClient } from "@wirespring/testing";
import { describe, expect, it } from "vitest";
import { OnMessage, OnOpen, ServerEndpoint } from "wirespring";
import { serve } from "./served.js";

@ServerEndpoint("/slow-open")
class SlowOpen {
  static open: () => void;
  #opened = false;

  @OnOpen()
  opened(): Promise<void> {
    return new Promise((resolve) => {
      SlowOpen.open = () => {
        this.#opened = true;
        resolve();
      };
    });
  }

  @OnMessage()
  said(text: string): string {
    return `${text} ${this.#opened}`;
  }
}

describe("messages sent before an asynchronous @OnOpen has settled", () => {
  it("all arrive, in order, after it: those in the packet of the request, too (T60)", async () => {
    await using served = await serve([SlowOpen]);
    const client = await RawClient.connect({ port: served.port });
    const [first, ...others] = Array.from({ length: 5 }, (_, index) =>
      encodeFrame({ opcode: Opcode.TEXT, payload: `m${index}` }),
    );
    await client.upgrade({ path: "/slow-open", early: first! });
    for (const frame of others) client.write(frame);
    await expect.poll(() => served.sockets.metrics().sessionsOpen).toBe(1);
    expect(client.frames).toEqual([]);
    SlowOpen.open();
    for (let index = 0; index < 5; index++) expect(String((await client.nextFrame()).payload)).toBe(`m${index} true`);
    client.destroy();
  });
});
