import type { Server as HttpServer } from "node:http";
import type { Server as HttpsServer } from "node:https";
import { once } from "node:events";
import type { DependencyContainer } from "tsyringe";
import type { ServerContainer } from "wirespring";
import type { HostName } from "./expected-ids.js";

/**
 * What a row of the table is: a server or framework with endpoints on it, written as its users write it. The files of `hosts/` make them, the
 * cases play with them.
 *
 * Each host exports the `endpoints` of `endpoints.ts`, and serves by its own means `GET /` (its name), `GET /visits` (counts in its HTTP session, answers
 * the count, and sets a cookie `taste=sweet`) and `GET /slow` (what `Work` of the container gives). What it does not know it answers as it always does.
 */

/** A host that listens. */
export interface RunningHost {
  readonly server: HttpServer | HttpsServer;
  readonly sockets: ServerContainer;
  /** Ends the host and its sockets in the host's own way. */
  close(): Promise<unknown>;
}

/** One row of the table. */
export interface Host {
  readonly name: HostName;
  /** Whether it speaks TLS, with the certificate of the tests. Default false. */
  readonly secure?: boolean;
  /** What it answers to a path that it does not know. */
  readonly missing: RegExp;
  /** Whether it listens to upgrades itself, so that what is nobody's is not refused at once. Default false. */
  readonly hasSockets?: boolean;
  /** Makes the host and lets it listen on any port of 127.0.0.1. */
  start(container: DependencyContainer): Promise<RunningHost>;
}

/** A visitor's HTTP session, as every host here keeps it. */
export interface Visit {
  visits?: number;
}

/** Lets a server listen on any port of 127.0.0.1. */
export async function listen(server: HttpServer | HttpsServer): Promise<void> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
}

/** Closes a server and resolves when nothing of it is left. */
export function closed(server: HttpServer | HttpsServer): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
  });
}
