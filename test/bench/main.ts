import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installProject } from "../project-installation.js";
import { parseArguments, usageOf, UsageError, type BenchArguments } from "./arguments.js";
import { benchmarksPage, type Measurement } from "./benchmarks-page.js";
import { contenders as known, obstacleOf, peersFolder, routeMatchers, type Contender } from "./contenders.js";
import { readMachine } from "./machine-facts.js";
import { measure } from "./measurement.js";
import { choosePinning } from "./processors.js";
import { caseReport, machineLines, summaryReport } from "./report.js";
import { resultOf, type CaseResult } from "./result.js";
import { cases, rowIds, type Case } from "./rows.js";
import { settingsOf } from "./settings.js";

/**
 * `npm run bench`: reads the arguments, measures case by case, prints, writes. Ends with 1 when something could not be measured, with 2 for a
 * mistake in the arguments; a goal that was missed is told, and ends with 0.
 */

const root = fileURLToPath(new URL("../../../", import.meta.url));
const choices = { rows: rowIds, peers: known.filter(({ isPeer }) => isPeer).map(({ id }) => id) };

/** The servers of a case: those that can do it, and peers only where they are asked for. */
function contendersOf(
  each: Case,
  usable: readonly Contender[],
  { peers, quick }: BenchArguments,
): readonly Contender[] {
  const needed = each.goals.map(({ against }) => against);
  return usable.filter(
    ({ id, isPeer, modes }) =>
      modes.includes(each.mode) &&
      (!isPeer || (peers === undefined ? !quick || needed.includes(id) : peers.includes(id))),
  );
}

/** Leaves out, with a line, what cannot run here. */
function usableOf(wanted: readonly Contender[]): readonly Contender[] {
  return wanted.filter((contender) => {
    const obstacle = obstacleOf(contender);
    if (obstacle !== undefined) console.log(`Without ${contender.title}: ${obstacle}`);
    return obstacle === undefined;
  });
}

async function run(given: BenchArguments): Promise<void> {
  const chosen = cases.filter(({ row }) => given.only?.includes(row) ?? true);
  const wanted = new Set(chosen.flatMap((each) => contendersOf(each, known, given)));
  if ([...wanted].some(({ isPeer }) => isPeer)) installProject(peersFolder, "the servers to compare with");
  const usable = usableOf([...wanted]);
  const machine = readMachine();
  const pinning = choosePinning();
  console.log(machineLines(machine));
  if (pinning.server === undefined) console.log("Nothing is pinned: that takes taskset and two cores");
  const complain = (text: string): void => {
    process.exitCode = 1;
    console.error(text);
  };
  const results: CaseResult[] = [];
  for (const each of chosen) {
    const samples = await measure(each, contendersOf(each, usable, given), {
      pinning,
      settings: settingsOf(given),
      complain,
    });
    const result = resultOf(each, samples, each.work.kind === "routes" ? routeMatchers : known);
    results.push(result);
    console.log(`\n${caseReport(result)}`);
  }
  console.log(`\n${summaryReport(results)}`);
  write(given, { machine, results, quick: given.quick || given.scale < 1 });
}

function write({ json, plot }: BenchArguments, measurement: Measurement): void {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(measurement, null, 2)}\n`);
  if (!plot) return;
  const folder = join(root, "docs/reference");
  // A plot of a case that is gone would stay.
  rmSync(join(folder, "benchmarks"), { recursive: true, force: true });
  for (const [path, text] of benchmarksPage(measurement)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  spawnSync("npx", ["oxfmt", "docs/reference/benchmarks.md"], { cwd: root, stdio: "inherit" });
  console.log("Wrote docs/reference/benchmarks.md");
}

try {
  const given = parseArguments(process.argv.slice(2), choices);
  if (given.help) console.log(usageOf(choices));
  else await run(given);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usageOf(choices)}`);
  process.exitCode = 2;
}
