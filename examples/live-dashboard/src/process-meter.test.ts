import { pbkdf2Sync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ProcessMeter } from "./process-meter.js";

describe("ProcessMeter", () => {
  it("measures the time since the reading before", () => {
    const meter = new ProcessMeter();
    meter.read();
    pbkdf2Sync("busy", "salt", 50_000, 32, "sha512");
    const busy = meter.read();
    expect(busy.cpu).toBeGreaterThan(0);
    expect(busy.loop).toBeLessThanOrEqual(100);
    expect(busy.memory).toBeGreaterThan(busy.heap);
    expect(busy.heap).toBeGreaterThan(0);
  });
});
