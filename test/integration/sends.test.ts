import { RawClient, Opcode } from "@wirespring/testing";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it } from "vitest";
import { OnMessage, ServerEndpoint, Session } from "wirespring";
import { serve } from "./served.js";

const SENDS = 10_000;

@ServerEndpoint("/closes")
class Closes {
  @OnMessage()
  said(session: Session, _text: string): void {
    void session.close();
    for (let count = 0; count < SENDS; count++) void session.remote.sendText("too late");
  }
}

@ServerEndpoint("/many")
class Many {
  @OnMessage()
  async said(session: Session, text: string): Promise<string> {
    const outcomes = await Promise.all(
      Array.from({ length: Number(text) }, (_, index) => session.remote.sendText(`${index}`)),
    );
    return outcomes.every((outcome) => outcome === "sent") ? "all sent" : "not all sent";
  }
}

describe("sends", () => {
  it("that nobody awaits, to a session that closes, are counted and published, never unhandled", async () => {
    await using served = await serve([Closes]);
    let published = 0;
    const listener = (): void => void published++;
    subscribe("wirespring:send.failed", listener);
    const unhandled: unknown[] = [];
    const collect = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", collect);
    const client = await RawClient.connect({ port: served.port });
    await client.upgrade({ path: "/closes" });
    client.frame({ opcode: Opcode.TEXT, payload: "x" });
    expect(await client.nextClose()).toEqual({ code: 1000, reason: "" });
    client.end();
    await client.untilEnded();
    await new Promise(setImmediate);
    expect(served.sockets.metrics().sendsFailed).toBe(SENDS);
    expect(published).toBe(SENDS);
    expect(unhandled).toEqual([]);
    unsubscribe("wirespring:send.failed", listener);
    process.off("unhandledRejection", collect);
    client.destroy();
  });

  it("settle when their bytes were handed to the network, and arrive in order", async () => {
    await using served = await serve([Many]);
    const client = await RawClient.connect({ port: served.port });
    await client.upgrade({ path: "/many" });
    client.frame({ opcode: Opcode.TEXT, payload: "200" });
    for (let index = 0; index < 200; index++) expect(String((await client.nextFrame()).payload)).toBe(`${index}`);
    expect(String((await client.nextFrame()).payload)).toBe("all sent");
    client.destroy();
  });
});
