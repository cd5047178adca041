import { encodeFrame, Opcode, RawClient } from "@wirespring/testing";
import { describe, expect, it } from "vitest";
import {
  type HandshakeRequest,
  type Metrics,
  OnError,
  OnMessage,
  OnOpen,
  type Principal,
  ServerEndpoint,
  ServerEndpointConfigurator,
} from "wirespring";
import { serve, type Served } from "./served.js";

/** What kills a process that uses ws in the obvious way, one packet each. The test process has no handler for what is uncaught. */

@ServerEndpoint("/echo")
class Echo {
  @OnMessage()
  said(text: string): string {
    return text;
  }
}

@ServerEndpoint("/throws")
class Throws {
  @OnMessage()
  said(_text: string): never {
    throw new Error("secret");
  }
}

@ServerEndpoint("/rejects")
class Rejects {
  @OnMessage()
  async said(_text: string): Promise<void> {
    throw new Error("secret");
  }
}

@ServerEndpoint("/fails-to-open")
class FailsToOpen {
  @OnOpen()
  async opened(): Promise<void> {
    throw new Error("secret");
  }
}

@ServerEndpoint("/fails-in-on-error")
class FailsInOnError {
  @OnMessage()
  said(text: string): string {
    if (text === "bad") throw new Error("secret");
    return text;
  }

  @OnError()
  failed(_error: Error): never {
    throw new Error("secret, too");
  }
}

class ThrowingConfigurator extends ServerEndpointConfigurator {
  override checkOrigin(): boolean {
    throw new Error("secret");
  }
}

@ServerEndpoint({ value: "/hook-throws", configurator: ThrowingConfigurator })
class HookThrows {}

class SlowConfigurator extends ServerEndpointConfigurator {
  static asked: ((request: HandshakeRequest) => void) | undefined;
  static answer: ((principal: Principal | null) => void) | undefined;

  override authenticate(request: HandshakeRequest): Promise<Principal | null> {
    SlowConfigurator.asked?.(request);
    return new Promise((resolve) => {
      SlowConfigurator.answer = resolve;
    });
  }
}

@ServerEndpoint({ value: "/slow-hook", configurator: SlowConfigurator })
class SlowHook {
  @OnOpen()
  opened(): void {
    throw new Error("never called");
  }
}

const endpoints = [Echo, Throws, Rejects, FailsToOpen, FailsInOnError, HookThrows, SlowHook];

/** The server still answers. */
async function isAlive({ port }: Served): Promise<void> {
  const client = await RawClient.connect({ port });
  expect(await client.upgrade({ path: "/echo" })).toMatchObject({ status: 101 });
  client.frame({ opcode: Opcode.TEXT, payload: "alive" });
  expect(String((await client.nextFrame()).payload)).toBe("alive");
  client.destroy();
}

async function refusal(served: Served, path: string): Promise<{ status: number; refused: Metrics["upgradesRefused"] }> {
  const client = await RawClient.connect({ port: served.port });
  const { status, headers, body } = await client.upgrade({ path });
  expect(headers.get("connection")).toEqual(["close"]);
  expect(body).not.toContain("secret");
  await client.untilEnded();
  client.destroy();
  return { status, refused: served.sockets.metrics().upgradesRefused };
}

