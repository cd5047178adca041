import { afterEach, describe, expect, it, vi } from "vitest";
import { DecodeException } from "./errors.js";
import { jsonLogger, type LogRecord } from "./logger.js";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** The lines that a record becomes. */
function linesOf(record: LogRecord): readonly string[] {
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  jsonLogger.warn(record);
  return written.mock.calls.map(([line]) => String(line));
}

function lineOf(record: LogRecord): Record<string, unknown> {
  const [line, ...others] = linesOf(record);
  expect(others).toEqual([]);
  expect(line).toMatch(/^[^\n]*\n$/);
  return JSON.parse(line!) as Record<string, unknown>;
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
    const huge = Object.fromEntries(Array.from({ length: 20_000 }, (_none, index) => [`key${index}`, index]));
    expect(lineOf({ event: "error", error: new Error("m", { cause: huge }) })).toEqual({
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
      error: { name: "DecodeException", message: "the message is not JSON", cause: { name: "SyntaxError" } },
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

  it.each([
    ["wirespring", 1],
    ["http,wirespring", 1],
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
