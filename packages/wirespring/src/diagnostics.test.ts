import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it } from "vitest";
import { Diagnostics } from "./diagnostics.js";
import type { LogRecord } from "./logger.js";

const session = { id: "s1", remoteAddress: "192.0.2.1" };

function recorded(): { diagnostics: Diagnostics; log: [level: string, record: LogRecord][] } {
  const log: [string, LogRecord][] = [];
  const write = (level: string) => (record: LogRecord) => void log.push([level, record]);
  const logger = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  return { diagnostics: new Diagnostics(logger), log };
}

describe("Diagnostics", () => {
  it("counts a refusal, publishes it, and writes a line with the template and the address", () => {
    const { diagnostics, log } = recorded();
    const published: unknown[] = [];
    const hear = (event: unknown): void => void published.push(event);
    subscribe("wirespring:upgrade.refused", hear);
    diagnostics.refused("origin", 403, "/rooms/{room}", "192.0.2.1");
    unsubscribe("wirespring:upgrade.refused", hear);
    const facts = { reason: "origin", status: 403, endpoint: "/rooms/{room}" };
    expect(published).toEqual([{ ...facts, remoteAddress: "192.0.2.1" }]);
    expect(log).toEqual([["warn", { event: "upgrade.refused", ...facts, ip: "192.0.2.1" }]]);
    expect(diagnostics.metrics().upgradesRefused).toEqual({ origin: 1 });
  });

  it("counts a bound that was hit, and writes a line that names the session", () => {
    const { diagnostics, log } = recorded();
    diagnostics.limitHit("idle", session, "/x");
    const line = { event: "limit.hit", limit: "idle", endpoint: "/x", sessionId: "s1", ip: "192.0.2.1" };
    expect(log).toEqual([["warn", line]]);
    expect(diagnostics.metrics().limitHits).toEqual({ idle: 1 });
  });

  it("counts what it no longer writes", () => {
    const { diagnostics, log } = recorded();
    for (let count = 0; count < 100; count++) diagnostics.refused("path", 404, undefined, "192.0.2.1");
    expect(log).toHaveLength(10);
    expect(diagnostics.metrics().upgradesRefused).toEqual({ path: 100 });
  });

  it("writes no line for an error that @OnError was given, and one without a stack for a broken connection", () => {
    const { diagnostics, log } = recorded();
    diagnostics.error("onMessage", new Error("told"), true, "/x", session);
    diagnostics.error("transport", new Error("reset"), false, "/x", session);
    const facts = { endpoint: "/x", sessionId: "s1", ip: "192.0.2.1" };
    expect(log).toEqual([["warn", { event: "transport.failed", ...facts, problem: "reset" }]]);
    expect(diagnostics.metrics().errors).toEqual({ onMessage: 1, transport: 1 });
  });
});
