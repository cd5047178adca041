import type { Server } from "node:net";
import type { Clock } from "../clock.js";
import type { Logger } from "../logger.js";

/**
 * Keeps a server alive that has no file descriptor left (F13): it takes fewer connections than the process may have files, and an accept that fails
 * is an event, not the end. Used by the embedded server for a server of its own.
 */

/** The share of the process's files that may be connections; the rest is for files, names and whatever the application opens. */
const CONNECTIONS = 0.9;
/** The share of the connections that may be WebSocket sessions; the rest is for plain HTTP, so that a health check is answered. */
const SESSIONS = 0.9;
/** Beside as many sessions as the application takes there are so many more connections at least, for what asks by plain HTTP or has asked nothing yet. */
const SPARE = 1_000;
/** The log has one line in this many milliseconds, however many connections are turned away. */
const QUIET = 1_000;

/** Files that this process may have open; undefined where the system does not say, or says any. */
export function descriptorLimit(): number | undefined {
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: unknown } };
  };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === "number" && soft > 0 ? soft : undefined;
}

/** Connections that a server may have at one time; 0: any. */
export function connectionsFor(descriptors: number | undefined): number {
  return descriptors === undefined ? 0 : Math.max(1, Math.floor(descriptors * CONNECTIONS));
}

/** Sessions that may be among the connections of a server; 0: any. */
export function sessionsAmong(connections: number): number {
  return connections === 0 ? 0 : Math.max(1, Math.floor(connections * SESSIONS));
}

/** Connections that a server may have at one time where the application takes so many sessions: peers that never ask for one take memory, too (T10). */
export function connectionsBeside(sessions: number, connections: number): number {
  const most = sessions === 0 ? Infinity : sessions + Math.max(SPARE, Math.ceil(sessions / 10));
  return Math.min(most, connections || Infinity);
}

/** What the guard works with. */
export interface AcceptGuardServices {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Bounds the connections of a server that has begun to listen, and takes care of those that it cannot accept.
 *
 * @param connections As `connectionsBeside` gives it; `Infinity`: any.
 */
export function guardAccepts(server: Server, connections: number, { clock, logger }: AcceptGuardServices): void {
  if (connections < Infinity) server.maxConnections = connections;
  let turnedAway = 0;
  let quietUntil = Number.NEGATIVE_INFINITY;
  const note = (problem: string): void => {
    turnedAway++;
    const now = clock.now();
    if (now < quietUntil) return;
    quietUntil = now + QUIET;
    logger.warn({ event: "http.connection.dropped", problem, turnedAway });
    turnedAway = 0;
  };
  server.on("drop", () => note("maxConnections"));
  // EMFILE and its like: without a listener Node ends the process.
  server.on("error", (error: Error & { readonly code?: string }) => note(error.code ?? error.message));
}
