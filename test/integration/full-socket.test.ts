import { Opcode, RawClient } from "@wirespring/testing";
import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { OnOpen, ServerEndpoint, Session } from "wirespring";
import { serve } from "./served.js";

const sessions: Session[] = [];

@ServerEndpoint({ value: "/full", outboxHighMark: 2 ** 24, outboxLimit: 2 ** 25, slowConsumerBytes: 2 ** 24 })
class Full {
  @OnOpen()
  opened(session: Session): void {
    sessions.push(session);
  }
}

it("keeps what a full socket has not taken, whatever others are sent meanwhile", async () => {
  await using served = await serve([Full]);
  const clients: RawClient[] = [];
  for (let count = 0; count < 2; count++) {
    const client = await RawClient.connect({ port: served.port });
    expect(await client.upgrade({ path: "/full" })).toMatchObject({ status: 101 });
    clients.push(client);
  }
  const [slow, quick] = sessions.map(({ remote }) => remote);
  clients[0]!.stall();
  let sent = 0;
  const send = (): void => void slow!.sendText(`${sent++} `.padEnd(4_000, "s"));
  // Small messages, one for each tick: the one with which the socket is full lies in memory that all connections share.
  while (slow!.bufferedAmount === 0) {
    send();
    await setImmediate();
    expect(sent).toBeLessThan(20_000);
  }
  for (let count = 0; count < 20; count++) {
    void quick!.sendText("q".repeat(4_000));
    await setImmediate();
  }
  clients[0]!.unstall();
  for (let count = 0; count < sent; count++) {
    const { opcode, payload } = await clients[0]!.nextFrame();
    expect([opcode, payload.length, payload.toString("latin1", 0, 8).split(" ")[0]]).toEqual([
      Opcode.TEXT,
      4_000,
      String(count),
    ]);
    expect(payload.toString("latin1", 8).replaceAll("s", "")).toBe("");
  }
  for (const client of clients) client.destroy();
}, 30_000);
