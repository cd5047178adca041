import { openSession, type TestClient } from "@wirespring/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EchoEndpoint } from "./echo-endpoint.js";

describe("EchoEndpoint", () => {
  let client: TestClient;

  beforeEach(async () => {
    client = await openSession(EchoEndpoint);
  });

  afterEach(() => client[Symbol.asyncDispose]());

  it("sends text back as text", async () => {
    client.send("hello");
    expect(await client.next()).toBe("hello");
  });

  it("sends an empty message back, too", async () => {
    client.send("");
    expect(await client.next()).toBe("");
  });

  it("sends bytes back as bytes, whatever they are", async () => {
    client.send(Buffer.of(0, 255, 128));
    expect(await client.next()).toEqual(Buffer.of(0, 255, 128));
  });

  it("sends a message back whole that came in pieces", async () => {
    client.send("héllo", { frameSize: 2 });
    expect(await client.next()).toBe("héllo");
  });

  it("does not answer a pong", async () => {
    client.pong("unasked");
    await client.expectSilence();
  });

  it("lets a peer wait that sends and does not read, and loses nothing of it", async () => {
    // More than the server holds for one that reads nothing.
    const messages = Array.from({ length: 40 }, (_, index) => `${index}`.padEnd(60_000, "."));
    client.stall();
    for (const message of messages) client.send(message);
    await expect(client.next({ patience: 0 })).rejects.toThrow("a handler still runs");
    expect(client.session.isOpen).toBe(true);
    client.unstall();
    for (const message of messages) expect(await client.next()).toBe(message);
  });
});
