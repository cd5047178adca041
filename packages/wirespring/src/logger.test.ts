import { EventEmitter } from "node:events";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DecodeException } from "./errors.js";
import { jsonLogger, type LogRecord } from "./logger.js";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** The lines that a record becomes. */
function linesOf(record: LogRecord): readonly string[] {
  const written = vi.spyOn(process.stderr, "write").mockClear().mockReturnValue(true);
  jsonLogger.warn(record);
  return written.mock.calls.map(([line]) => String(line));
}

function lineOf(record: LogRecord): Record<string, unknown> {
  const [line, ...others] = linesOf(record);
  expect(others).toEqual([]);
  expect(line).toMatch(/^[^\n]*\n$/);
  return JSON.parse(line!) as Record<string, unknown>;
}

/** An object with many properties. */
function numbered(name: string): Record<string, number> {
  return Object.fromEntries(Array.from({ length: 20_000 }, (_none, index) => [`${name}${index}`, index]));
}

describe("jsonLogger", () => {
  it("writes one JSON object a line", () => {
    expect(lineOf({ event: "limit.hit", limit: "idle", n: 1n })).toEqual({
      level: "warn",
      event: "limit.hit",
      limit: "idle",
      n: "1",
    });
  });

  it("leaves nothing that breaks a line or commands a terminal", () => {
    const text = "a\r\n\u001b[31m\u009b2J\u2028\u202e\u0085b";
    const [line] = linesOf({ event: "e", text });
    // eslint-disable-next-line no-control-regex
    expect(line!.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/);
    expect(JSON.parse(line!)).toMatchObject({ text });
  });

  it("cuts what is long, also when it looks like a stack", () => {
    const text = `x\n    at y${"z".repeat(1_000_000)}`;
    expect(lineOf({ event: "e", text })).toMatchObject({ text: `${text.slice(0, 256)}…` });
  });

  it("cuts a long stack and message of an error", () => {
    const { error } = lineOf({ event: "e", error: new Error("m".repeat(1_000_000)) }) as {
      error: Record<string, string>;
    };
    expect([error["message"]!.length, error["stack"]!.length]).toEqual([257, 8_193]);
  });

  it("names an event whose record is too long to write", () => {
    const huge = numbered("key");
    expect(lineOf({ event: "error", hook: "onOpen", error: new Error("m", { cause: huge }) })).toEqual({
      level: "warn",
      event: "error",
      hook: "onOpen",
      error: { name: "Error", message: "m", stack: expect.any(String) as string },
      tooLong: expect.any(Number) as number,
    });
    expect(lineOf({ event: "error", ...huge, ...numbered("other") })).toEqual({
      level: "warn",
      event: "error",
      tooLong: expect.any(Number) as number,
    });
  });

  it("does not quote a message that could not be decoded", () => {
    let cause: unknown;
    try {
      JSON.parse("s3cret");
    } catch (error) {
      cause = error;
    }
    expect(String(cause)).toContain("s3c");
    const [line] = linesOf({ event: "error", error: new DecodeException("s3cret", "the message is not JSON", cause) });
    expect(line).not.toContain("s3c");
    expect(JSON.parse(line!)).toMatchObject({
      error: {
        name: "DecodeException",
        message: "the message is not JSON",
        cause: { name: "SyntaxError" },
      },
    });
  });

  it("names an event whose record cannot be written", () => {
    const round: Record<string, unknown> = {};
    round["self"] = round;
    expect(lineOf({ event: "error", round })).toMatchObject({
      event: "error",
      unwritable: expect.any(String) as string,
    });
  });

  it("keeps what is beside an error that cannot be read, and what can be read of it", () => {
    const secretive = {
      get code(): string {
        throw new Error("not to be read");
      },
    };
    const record = { event: "error", hook: "onMessage", sessionId: "s1", endpoint: "/chat", n: 3 };
    const error = new Error("m", { cause: secretive });
    expect(lineOf({ ...record, error })).toEqual({
      level: "warn",
      ...record,
      error: { name: "Error", message: "m", stack: error.stack },
      unwritable: "not to be read",
    });
    Object.defineProperty(error, "message", { get: () => secretive.code });
    expect(lineOf({ ...record, error })).toMatchObject({ ...record, error: { unwritable: "not to be read" } });
  });

  it("drops what standard error does not take, and says how much when it takes something again", async () => {
    const foreign = vi.fn<(error: Error) => void>();
    const taken: string[] = [];
    let isBroken = true;
    const stream = Object.assign(new EventEmitter(), {
      // As Node's own, which outlives its errors: first the callback, then the event.
      write(line: string, done: (error?: Error) => void) {
        const error = isBroken ? Object.assign(new Error("write EPIPE"), { code: "EPIPE" }) : undefined;
        if (error === undefined) taken.push(line);
        else process.nextTick(() => process.nextTick(() => stream.emit("error", error)));
        process.nextTick(done, error);
      },
    });
    vi.spyOn(process, "stderr", "get").mockReturnValue(stream as unknown as typeof process.stderr);
    for (let count = 0; count < 3; count++) jsonLogger.warn({ event: "e" });
    await setImmediate();
    await setImmediate();
    // Nobody else's errors are kept from them.
    expect([taken, stream.listenerCount("error")]).toEqual([[], 0]);
    stream.on("error", foreign);
    jsonLogger.warn({ event: "e" });
    await setImmediate();
    expect([foreign.mock.calls.length, stream.listenerCount("error")]).toEqual([1, 1]);
    isBroken = false;
    jsonLogger.warn({ event: "e" });
    await setImmediate();
    const records = taken.map((line) => JSON.parse(line) as LogRecord);
    expect(records).toEqual([
      { level: "warn", event: "e" },
      { level: "warn", event: "log.lost", n: 4 },
    ]);
  });

  it.each([
    ["wirespring", 1],
    ["http,wirespring", 1],
    ["http wirespring:*", 1],
    ["wirespring-other", 0],
    ["*", 1],
    ["http", 0],
    ["", 0],
  ])("with DEBUG=%s, writes %i records of the level debug", (debug, count) => {
    vi.stubEnv("DEBUG", debug);
    const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    jsonLogger.debug({ event: "e" });
    expect(written).toHaveBeenCalledTimes(count);
  });
});
