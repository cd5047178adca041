import type { Logger, LogRecord } from "wirespring";

/**
 * The log of an application under test: kept, handed on to the test's own logger, and looked at when a test fails, because an exception of a handler goes
 * nowhere else. Made by the test application.
 */
export class LogNotes {
  readonly log: LogRecord[] = [];
  readonly logger: Logger;

  constructor(further: Logger | undefined) {
    const keep =
      (level: keyof Logger) =>
      (record: LogRecord): void => {
        this.log.push(record);
        further?.[level](record);
      };
    this.logger = { debug: keep("debug"), info: keep("info"), warn: keep("warn"), error: keep("error") };
  }

  /** The last error of the application's code, for the end of a message; `""` when there was none. */
  get said(): string {
    const last = this.#lastError;
    const error = last?.["error"];
    if (!(error instanceof Error)) return "";
    const where = `${String(last!["hook"])} of ${String(last!["endpoint"])}`;
    return `\nThe application's log says: ${where} has failed with ${error.name}: ${error.message}`;
  }

  /** The same as a cause. */
  get cause(): ErrorOptions | undefined {
    const error = this.#lastError?.["error"];
    return error instanceof Error ? { cause: error } : undefined;
  }

  get #lastError(): LogRecord | undefined {
    return this.log.findLast(({ event }) => event === "error");
  }
}
