import { constants } from "node:os";
import { MessageChannel } from "node:worker_threads";
import { asError } from "../errors.js";
import type { Logger } from "../logger.js";

/**
 * Ends all applications of the process on SIGTERM and SIGINT, by one handler that is there while there is an application. Called by
 * `WirespringApplication.run`. The process ends by itself when nothing is left to do; only a second signal ends it at once.
 */

/** An application that wants to be closed by a signal. */
export interface Closeable {
  readonly logger: Logger;
  close(): Promise<void>;
}

type Signal = "SIGTERM" | "SIGINT";

const applications = new Set<Closeable>();
let draining = false;

/** Closes an application on the first signal; until `unwatch`. */
export function watchSignals(application: Closeable): void {
  if (applications.size === 0 && !draining) {
    process.on("SIGTERM", received);
    process.on("SIGINT", received);
  }
  applications.add(application);
}

/** Leaves the signals to others, once no application is left. */
export function unwatchSignals(application: Closeable): void {
  applications.delete(application);
  if (applications.size === 0 && !draining) remove();
}

function received(signal: Signal): void {
  if (draining) {
    // Asked twice: whoever asks does not want to wait. The number is the shell's for a death by this signal.
    process.exit(128 + constants.signals[signal]);
  }
  draining = true;
  process.exitCode = 0;
  // What is still to be done may wait for timers only, which keep no process: beans must be ended all the same.
  const alive = new MessageChannel().port1;
  alive.ref();
  const closing = [...applications].map(async (application) => {
    application.logger.info({ event: "application.signal", signal });
    try {
      await application.close();
    } catch (thrown) {
      process.exitCode = 1;
      application.logger.error({ event: "application.close.failed", error: asError(thrown) });
    }
  });
  void Promise.all(closing).then(() => {
    draining = false;
    applications.clear();
    remove();
    alive.close();
  });
}

function remove(): void {
  process.off("SIGTERM", received);
  process.off("SIGINT", received);
}
