import type { Stage } from "./stage.js";

/**
 * How entries of the table are written down. A file of `cases/` makes a list, adds its cases, and exports it; `all-cases.ts` puts the lists together.
 * Nothing runs until the suite asks.
 *
 * To add a case: `list.add("T35", "a reserved bit", async (stage) => { ... })` in a file of `cases/`, with the endpoints that it needs in a file of
 * `programs/`, which the server process loads by its name. A case
 *
 * 1. gets a server, a process of its own that cases with the same options share: `const server = await stage.serve({ program: "frames" })`;
 * 2. sends bytes: `const client = await server.open("/echo")`, or `await server.connect()` for HTTP; clients are ended by the stage;
 * 3. passes over minutes by `await server.skip(31_000)`: the server's clock jumps there, with every timer on the way. Nobody waits for real;
 * 4. asks what has become of it: `await server.logged({ event: "limit.hit" })` waits for a line of the log, `await server.outcome()` ends all
 *    clients, waits until the server is back where it began and gives what `metrics()` has counted since.
 *
 * After each case the stage fails it unless the process lives, every line on its standard error was one JSON object without the stage's `SECRET` in
 * it, and sessions, timers, sockets and other resources are back at the start. A case that ends or signals its server takes one for itself: `stage.serve({ alone: true })`.
 * The server runs what was built: `npm run build` before a run.
 */

/** One entry of the table, or a part of one. */
export interface HostileCase {
  /** `T01` to `T60`, `F01` to `F15`. */
  readonly id: string;
  /** What is done to the server; several cases of one id differ in it. */
  readonly what: string;
  readonly run: (stage: Stage) => Promise<void>;
}

/** The cases of one file. */
export class CaseList {
  readonly cases: HostileCase[] = [];

  /** Adds a case. */
  add(id: string, what: string, run: HostileCase["run"]): void {
    this.cases.push({ id, what, run });
  }
}
