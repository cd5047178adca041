import { fileURLToPath } from "node:url";
import { routeMatchers, type Contender } from "./contenders.js";
import { LineProgram } from "./line-program.js";
import { readMemory } from "./process-readings.js";
import type { Pinning } from "./processors.js";
import type { Case } from "./rows.js";
import { scaledWork, type Settings } from "./settings.js";
import type { IdleWork, Measured, Mode, Order, RoutesWork } from "./work.js";

/**
 * One case, measured: every contender gets a fresh process, they take turns in rounds whose order alternates, one load works on all of them. Called
 * by `main.ts`.
 */

/** What each contender did in each round, by its id; undefined where it could not. */
export type Samples = ReadonlyMap<string, readonly (Measured | undefined)[]>;

export interface Surroundings {
  readonly pinning: Pinning;
  readonly settings: Settings;
  /** Told of a contender that fails: the others go on. */
  readonly complain: (text: string) => void;
}

/** Sessions that are opened and closed before memory is measured: code and pools are nobody's session. */
const FIRST_SESSIONS = 200;

const load = fileURLToPath(new URL("load.js", import.meta.url));
const routeMatch = fileURLToPath(new URL("route-match.js", import.meta.url));

/** Measures a case. Rejects only when the load cannot be started. */
export async function measure(each: Case, contenders: readonly Contender[], around: Surroundings): Promise<Samples> {
  const { settings } = around;
  const work = scaledWork(each.work, settings);
  if (work.kind === "routes") return measureRoutes(work, around);
  if (work.kind === "idle") return measureMemory(each.mode, work, contenders, around);
  await using servers = new Servers(around);
  for (const contender of contenders) await servers.start(contender, each.mode);
  const samples = new Map<string, (Measured | undefined)[]>(contenders.map(({ id }) => [id, []]));
  for (let round = 0; round <= settings.rounds; round++) {
    const turn = round % 2 === 0 ? contenders : contenders.toReversed();
    for (const contender of turn) {
      const measured = await servers.measure(contender, each.mode, work);
      if (round > 0) samples.get(contender.id)!.push(measured);
    }
  }
  return samples;
}

interface Server {
  readonly program: LineProgram;
  readonly port: number;
}

/** The servers of one case and the load that all of them get. */
class Servers implements AsyncDisposable {
  readonly #around: Surroundings;
  readonly #running = new Map<string, Server>();
  #load: LineProgram;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#load = this.#startLoad();
  }

  async start(contender: Contender, mode: Mode): Promise<void> {
    const { id, command } = contender;
    const program = new LineProgram({ name: id, command: [...command, mode], core: this.#around.pinning.server });
    try {
      this.#running.set(id, { program, port: Number(await program.hear("listening ")) });
    } catch (error) {
      await program[Symbol.asyncDispose]();
      this.#around.complain((error as Error).message);
    }
  }

  /** Measures one contender; one that fails is stopped and stays out. */
  async measure(contender: Contender, mode: Mode, work: Order["work"]): Promise<Measured | undefined> {
    const server = this.#running.get(contender.id);
    if (server === undefined) return undefined;
    try {
      return await this.#order(server, contender, mode, work);
    } catch (error) {
      this.#around.complain(`${contender.id}: ${(error as Error).message}`);
      await this.stop(contender);
      await this.#load[Symbol.asyncDispose]();
      this.#load = this.#startLoad();
      return undefined;
    }
  }

  /** Measures the memory that sessions take in a server; both times it has collected its garbage. */
  async measureSessions(contender: Contender, mode: Mode, work: IdleWork): Promise<Measured | undefined> {
    const server = this.#running.get(contender.id);
    if (server === undefined) return undefined;
    try {
      await this.#order(server, contender, mode, { ...work, sessions: FIRST_SESSIONS });
      await this.#load.ask("release", "{");
      const before = await memoryOf(server);
      await this.#order(server, contender, mode, work);
      const after = await memoryOf(server);
      await this.#load.ask("release", "{");
      return before === undefined || after === undefined ? {} : { bytes: (after - before) / work.sessions };
    } catch (error) {
      this.#around.complain(`${contender.id}: ${(error as Error).message}`);
      return undefined;
    }
  }

  async stop({ id }: Contender): Promise<void> {
    await this.#running.get(id)?.program[Symbol.asyncDispose]();
    this.#running.delete(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#load[Symbol.asyncDispose]();
    for (const { program } of this.#running.values()) await program[Symbol.asyncDispose]();
  }

  #startLoad(): LineProgram {
    return new LineProgram({ name: "load", command: [process.execPath, load], core: this.#around.pinning.load });
  }

  async #order({ program, port }: Server, { dialect }: Contender, mode: Mode, work: Order["work"]): Promise<Measured> {
    const { warmUp, window } = this.#around.settings;
    const order: Order = { work, mode, dialect, port, pid: program.pid, warmUp, window };
    return JSON.parse(`{${await this.#load.ask(JSON.stringify(order), "{")}`) as Measured;
  }
}

async function memoryOf({ program }: Server): Promise<number | undefined> {
  // What the first collection has found to be garbage, the second gives back.
  await program.ask("gc", "collected");
  await program.ask("gc", "collected");
  return readMemory(program.pid);
}

/** Fresh processes for every figure: a heap that has grown once does not show what it takes. */
async function measureMemory(
  mode: Mode,
  work: IdleWork,
  contenders: readonly Contender[],
  around: Surroundings,
): Promise<Samples> {
  const samples = new Map<string, (Measured | undefined)[]>(contenders.map(({ id }) => [id, []]));
  for (let round = 0; round < around.settings.memoryRounds; round++) {
    for (const contender of contenders) {
      await using servers = new Servers(around);
      await servers.start(contender, mode);
      samples.get(contender.id)!.push(await servers.measureSessions(contender, mode, work));
    }
  }
  return samples;
}

/** The matchers take turns, each time in a new process. */
async function measureRoutes({ templates }: RoutesWork, around: Surroundings): Promise<Samples> {
  const { pinning, settings, complain } = around;
  const samples = new Map<string, (Measured | undefined)[]>(routeMatchers.map(({ id }) => [id, []]));
  for (let round = 0; round < settings.rounds; round++)
    for (const [name, all] of samples) {
      const given = [routeMatch, name, String(templates), String(settings.window)];
      await using program = new LineProgram({ name, command: [process.execPath, ...given], core: pinning.server });
      try {
        all.push({ perSecond: Number(await program.hear("matches ")) });
      } catch (error) {
        all.push(undefined);
        complain((error as Error).message);
      }
    }
  return samples;
}
