import { CloseReason, ConnectException, DeploymentException } from "wirespring";
import { describe, expect, it, vi } from "vitest";
import { keepReturning, Refused, waitBefore, type Visit } from "./returning.js";

const restart = new CloseReason(1012, "retry=1234");

describe("waitBefore", () => {
  it.each([1012, 1013])("waits as long as a server says that closes with %i", (code) => {
    expect(waitBefore(3, new CloseReason(code, "retry=1234"), () => 0)).toBe(1_234);
  });

  it("waits 30 s at most, whatever the server says", () => {
    expect(waitBefore(0, new CloseReason(1012, "retry=999999"))).toBe(30_000);
  });

  it("does not take the word of any other close code", () => {
    expect(waitBefore(0, new CloseReason(1011, "retry=1234"), () => 1)).toBe(500);
  });

  it("else waits a random part of a time that doubles up to 30 s", () => {
    const longest = [0, 1, 2, 5, 6, 50].map((attempt) => waitBefore(attempt, undefined, () => 1));
    expect(longest).toEqual([500, 1_000, 2_000, 16_000, 30_000, 30_000]);
    expect(waitBefore(5, undefined, () => 0)).toBe(0);
    expect(waitBefore(2, undefined, () => 0.25)).toBe(500);
  });
});

/** Visits that end as listed, one after another; then it is stopped. */
async function returning(ends: readonly (Visit | Error)[]) {
  const stop = new AbortController();
  const waits: number[] = [];
  const reasons: string[] = [];
  const left = [...ends];
  const visit = vi.fn(async (): Promise<Visit> => {
    const end = left.shift();
    if (end instanceof Error) throw end;
    if (end !== undefined) return end;
    stop.abort();
    return { reason: new CloseReason(1000), answered: true };
  });
  const error = await keepReturning(visit, {
    signal: stop.signal,
    waiting: (_milliseconds, why) => reasons.push(why),
    wait: async (milliseconds) => waits.push(milliseconds),
    random: () => 1,
  }).catch((thrown: unknown) => thrown);
  return { visits: visit.mock.calls.length, waits, reasons, error };
}

const lost = (answered = false): Visit => ({ reason: new CloseReason(1006), answered });

describe("keepReturning", () => {
  it("comes back after the time the server says", async () => {
    const { visits, waits, reasons } = await returning([{ reason: restart, answered: true }]);
    expect({ visits, waits, reasons }).toEqual({
      visits: 2,
      waits: [1_234],
      reasons: ["the connection has ended with 1012"],
    });
  });

  it("waits longer from failure to failure, until a server answers again", async () => {
    const down = new ConnectException("no connection");
    expect((await returning([down, lost(), down, lost(true), lost()])).waits).toEqual([500, 1_000, 2_000, 500, 1_000]);
  });

  it.each([500, 503, 429])("comes back to a server that answers %i", async (status) => {
    const busy = new DeploymentException("refused", { status });
    expect(await returning([busy])).toMatchObject({ visits: 2, waits: [500], reasons: ["refused"], error: undefined });
  });

  it.each([400, 401, 403, 404])("gives up at once when a server answers %i", async (status) => {
    const refused = new DeploymentException("refused", { status });
    expect(await returning([refused])).toEqual({ visits: 1, waits: [], reasons: [], error: refused });
  });

  it("gives up when the server refuses for good, and says what it said", async () => {
    const refused = { reason: new CloseReason(4400, "Please choose a name."), answered: false };
    const { visits, error } = await returning([refused]);
    expect(visits).toBe(1);
    expect(error).toEqual(new Refused("Please choose a name."));
  });

  it("ends when the server has finished", async () => {
    expect(await returning([{ reason: new CloseReason(1000), answered: true }])).toMatchObject({
      visits: 1,
      waits: [],
      error: undefined,
    });
  });

  it("gives up on a mistake of its own", async () => {
    const mistake = new TypeError("no address");
    expect((await returning([mistake])).error).toBe(mistake);
  });

  it("ends in the middle of a wait, and does not begin where it was stopped before", async () => {
    const stop = new AbortController();
    const visit = vi.fn(async () => lost());
    // The real wait, of up to half a second, is interrupted before it has begun.
    await keepReturning(visit, { signal: stop.signal, waiting: () => stop.abort() });
    await keepReturning(visit, { signal: stop.signal });
    expect(visit).toHaveBeenCalledOnce();
  });
});
