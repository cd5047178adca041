// Before tsyringe, which needs the metadata that this loads.
import { Bean, Configuration, EndpointExporter, OnMessage, ServerEndpoint, WirespringApplication } from "wirespring";
import { RawClient } from "@wirespring/testing";
import { Writable } from "node:stream";
import { pino } from "pino";
import { describe, expect, it } from "vitest";

@ServerEndpoint("/fails")
class Fails {
  @OnMessage()
  said(_text: string): void {
    throw new TypeError("out of stock", { cause: new Error("the shelf is empty") });
  }
}

@Configuration()
class Config {
  @Bean()
  endpointExporter(): EndpointExporter {
    return new EndpointExporter();
  }
}

/** What was written, line by line. */
class Lines extends Writable {
  readonly all: string[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.all.push(...chunk.toString().split("\n").filter(Boolean));
    done();
  }

  /** Those of one event. */
  of(event: string): readonly Record<string, unknown>[] {
    return this.all
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((record) => record["event"] === event);
  }
}

describe("pino", () => {
  it("takes the place of the logger in one line, errors and all", async () => {
    const lines = new Lines();
    const logger = pino({ errorKey: "error" }, lines);
    const options = { port: 0, host: "127.0.0.1", endpoints: [Fails], signals: false, logger };
    await using application = await WirespringApplication.run(Config, options);
    const { port } = new URL(application.url!);
    const lost = await RawClient.connect({ port: Number(port) });
    expect((await lost.upgrade({ path: "/nowhere" })).status).toBe(404);
    const client = await RawClient.connect({ port: Number(port) });
    expect((await client.upgrade({ path: "/fails" })).status).toBe(101);
    client.frame({ opcode: 1, payload: "x" });
    const { code, reason } = await client.nextClose();
    expect(code).toBe(1011);
    client.destroy();

    const [refused] = lines.of("upgrade.refused");
    expect(refused).toMatchObject({
      level: 40,
      reason: "path",
      status: 404,
      ip: "127.0.0.1",
      time: expect.any(Number),
    });
    const [failed] = lines.of("error");
    expect(failed).toMatchObject({
      level: 50,
      hook: "onMessage",
      endpoint: "/fails",
      error: { type: "TypeError", message: expect.stringContaining("out of stock") },
    });
    expect((failed!["error"] as { readonly stack: string }).stack).toContain("pino.test.ts");
    expect(reason).toContain(failed!["sessionId"]);
  });
});
