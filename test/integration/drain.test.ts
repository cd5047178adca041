import {
  EndpointExporter,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  ServerEndpointConfigurator,
  type Principal,
} from "wirespring";
import { memoryPair, Opcode, RawClient, upgradeRequest } from "@wirespring/testing";
import { setImmediate } from "node:timers/promises";
import { container } from "tsyringe";
import { describe, expect, it } from "vitest";
import { Refusal } from "wirespring/spi";
import { serve } from "./served.js";

@ServerEndpoint("/echo")
class Echo {
  @OnMessage()
  said(text: string): string {
    return text;
  }
}

@ServerEndpoint("/slow-open")
class SlowOpen {
  static open: (() => void) | undefined;

  @OnOpen()
  opened(): Promise<void> {
    return new Promise((resolve) => (SlowOpen.open = resolve));
  }
}

class Waits extends ServerEndpointConfigurator {
  static answer: (() => void) | undefined;

  override authenticate(): Promise<Principal | null> {
    return new Promise((resolve) => (Waits.answer = () => resolve(null)));
  }
}

@ServerEndpoint({ value: "/waits", configurator: Waits })
class Waiting {}

describe("ServerContainer.close", () => {
  it("spreads the peers' return: each gets a time of its own", async () => {
    const served = await serve([Echo]);
    const clients = await Promise.all(Array.from({ length: 12 }, () => RawClient.connect({ port: served.port })));
    for (const client of clients) await client.upgrade({ path: "/echo" });
    const closing = served.sockets.close();
    const closes = await Promise.all(clients.map((client) => client.nextClose()));
    for (const client of clients) client.end();
    await closing;
    expect(new Set(closes.map(({ code }) => code))).toEqual(new Set([1012]));
    const times = closes.map(({ reason }) => Number(/^retry=(\d+)$/.exec(reason)?.[1]));
    for (const time of times) expect(time).toBeGreaterThanOrEqual(1_000);
    for (const time of times) expect(time).toBeLessThan(6_000);
    expect(new Set(times).size).toBeGreaterThan(6);
    await served[Symbol.asyncDispose]();
  });

  it("closes many sessions in batches: others have their turn in between", async () => {
    const exporter = new EndpointExporter({ container: container.createChildContainer(), endpoints: [Echo] });
    const sockets = await exporter.export();
    for (let count = 0; count < 250; count++) {
      const admission = await sockets.router.admit(upgradeRequest({ path: "/echo" }));
      if (admission instanceof Refusal) throw new Error(`refused: ${admission.status}`);
      admission.open(memoryPair().transport);
    }
    const closing = sockets.close();
    const open: number[] = [];
    for (; sockets.sessions().size > 0; await setImmediate()) open.push(sockets.sessions().size);
    expect(open).toEqual([150, 50]);
    await closing;
    expect(sockets.metrics().sessionsClosed).toEqual({ 1012: 250 });
  });

  it("with final sends 1001, and tells no time", async () => {
    const served = await serve([Echo]);
    const client = await RawClient.connect({ port: served.port });
    await client.upgrade({ path: "/echo" });
    const closing = served.sockets.close({ final: true });
    expect(await client.nextClose()).toEqual({ code: 1001, reason: "" });
    client.end();
    await closing;
    await served[Symbol.asyncDispose]();
  });

  it("refuses handshakes that wait for a hook, and new ones, with 503", async () => {
    const served = await serve([Echo, Waiting, SlowOpen]);
    const open = await RawClient.connect({ port: served.port });
    await open.upgrade({ path: "/slow-open" });
    const waiting = await RawClient.connect({ port: served.port });
    const refused = waiting.upgrade({ path: "/waits" });
    await expect.poll(() => Waits.answer).toBeDefined();
    const closing = served.sockets.close();
    const { status, headers } = await refused;
    expect({ status, retry: headers.has("retry-after") }).toEqual({ status: 503, retry: true });
    const late = await RawClient.connect({ port: served.port });
    expect(await late.upgrade({ path: "/echo" })).toMatchObject({ status: 503 });
    SlowOpen.open?.();
    expect(await open.nextClose()).toMatchObject({ code: 1012 });
    open.end();
    await closing;
    await served[Symbol.asyncDispose]();
    for (const client of [open, waiting, late]) client.destroy();
  });

  it("answers what came before it", async () => {
    const served = await serve([Echo]);
    const client = await RawClient.connect({ port: served.port });
    await client.upgrade({ path: "/echo" });
    client.frame({ opcode: Opcode.TEXT, payload: "x" });
    expect(String((await client.nextFrame()).payload)).toBe("x");
    const closing = served.sockets.close();
    expect(await client.nextClose()).toMatchObject({ code: 1012 });
    client.end();
    await closing;
    await served[Symbol.asyncDispose]();
  });
});
