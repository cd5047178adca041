import { ServerProcess } from "../hostile/server-process.js";
import type { ServeOptions } from "../hostile/hostile-program.js";

/**
 * What a proof is, and what it is given to work with: the size of the run, server processes, and a place for its figures. The proofs are listed in
 * `all-proofs.ts`, run by `endurance.suite.ts`.
 */

/** Something that holds under load, with figures. */
export interface Proof {
  readonly name: string;
  /** Rejects when it does not hold. */
  run(bench: Bench): Promise<void>;
}

/** What `npm run endurance -- ...` is told. */
export interface EnduranceRun {
  /** A tenth of everything. */
  readonly quick: boolean;
  /** What takes long beyond that, too. */
  readonly long: boolean;
  /** Names; undefined for all. */
  readonly only: readonly string[] | undefined;
}

/** As a path from the programs that hostile peers get. */
const PROGRAM = "../../endurance/endurance-program";

/** Where a proof runs. */
export class Bench {
  readonly quick: boolean;
  readonly long: boolean;
  readonly figures: string[] = [];
  readonly #servers: ServerProcess[] = [];

  constructor({ quick, long }: Pick<EnduranceRun, "quick" | "long">) {
    this.quick = quick;
    this.long = long;
  }

  /** So much, or in a quick run a tenth of it. */
  scaled(number: number): number {
    return this.quick ? number / 10 : number;
  }

  /** Notes a figure that the run is to print. */
  figure(text: string): void {
    this.figures.push(text);
  }

  /** Starts a server in a process of its own. */
  async serve(limits: NonNullable<ServeOptions["limits"]> = {}): Promise<ServerProcess> {
    const server = await ServerProcess.start({ program: PROGRAM, limits });
    this.#servers.push(server);
    return server;
  }

  /** Ends the servers that still run, and tells which have ended by themselves though they should not, or wrote what is no line of a log. */
  async end(): Promise<readonly string[]> {
    const problems: string[] = [];
    for (const server of this.#servers) {
      if (server.exit === undefined) server.kill("SIGKILL");
      else if (server.exit.code !== 0 && !this.#expected.has(server))
        problems.push(`a server ended with ${server.exit.code}`);
      problems.push(...server.stray.map((line) => `no line of a log: ${line}`));
      await server.exited;
    }
    return problems;
  }

  readonly #expected = new Set<ServerProcess>();

  /** This server may end with another code than 0. */
  mayEnd(server: ServerProcess): void {
    this.#expected.add(server);
  }
}

/** Bytes as people read them. */
export function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** Milliseconds as people read them. */
export function ms(milliseconds: number): string {
  return milliseconds < 10_000 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}
