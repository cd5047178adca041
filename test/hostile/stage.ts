import { RawClient, type RawClientOptions, type RawUpgrade } from "@wirespring/testing";
import { expect } from "vitest";
import type { LogRecord, Metrics } from "wirespring";
import type { ServeOptions } from "./hostile-program.js";
import { ending, type ServerPool } from "./server-pool.js";
import { ServerProcess } from "./server-process.js";

/**
 * Where a case plays: gives it server processes and clients, ends the clients, and fails the case unless its servers are alive and as they were
 * before. Made by the suite for each case.
 */

/** What no line of a log may have in it, whatever it was sent in: a query, a header, a message. */
export const SECRET = "s3cr3t";

/** How long a line of the log may take, milliseconds. */
const PATIENCE = 5_000;

/** More than the log's memory of who has written much: the next case begins with none. */
const FORGETTING = 3_000;

/** One case's stage. */
export class Stage {
  readonly #pool: ServerPool;
  readonly #servers: { readonly server: HostileServer; readonly options: ServeOptions }[] = [];

  constructor(pool: ServerPool) {
    this.#pool = pool;
  }

  /** A server process; the same for each case with these options, unless they say `alone`. */
  async serve(options: ServeOptions = {}): Promise<HostileServer> {
    const process = await (options.alone === true ? ServerProcess.start(options) : this.#pool.get(options));
    const server = new HostileServer(process);
    this.#servers.push({ server, options });
    if (options.alone !== true) await process.ask("skip", FORGETTING);
    await server.begin();
    return server;
  }

  /** Ends everything, and tells what is wrong with the servers. */
  async end(): Promise<readonly string[]> {
    const problems: string[] = [];
    for (const { server, options } of this.#servers.reverse()) {
      const found = await server.end(options.alone === true);
      problems.push(...found);
      if (found.length > 0) this.#pool.discard(options);
    }
    return problems;
  }
}

/** Counts that have changed, as `Metrics` has them; what has not is left out. */
export type Changes = { readonly [name in keyof Metrics]?: unknown };

/** A server process during one case. */
export class HostileServer {
  /** For what a case asks beyond this class. */
  readonly process: ServerProcess;
  readonly #clients: RawClient[] = [];
  /** Where the log of this case begins. */
  #logged = 0;
  #before: unknown;
  /** Its end is what the case is about. */
  #mayEnd = false;

  /** Made by the stage. */
  constructor(process: ServerProcess) {
    this.process = process;
  }

  get port(): number {
    return this.process.port;
  }

  /** Connects, and says nothing yet. */
  async connect(options: Partial<RawClientOptions> = {}): Promise<RawClient> {
    const client = await RawClient.connect({ ...options, port: this.port });
    this.#clients.push(client);
    return client;
  }

  /** Connects and upgrades. Fails when that is refused. */
  async open(path: string, upgrade: RawUpgrade = {}, options: Partial<RawClientOptions> = {}): Promise<RawClient> {
    const client = await this.connect(options);
    const { status, body } = await client.upgrade({ ...upgrade, path });
    expect(status, body).toBe(101);
    return client;
  }

  /** Has the program do something; see `HostileProgram.commands`. */
  async call<T = unknown>(command: string, argument?: unknown): Promise<T> {
    return (await this.process.ask(command, argument)) as T;
  }

  /** Moves the server's clock on by so many milliseconds. */
  async skip(milliseconds: number): Promise<void> {
    await this.process.ask("skip", milliseconds);
  }

  /** What the server's counters say. */
  async metrics(): Promise<Metrics> {
    return (await this.process.ask("metrics")) as Metrics;
  }

