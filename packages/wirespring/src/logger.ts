/** One line of the log: `event` names what happened; other fields are data. Never payloads, query strings or headers. */
export interface LogRecord {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** Where the framework writes what an operator should know. `pino()`, `console` wrapped in two lines, or a test's array fit. */
export interface Logger {
  debug(record: LogRecord): void;
  info(record: LogRecord): void;
  warn(record: LogRecord): void;
  error(record: LogRecord): void;
}

/** Longest text of one field; peers choose some of them. */
const MAX_FIELD = 256;

/** Writes one JSON object a line to standard error; `debug` is left out unless `DEBUG` names `wirespring`. */
export const jsonLogger: Logger = {
  debug: (record) => {
    if (/(^|,)(wirespring|\*)($|,)/.test(process.env["DEBUG"] ?? "")) write("debug", record);
  },
  info: (record) => write("info", record),
  warn: (record) => write("warn", record),
  error: (record) => write("error", record),
};

function write(level: string, record: LogRecord): void {
  let line: string;
  try {
    line = JSON.stringify({ level, ...record }, field);
  } catch (thrown) {
    // A value that contains itself, or cannot be read: the event must not be lost with it.
    line = JSON.stringify({ level, event: record.event, unwritable: cut(reasonOf(thrown)) });
  }
  process.stderr.write(`${line}\n`);
}

/** An error becomes its name, code, stack and causes: the log is for people who run the server, never for the peer. */
function field(_name: string, value: unknown): unknown {
  if (value instanceof Error) {
    const { code, cause } = value as { code?: unknown; cause?: unknown };
    const errors = value instanceof AggregateError ? value.errors : undefined;
    return { name: value.name, message: cut(value.message), code, stack: value.stack, cause, errors };
  }
  if (typeof value === "string") return cut(value);
  return typeof value === "bigint" || typeof value === "symbol" ? String(value) : value;
}

function reasonOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return "unknown";
  }
}

function cut(text: string): string {
  return text.length > MAX_FIELD && !text.includes("\n    at ") ? `${text.slice(0, MAX_FIELD)}…` : text;
}