describe("one packet", () => {
  it.each([
    ["//", 400, "target"],
    ["//evil/chat", 400, "target"],
    ["/%E0%A4%A", 400, "encoding"],
    ["/%", 400, "encoding"],
    ["/a/../echo", 400, "target"],
  ])("with the request target %s is refused (T13, T14, T15)", async (target, status, reason) => {
    await using served = await serve(endpoints);
    expect(await refusal(served, target)).toEqual({ status, refused: { [reason]: 1 } });
    await isAlive(served);
  });

  it("for which a hook throws is answered with 500 and reported (J-170)", async () => {
    await using served = await serve(endpoints);
    expect(await refusal(served, "/hook-throws")).toEqual({ status: 500, refused: { hook: 1 } });
    expect(served.sockets.metrics().errors).toEqual({ checkOrigin: 1 });
    expect(served.log).toContainEqual(expect.objectContaining({ event: "error", hook: "checkOrigin" }));
    await isAlive(served);
  });

  it.each(["reset", "end"] as const)(
    "after which the peer leaves by %s while a hook runs is abandoned (T18, T19)",
    async (how) => {
      await using served = await serve(endpoints);
      const asked = new Promise<HandshakeRequest>((resolve) => (SlowConfigurator.asked = resolve));
      const client = await RawClient.connect({ port: served.port });
      void client.upgrade({ path: "/slow-hook" }).catch(() => {});
      const request = await asked;
      const aborted = new Promise((resolve) => request.signal.addEventListener("abort", resolve));
      client[how]();
      await aborted;
      SlowConfigurator.answer?.(null);
      await isAlive(served);
      expect(served.sockets.metrics()).toMatchObject({ upgradesAbandoned: 1, errors: {} });
      client.destroy();
    },
  );

  it.each([
    ["a reserved bit", Buffer.from([0xa1, 0x81, 0, 0, 0, 0, 0x61]), 1002],
    ["no mask", Buffer.from([0x81, 0x01, 0x61]), 1002],
    ["invalid UTF-8", encodeFrame({ opcode: Opcode.TEXT, payload: Buffer.from([0xed, 0xa0, 0x80]) }), 1007],
    ["2^63 bytes announced", Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), 1009],
    ["binary for a text endpoint", encodeFrame({ opcode: Opcode.BINARY, payload: Buffer.from([1]) }), 1003],
  ])("with %s closes the connection (T35, T39, T43, T44)", async (_name, bytes, code) => {
    await using served = await serve(endpoints);
    const client = await RawClient.connect({ port: served.port });
    await client.upgrade({ path: "/echo" });
    client.write(bytes);
    expect(await client.nextClose()).toMatchObject({ code });
    client.end();
    await client.untilEnded();
    await expect.poll(() => served.sockets.metrics().sessionsClosed).toEqual({ [code]: 1 });
    await isAlive(served);
    client.destroy();
  });

  it.each(["/throws", "/rejects"])("whose handler fails at %s closes with 1011 (F01, F02)", async (path) => {
    await using served = await serve(endpoints);
    const client = await RawClient.connect({ port: served.port });
    await client.upgrade({ path });
    client.frame({ opcode: Opcode.TEXT, payload: "x" });
    const { code, reason } = await client.nextClose();
    expect(code).toBe(1011);
    expect(reason).toMatch(/^the server failed \(session [0-9a-f-]{36}\)$/);
    expect(served.sockets.metrics().errors).toEqual({ onMessage: 1 });
    expect(JSON.stringify(served.log)).toContain("onMessage");
    await isAlive(served);
    client.destroy();
  });

  it("that opens a session whose @OnOpen fails closes with 1011", async () => {
    await using served = await serve(endpoints);
    const client = await RawClient.connect({ port: served.port });
    await client.upgrade({ path: "/fails-to-open" });
    expect(await client.nextClose()).toMatchObject({ code: 1011 });
    expect(served.sockets.metrics().errors).toEqual({ onOpen: 1 });
    await isAlive(served);
    client.destroy();
  });

  it("whose @OnError fails, too, leaves the session open (F03, J-195)", async () => {
    await using served = await serve(endpoints);
    const client = await RawClient.connect({ port: served.port });
    await client.upgrade({ path: "/fails-in-on-error" });
    client.frame({ opcode: Opcode.TEXT, payload: "bad" }, { opcode: Opcode.TEXT, payload: "good" });
    expect(String((await client.nextFrame()).payload)).toBe("good");
    expect(served.sockets.metrics().errors).toEqual({ onMessage: 1, onError: 1 });
    client.destroy();
  });

  it("reset in the middle of a frame ends the session with 1006 (F07)", async () => {
    await using served = await serve(endpoints);
    const client = await RawClient.connect({ port: served.port });
    await client.upgrade({ path: "/echo" });
    client.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0x10, 0, 1, 2, 3, 4, 5]));
    await expect.poll(() => served.sockets.metrics().sessionsOpen).toBe(1);
    client.reset();
    await expect.poll(() => served.sockets.metrics().sessionsClosed).toEqual({ 1006: 1 });
    await isAlive(served);
  });
});
