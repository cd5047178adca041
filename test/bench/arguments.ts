import { parseArgs } from "node:util";

/**
 * What `npm run bench` is told, and what it is not told. Pure: a mistake is a `UsageError`, whose message `main.ts` prints.
 */

/** How much is measured, of what, and where the outcome goes. */
export interface BenchArguments {
  /** Ids of rows, in the order of the table; undefined: all. */
  readonly only: readonly string[] | undefined;
  /** Ids of the other servers to compare with; undefined: all there are, with `quick` those without which a goal cannot be judged. */
  readonly peers: readonly string[] | undefined;
  /** Fewer and shorter rounds, smaller crowds: to see that all runs, not to be quoted. */
  readonly quick: boolean;
  /** What times and crowds are multiplied by. */
  readonly scale: number;
  /** File that gets everything measured, as JSON. */
  readonly json: string | undefined;
  /** Whether the page and its plots are written. */
  readonly plot: boolean;
  /** Whether only the usage is asked for. */
  readonly help: boolean;
}

/** What there is to choose from. */
export interface Choices {
  readonly rows: readonly string[];
  readonly peers: readonly string[];
}

/** Tells whoever typed it what is wrong with an argument. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What `--help` prints. */
export function usageOf({ rows, peers }: Choices): string {
  return `npm run bench -- [options]

  --only P2,P7    these rows alone: ${rows.join(", ")}
  --peers bun,nest    these other servers alone, "none" for none: ${peers.join(", ")}
  --quick         less of everything, under three minutes: shows that all runs, and proves nothing
  --scale 0.5     multiplies times and numbers of sessions; from 0.01 to 10, default 1
  --json FILE     writes everything that was measured
  --plot          writes docs/reference/benchmarks.md and its plots
`;
}

/** Reads the arguments of the command line. Throws `UsageError`. */
export function parseArguments(words: readonly string[], choices: Choices): BenchArguments {
  const { only, peers, scale, json, quick, plot, help } = parsed(words);
  return {
    only: only === undefined ? undefined : listed("--only", only, choices.rows, (name) => name.toUpperCase()),
    peers: peers === undefined ? undefined : peers === "none" ? [] : listed("--peers", peers, choices.peers),
    quick: quick === true,
    scale: scale === undefined ? 1 : scaleOf(scale),
    json: json === undefined ? undefined : filled("--json", json),
    plot: plot === true,
    help: help === true,
  };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        only: { type: "string" },
        peers: { type: "string" },
        quick: { type: "boolean" },
        scale: { type: "string" },
        json: { type: "string" },
        plot: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** In the order of the choices, each once. */
function listed(
  option: string,
  text: string,
  choices: readonly string[],
  normal = (name: string): string => name,
): string[] {
  const names = text.split(",").map((name) => normal(name.trim()));
  const unknown = names.find((name) => !choices.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`${option} has no ${JSON.stringify(unknown)}; there are ${choices.join(", ")}`);
  return choices.filter((choice) => names.includes(choice));
}

function scaleOf(text: string): number {
  const scale = Number(filled("--scale", text));
  if (!(scale >= 0.01 && scale <= 10))
    throw new UsageError(`--scale must be a number from 0.01 to 10, found ${JSON.stringify(text)}`);
  return scale;
}

function filled(option: string, text: string): string {
  if (text.trim() === "") throw new UsageError(`${option} needs a value`);
  return text;
}
