import { openSession, type TestClient } from "@wirespring/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LogbookEndpoint } from "./logbook-endpoint.js";

describe("LogbookEndpoint", () => {
  let client: TestClient;

  beforeEach(async () => {
    client = await openSession(LogbookEndpoint);
  });

  afterEach(() => client[Symbol.asyncDispose]());

  /** Sends one message in so many parts. */
  function ask(...parts: string[]): Promise<unknown> {
    for (const [index, part] of parts.entries()) client.sendPart(part, index === parts.length - 1);
    return client.nextJson();
  }

  it.each(["1.5\n-2\n7\n", "1.5\n-2\n7"])("reads line after line: %j", async (text) => {
    expect(await ask(text)).toEqual({ readings: 3, lowest: -2, highest: 7 });
  });

  it("finds the lines wherever the message was cut", async () => {
    expect(await ask("1", ".5\n-", "2\n", "", "7")).toEqual({ readings: 3, lowest: -2, highest: 7 });
    client.send("1.5\n-2\n7", { frameSize: 1 });
    expect(await client.nextJson()).toEqual({ readings: 3, lowest: -2, highest: 7 });
  });

  it("reads a message that is larger than any whole message may be", async () => {
    const lines = "12.5\n".repeat(200_000);
    expect(await ask(lines)).toEqual({ readings: 200_000, lowest: 12.5, highest: 12.5 });
  });

  it("takes an empty message for an empty logbook", async () => {
    expect(await ask("")).toEqual({ readings: 0, lowest: null, highest: null });
  });

  it("names the line that is wrong, throws the rest away and goes on", async () => {
    expect(await ask("1\nwarm\n", "2\n")).toEqual({ problem: "line 2 is no temperature" });
    expect(await ask("1\n\n2\n")).toEqual({ problem: "line 2 is no temperature" });
    expect(await ask("3\n")).toEqual({ readings: 1, lowest: 3, highest: 3 });
  });

  it("does not collect a line that never ends", async () => {
    const parts = Array.from({ length: 50 }, () => "1".repeat(10_000));
    expect(await ask(parts[0]!, ...parts)).toEqual({ problem: "line 1 is no temperature" });
  });

  it("does not wait for ever for the rest of a logbook", async () => {
    client.sendPart("1.5\n", false);
    await client.expectClosed(1008, undefined, { within: 31_000 });
  });
});
