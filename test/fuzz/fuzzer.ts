import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";

/**
 * What all fuzzers have in common: inputs by fast-check, a trial of each, the smallest input that shows a fault, and nothing left behind. The
 * fuzzers are listed in `all-fuzzers.ts`; run by `fuzz.suite.ts`, and on the kept inputs by `corpus.test.ts`.
 */

/** A kind of input and what must hold for all of it. Inputs are JSON all through, so that each can be kept in the corpus as it is printed. */
export interface Fuzzer<T> {
  readonly name: string;
  readonly inputs: fc.Arbitrary<T>;
  /** So many inputs are tried at one time. */
  readonly together: number;
  /** Starts what the inputs are tried on. */
  start(): Promise<Trial<T>>;
}

/** What inputs are tried on. */
export interface Trial<T> extends AsyncDisposable {
  /** Throws or rejects when the input shows a fault. */
  attempt(input: T): void | Promise<void>;
  /** Called behind all inputs of one time. */
  settle?(): Promise<void>;
  /** What is there while nobody is connected. Default: the heap of this process. */
  left?(): Promise<Left>;
}

/** What must be as it was when all inputs have been tried. */
export interface Left {
  /** Bytes in use behind a collection; may grow by `HEAP_GROWTH`. */
  readonly heap: number;
  /** Sessions, sockets, timers: may not grow. */
  readonly open: Readonly<Record<string, number>>;
}

/** How long a fuzzer runs: by time, or by inputs. */
export interface Budget {
  readonly seconds: number;
  readonly count: number | undefined;
  /** The same seed gives the same inputs. */
  readonly seed: number;
}

const HEAP_GROWTH = 5 * 1024 * 1024;

/** Compiles and fills what is only filled once, before anything is measured. */
const WARM_UP = 2_000;

/** Nothing that is tried takes this long by itself. Milliseconds. */
const SLOW = 2_000;

/** How long a smaller input is looked for. Milliseconds. */
const SHRINKING = 30_000;

/** Runs a fuzzer and gives the number of inputs tried. Rejects with the smallest input that shows a fault. */
export async function fuzz<T>(fuzzer: Fuzzer<T>, { seconds, count, seed }: Budget): Promise<number> {
  await using trial = await fuzzer.start();
  let tried = 0;
  let round = seed;
  const more = async (most: number): Promise<void> => {
    const size = Math.min(fuzzer.together, most);
    await tryAll(fuzzer, trial, round++, size);
    // What promises alone carry on would never let a tick come.
    await new Promise((resolve) => setImmediate(resolve));
    tried += size;
  };
  const most = count ?? Infinity;
  const warm = Math.min(WARM_UP, most / 4);
  const until = performance.now() + seconds * 1_000;
  const goesOn = (): boolean => (count === undefined ? performance.now() < until : tried < count);
  while (tried < warm && goesOn()) await more(most - tried);
  const before = await left(trial);
  do await more(most - tried);
  while (goesOn());
  judgeLeft(before, await left(trial));
  return tried;
}

/** Tries kept inputs, all at one time; then, if there is a fault, one by one. Rejects with the first that shows it, or all that could. */
export async function replay<T>(fuzzer: Fuzzer<T>, inputs: readonly T[]): Promise<void> {
  await using trial = await fuzzer.start();
  try {
    await allOf(inputs.map(async (input) => trial.attempt(input)));
    await trial.settle?.();
  } catch (error) {
    for (const input of inputs)
      await tryOne(trial, input).catch((cause: unknown) => {
        throw new Error(`${fuzzer.name}: ${JSON.stringify(input)}`, { cause });
      });
    throw error;
  }
}

/** Tries one input by itself. */
async function tryOne<T>(trial: Trial<T>, input: T): Promise<void> {
  await trial.attempt(input);
  await trial.settle?.();
}

async function tryAll<T>(fuzzer: Fuzzer<T>, trial: Trial<T>, seed: number, size: number): Promise<void> {
  const inputs = fc.sample(fuzzer.inputs, { seed, numRuns: size });
  const begun = performance.now();
  const waiting: Promise<void>[] = [];
  try {
    try {
      for (const input of inputs) {
        const pending = trial.attempt(input);
        if (pending !== undefined) waiting.push(pending);
      }
    } finally {
      await allOf(waiting);
    }
    await trial.settle?.();
  } catch (error) {
    throw await smallest(fuzzer, trial, { seed, size, error });
  }
  if (waiting.length === 0 && performance.now() - begun > SLOW)
    throw new Error(`${fuzzer.name}: ${size} inputs of seed ${seed} took ${Math.round(performance.now() - begun)} ms`);
}

/** Waits for all, so that nothing of them goes on behind a failure; then rejects as the first that has failed. */
async function allOf(promises: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(promises);
  await Promise.all(promises);
}

/** What was wrong with the inputs of one time. */
interface Finding {
  readonly seed: number;
  readonly size: number;
  readonly error: unknown;
}

/** The same inputs again, one by one; what fails is made smaller as long as it fails. */
async function smallest<T>(fuzzer: Fuzzer<T>, trial: Trial<T>, finding: Finding): Promise<Error> {
  const { seed, size } = finding;
  let { error } = finding;
  let where = `: none of its ${size} inputs shows it alone`;
  await fc.check(
    fc.asyncProperty(fuzzer.inputs, async (input) => {
      try {
        await tryOne(trial, input);
      } catch (fault) {
        // Each failure that fast-check sees after the first is of a smaller input.
        error = fault;
        where = `; as a line of test/fuzz/corpus/${fuzzer.name}.txt:\n${JSON.stringify(input)}`;
        throw fault;
      }
    }),
    { seed, numRuns: size, interruptAfterTimeLimit: SHRINKING },
  );
  const what = error instanceof Error ? error.message : String(error);
  return new Error(`${fuzzer.name}: ${what}\nseed ${seed}${where}`, { cause: error });
}

function left<T>(trial: Trial<T>): Promise<Left> {
  return trial.left?.() ?? Promise.resolve({ heap: heapInUse(), open: {} });
}

function judgeLeft(before: Left, after: Left): void {
  for (const [name, count] of Object.entries(after.open)) {
    const first = before.open[name] ?? 0;
    if (count > first) throw new Error(`${count} ${name} are left, ${first} were there before`);
  }
  const growth = after.heap - before.heap;
  if (growth > HEAP_GROWTH) throw new Error(`the heap has grown by ${growth} bytes, at most are ${HEAP_GROWTH}`);
}

let collect: (() => void) | undefined;

/** Bytes of this process's heap that are in use, behind a collection. */
export function heapInUse(): number {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
