import { describe, expect, it } from "vitest";
import { scaledWork, settingsOf } from "./settings.js";

describe("settingsOf", () => {
  it("is shorter when quick", () => {
    const [quick, full] = [true, false].map((each) => settingsOf({ quick: each, scale: 1 })) as [
      ReturnType<typeof settingsOf>,
      ReturnType<typeof settingsOf>,
    ];
    for (const name of ["rounds", "warmUp", "window", "memoryRounds", "crowd"] as const)
      expect(quick[name], name).toBeLessThan(full[name]);
  });

  it("multiplies times, never the rounds, and keeps a window that can be measured", () => {
    expect(settingsOf({ quick: false, scale: 2 })).toMatchObject({ rounds: 5, window: 1_200, crowd: 1 });
    expect(settingsOf({ quick: true, scale: 0.01 })).toMatchObject({ rounds: 3, window: 30, warmUp: 20 });
  });
});

describe("scaledWork", () => {
  it("scales sessions and handshakes, but not receivers", () => {
    const half = { crowd: 0.5 };
    expect(scaledWork({ kind: "idle", sessions: 10_000 }, half)).toEqual({ kind: "idle", sessions: 5_000 });
    expect(scaledWork({ kind: "connect", handshakes: 3_000, inFlight: 64 }, half)).toMatchObject({ handshakes: 1_500 });
    const work = { kind: "broadcast", receivers: 1_000, burst: 1, bytes: 64 } as const;
    expect(scaledWork(work, half)).toBe(work);
  });
});
