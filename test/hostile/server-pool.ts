import { setTimeout } from "node:timers/promises";
import type { ServeOptions } from "./hostile-program.js";
import { ServerProcess } from "./server-process.js";

/** The server processes that cases share, one for each set of options. Made by the suite, asked by the stage. */

/** How long a server may take to end, milliseconds. */
const PATIENCE = 10_000;

export class ServerPool {
  readonly #servers = new Map<string, Promise<ServerProcess>>();

  /** The process with these options. */
  get(options: ServeOptions): Promise<ServerProcess> {
    const key = JSON.stringify(options);
    let server = this.#servers.get(key);
    if (server === undefined) {
      server = ServerProcess.start(options);
      this.#servers.set(key, server);
    }
    return server;
  }

  /** No other case gets the process with these options, which is not as it was. */
  discard(options: ServeOptions): void {
    this.#servers.delete(JSON.stringify(options));
  }

  /** Has all of them end by themselves, and tells those that did not, or ended badly. */
  async end(): Promise<readonly string[]> {
    const servers = await Promise.allSettled(this.#servers.values());
    this.#servers.clear();
    const ended = servers.map(async (each) => (each.status === "fulfilled" ? ending(each.value) : String(each.reason)));
    return (await Promise.all(ended)).filter((problem) => problem !== undefined);
  }
}

/** Has a server end by itself. Gives what is wrong with how it did. */
export async function ending(server: ServerProcess): Promise<string | undefined> {
  if (server.exit === undefined) await server.ask("close");
  const exit = await Promise.race([server.exited, setTimeout(PATIENCE, undefined, { ref: false })]);
  if (exit === undefined) {
    server.kill("SIGKILL");
    await server.exited;
    return "something kept the server process alive after everything was closed";
  }
  return exit.code === 0 ? undefined : `the server process ended with ${exit.signal ?? exit.code}`;
}
