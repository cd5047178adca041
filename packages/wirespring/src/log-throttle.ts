import { systemClock, type Clock, type Timer } from "./clock.js";
import { asError } from "./errors.js";
import { jsonLogger, type Logger, type LogRecord } from "./logger.js";

/**
 * Stands before the logger of a container, so that no peer can fill the disk: of each event and address it lets ten records a second through, then says
 * how many it kept back. Made by the diagnostics; calls the application's logger, and survives it.
 */

type Level = keyof Logger;

/** Records of one event and address in a window. */
const MOST = 10;

/** Milliseconds. */
const WINDOW = 1_000;

/** Addresses are the peers' to choose: those beyond so many in one window share a count for each event. */
const MOST_KEYS = 256;

interface Count {
  readonly event: string;
  readonly ip: unknown;
  written: number;
  suppressed: number;
}

export class LogThrottle implements Logger {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #counts = new Map<string, Count>();
  #windowEnd = -Infinity;
  /** Will say what was kept back in this window; undefined while that is nothing. */
  #timer: Timer | undefined;

  constructor(logger: Logger, clock: Clock = systemClock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  debug(record: LogRecord): void {
    this.#take("debug", record);
  }

  info(record: LogRecord): void {
    this.#take("info", record);
  }

  warn(record: LogRecord): void {
    this.#take("warn", record);
  }

  error(record: LogRecord): void {
    this.#take("error", record);
  }

  /** Writes what no peer can cause, and of which every line counts. */
  always(level: Level, record: LogRecord): void {
    this.#write(level, record);
  }

  /** Says at once what was kept back; for the end. */
  flush(): void {
    if (this.#timer !== undefined) this.#begin(this.#clock.now());
  }

  #take(level: Level, record: LogRecord): void {
    const now = this.#clock.now();
    if (now >= this.#windowEnd) this.#begin(now);
    const count = this.#countOf(record);
    if (count.written++ < MOST) {
      this.#write(level, record);
      return;
    }
    count.suppressed++;
    this.#timer ??= this.#clock.setTimer(() => this.#begin(this.#clock.now()), this.#windowEnd - now);
  }

  /** Begins a window, and says what was kept back in the last one. */
  #begin(now: number): void {
    const counts = [...this.#counts.values()];
    this.#counts.clear();
    this.#windowEnd = now + WINDOW;
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const { event, ip, suppressed } of counts)
      if (suppressed > 0) this.#write("warn", { event: "log.suppressed", of: event, ip, n: suppressed });
  }

  #countOf({ event, ip }: LogRecord): Count {
    let key = `${event} ${String(ip)}`;
    const known = this.#counts.get(key);
    if (known !== undefined) return known;
    const isMany = this.#counts.size >= MOST_KEYS;
    if (isMany) key = event;
    let count = this.#counts.get(key);
    if (count === undefined)
      this.#counts.set(key, (count = { event, ip: isMany ? undefined : ip, written: 0, suppressed: 0 }));
    return count;
  }

  /** A logger of the application must not end the connection that it was told about. */
  #write(level: Level, record: LogRecord): void {
    try {
      this.#logger[level](record);
    } catch (thrown) {
      jsonLogger.error({ event: "logger.failed", error: asError(thrown) });
      jsonLogger[level](record);
    }
  }
}
