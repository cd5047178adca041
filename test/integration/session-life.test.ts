import { describe, expect, it } from "vitest";
import { playLife } from "./session-life.js";

describe("a session's life", () => {
  it(
    "is exact in 1,000 random interleavings of open, message, error, close and shutdown (F05)",
    { timeout: 60_000 },
    async () => {
      for (let seed = 1; seed <= 1_000; seed++) await expect(playLife(seed), `seed ${seed}`).resolves.toBeUndefined();
    },
  );
});
