import { setImmediate } from "node:timers";
import { DecodeException } from "./errors.js";

/** One line of the log: `event` names what happened; other fields are data. Never payloads, query strings or headers. */
export interface LogRecord {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** Where the framework writes what an operator should know. `pino({ errorKey: "error" })`, `console` wrapped in two lines, or a test's array fit. */
export interface Logger {
  debug(record: LogRecord): void;
  info(record: LogRecord): void;
  warn(record: LogRecord): void;
  error(record: LogRecord): void;
}

/** Longest text of one field; peers choose some of them. */
const MAX_FIELD = 256;

/** Longest stack of an error. */
const MAX_STACK = 8_192;

/** Longest line: an application's errors may have anything for a cause. */
const MAX_LINE = 65_536;

/** What JSON leaves as it is and a terminal obeys, or takes for the end of a line. */
const CONTROL = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** Writes one JSON object a line to standard error; `debug` is left out unless `DEBUG` names `wirespring`. */
export const jsonLogger: Logger = {
  debug: (record) => {
    if (/(^|[\s,])(wirespring(:\*)?|\*)($|[\s,])/.test(process.env["DEBUG"] ?? "")) write("debug", record);
  },
  info: (record) => write("info", record),
  warn: (record) => write("warn", record),
  error: (record) => write("error", record),
};

/** Lines that standard error did not take, and that nobody was told of yet. */
let lost = 0;

function write(level: string, record: LogRecord): void {
  let line: string;
  try {
    line = JSON.stringify({ level, ...record }, field);
  } catch (thrown) {
    // A value that contains itself, or cannot be read: what is beside it must not be lost with it.
    line = JSON.stringify({ level, ...plain(record), unwritable: cut(reasonOf(thrown)) });
  }
  if (line.length > MAX_LINE) line = JSON.stringify({ level, ...plain(record), tooLong: line.length });
  if (line.length > MAX_LINE) line = JSON.stringify({ level, event: cut(record.event), tooLong: line.length });
  put(`${line.replace(CONTROL, escaped)}\n`);
}

/** A log that nobody reads any more, or that has no room, must not end the process. */
function put(line: string): void {
  try {
    process.stderr.write(line, written);
  } catch {
    lost++;
  }
}

function written(error?: Error | null): void {
  if (error) {
    lost++;
    // Comes as an event, too, right after this. A listener that stayed would take the errors of the application's own writes.
    if (process.stderr.listenerCount("error") > 0) return;
    process.stderr.on("error", ignore);
    setImmediate(() => process.stderr.off("error", ignore));
    return;
  }
  if (lost === 0) return;
  const n = lost;
  lost = 0;
  write("warn", { event: "log.lost", n });
}

function ignore(): void {}

/** What certainly can be written of a record: its plain fields, and of an error what it says itself. */
function plain(record: LogRecord): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    if (value instanceof Error) fields[name] = bare(value);
    else if (typeof value === "string") fields[name] = cut(value);
    else if (typeof value === "number" || typeof value === "boolean" || value === null) fields[name] = value;
  }
  return fields;
}

function bare(error: Error): object {
  try {
    const { name, message, stack } = error;
    return { name: cut(String(name)), message: cut(String(message)), stack: cut(String(stack), MAX_STACK) };
  } catch (thrown) {
    return { unwritable: cut(reasonOf(thrown)) };
  }
}

/** An error becomes its name, code, stack and causes: the log is for people who run the server, never for the peer. */
function field(name: string, value: unknown): unknown {
  if (value instanceof Error) {
    const { code, cause } = value as { code?: unknown; cause?: unknown };
    const errors = value instanceof AggregateError ? value.errors : undefined;
    const because = value instanceof DecodeException && cause instanceof Error ? wordless(cause) : cause;
    return { name: value.name, message: cut(value.message), code, stack: value.stack, cause: because, errors };
  }
  if (typeof value === "string") return cut(value, name === "stack" ? MAX_STACK : MAX_FIELD);
  return typeof value === "bigint" || typeof value === "symbol" ? String(value) : value;
}

/** Parsers quote in their messages what they could not parse: payload. */
function wordless({ name, stack = "" }: Error): object {
  return { name, stack: stack.slice(Math.max(0, stack.indexOf("\n    at "))).trimStart() };
}

function reasonOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return "unknown";
  }
}

function cut(text: string, most = MAX_FIELD): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