  /** What its counters have counted since the case began. */
  async changes(): Promise<Changes> {
    return (difference(await this.metrics(), this.#before) ?? {}) as Changes;
  }

  /** Ends all clients, waits until the server is back at its start, and gives what it has counted since the case began. */
  async outcome(): Promise<Changes> {
    this.#endClients();
    expect(await this.process.ask("settle"), "what is left on the server").toEqual({});
    return this.changes();
  }

  /** The lines of the log since the case began. */
  async log(): Promise<readonly LogRecord[]> {
    if (this.process.exit === undefined) await this.process.caughtUp();
    return this.process.log.slice(this.#logged);
  }

  /** The same as they were written. */
  async lines(): Promise<readonly string[]> {
    if (this.process.exit === undefined) await this.process.caughtUp();
    return this.process.lines.slice(this.#logged);
  }

  /** Waits for a line of the log, since the case began, with these fields. Rejects when none comes. */
  async logged(fields: Readonly<Record<string, unknown>>): Promise<LogRecord> {
    const { process } = this;
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = process.log.slice(this.#logged).find((record) => has(record, fields));
        if (found !== undefined) end(() => resolve(found));
        else if (process.exit !== undefined) end(() => reject(new Error("the server process has ended")));
      };
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        process.heard = () => {};
        settle();
      };
      const timer = setTimeout(() => {
        const lines = process.log.slice(this.#logged).map((record) => JSON.stringify(record));
        end(() => reject(new Error(`nothing like ${JSON.stringify(fields)} was logged, but:\n${lines.join("\n")}`)));
      }, PATIENCE);
      process.heard = look;
      look();
    });
  }

  /** What the process occupies, after garbage was collected. */
  async memory(): Promise<NodeJS.MemoryUsage> {
    return (await this.process.ask("memory")) as NodeJS.MemoryUsage;
  }

  /** Sends a signal, of which the process may end. */
  kill(signal: NodeJS.Signals): void {
    this.#mayEnd = true;
    this.process.kill(signal);
  }

  /** @internal The case begins. */
  async begin(): Promise<void> {
    await this.process.caughtUp();
    this.#logged = this.process.log.length;
    this.#before = await this.metrics();
  }

  /** @internal The case has ended. Gives what is wrong with the server. */
  async end(forEver: boolean): Promise<readonly string[]> {
    this.#endClients();
    const { process } = this;
    const problems: string[] = [];
    if (process.exit === undefined && !this.#mayEnd) {
      const left = await process.ask("settle").catch(String);
      if (JSON.stringify(left) !== "{}") problems.push(`left on the server: ${JSON.stringify(left)}`);
    }
    if (process.exit === undefined && forEver) {
      const problem = this.#mayEnd ? await killed(process) : await ending(process);
      if (problem !== undefined) problems.push(problem);
    } else if (process.exit !== undefined && !this.#mayEnd)
      problems.push(`the server process ended with ${process.exit.signal ?? process.exit.code}`);
    if (process.exit === undefined) await process.caughtUp();
    for (const line of process.stray.splice(0)) problems.push(`no line of a log: ${line}`);
    for (const line of process.lines.slice(this.#logged))
      if (line.includes(SECRET)) problems.push(`a secret in the log: ${line}`);
    if (problems.length > 0) process.kill("SIGKILL");
    return problems;
  }

  #endClients(): void {
    for (const client of this.#clients.splice(0)) client.destroy();
  }
}

async function killed(process: ServerProcess): Promise<undefined> {
  process.kill("SIGKILL");
  await process.exited;
}

function has(record: LogRecord, fields: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(fields).every(([name, value]) => record[name] === value);
}

/** Of numbers by name, at any depth, those that have grown, and by how much. */
function difference(now: unknown, before: unknown): unknown {
  if (typeof now === "number")
    return now === ((before as number | undefined) ?? 0) ? undefined : now - ((before as number | undefined) ?? 0);
  const found = Object.entries(now as object).flatMap(([name, value]): [string, unknown][] => {
    // The longest so far, which is none of a case's.
    if (name === "longestStall") return [];
    const changed = difference(value, (before as Record<string, unknown> | undefined)?.[name]);
    return changed === undefined ? [] : [[name, changed]];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
