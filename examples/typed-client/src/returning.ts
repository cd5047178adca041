import { ConnectException, CloseCodes, DeploymentException, type CloseReason } from "wirespring";
import { setTimeout as wait } from "node:timers/promises";

/** Waits before the first new attempt and before any attempt at most, in milliseconds. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

/** A server that restarts or is overloaded may say in the close reason when to come back. */
const RETRY_CODES: readonly number[] = [CloseCodes.SERVICE_RESTART, CloseCodes.TRY_AGAIN_LATER];

/** How a connection ended. */
export interface Visit {
  readonly reason: CloseReason;
  /** The server was not only reached: it has sent something. */
  readonly answered: boolean;
}

/** Reports that the server does not want us, however often we come. Its message is the server's. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** What `keepReturning` may be told. */
export interface ReturningOptions {
  /** Ends it, whatever it is at. */
  readonly signal: AbortSignal;
  /** Told before each wait. */
  readonly waiting?: (milliseconds: number, why: string) => void;
  /** Waits; rejects when the signal is aborted. For tests, as is `random`. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  readonly random?: () => number;
}

/**
 * Says how long to wait before the next attempt, in milliseconds. A server that says `retry=<ms>` has spread its peers over time already; without
 * that, a wholly random part of a doubling time ("full jitter") keeps thousands of clients from coming back at one moment.
 */
export function waitBefore(attempt: number, reason?: CloseReason, random = Math.random): number {
  const retry = RETRY_CODES.includes(reason?.code ?? 0) ? /\bretry=(\d{1,6})\b/.exec(reason!.reasonPhrase) : null;
  if (retry !== null) return Math.min(LONGEST_WAIT, Number(retry[1]));
  return Math.round(random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt));
}

/**
 * Connects again and again. Resolves when the signal is aborted or the server has closed with 1000, because it has finished. Rejects with `Refused`,
 * or with the error of a `visit`, where another attempt could only end the same way.
 *
 * @param visit Connects, and resolves when that connection has ended.
 */
export async function keepReturning(visit: () => Promise<Visit>, options: ReturningOptions): Promise<void> {
  const { signal, waiting = () => {}, random } = options;
  const pause = options.wait ?? ((milliseconds) => wait(milliseconds, undefined, { signal }));
  let failures = 0;
  try {
    while (!signal.aborted) {
      const { reason, answered, why } = await outcomeOf(visit);
      if (reason?.code === CloseCodes.NORMAL_CLOSURE) return;
      // Open is not enough: only a server that also answers is back.
      if (answered) failures = 0;
      const milliseconds = waitBefore(failures++, reason, random);
      signal.throwIfAborted();
      waiting(milliseconds, why);
      await pause(milliseconds, signal);
    }
  } catch (error) {
    // Whatever was interrupted: that is how it ends.
    if (!signal.aborted) throw error;
  }
}

interface Outcome {
  readonly reason?: CloseReason;
  readonly answered: boolean;
  readonly why: string;
}

/** Throws where there is nothing to hope for. */
async function outcomeOf(visit: () => Promise<Visit>): Promise<Outcome> {
  try {
    const { reason, answered } = await visit();
    if (isRefusal(reason.code)) throw new Refused(reason.reasonPhrase || `closed with ${reason.code}`);
    return { reason, answered, why: `the connection has ended with ${reason.code}` };
  } catch (error) {
    if (!isPassing(error)) throw error;
    return { answered: false, why: error.message };
  }
}

/** The application's codes from 4400 to 4499 mean what 400 to 499 mean in HTTP: the fault is on our side. */
function isRefusal(code: number): boolean {
  return code >= 4_400 && code < 4_500;
}

/** A network that is down comes back, a server that is overloaded, too. A 401 or 404 stays what it is. */
function isPassing(error: unknown): error is Error {
  if (error instanceof ConnectException) return true;
  return error instanceof DeploymentException && (error.status === 429 || (error.status ?? 0) >= 500);
}
