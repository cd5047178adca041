import { readdirSync, readFileSync } from "node:fs";

/**
 * What Linux tells of another process: processor time and resident memory, from `/proc`. Elsewhere everything is undefined, and rates alone are
 * compared. Called by the load, at both ends of its window, and by the harness.
 */

/** Processor time of a process up to a moment. */
export interface CpuReading {
  /** Nanoseconds on a processor, by thread. */
  readonly threads: ReadonlyMap<string, number>;
  /** User and system time of the whole process in hundredths of a second; threads that have ended count. */
  readonly ticks: number;
}

const TICK_MICROSECONDS = 10_000;

/** Reads the processor time of a process; undefined where there is no `/proc`. */
export function readCpu(pid: number): CpuReading | undefined {
  try {
    const threads = new Map<string, number>();
    for (const thread of readdirSync(`/proc/${pid}/task`))
      threads.set(thread, Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0]));
    return { threads, ticks: ticksOf(readFileSync(`/proc/${pid}/stat`, "latin1")) };
  } catch {
    // Not Linux, or a thread has ended in between: the caller goes without.
    return undefined;
  }
}

/** Microseconds of processor time between two readings; undefined when one is missing. */
export function cpuBetween(from: CpuReading | undefined, to: CpuReading | undefined): number | undefined {
  if (from === undefined || to === undefined) return undefined;
  // Nanoseconds are lost with a thread that ends; the ticks are coarse, but keep them.
  if ([...from.threads.keys()].some((thread) => !to.threads.has(thread)))
    return (to.ticks - from.ticks) * TICK_MICROSECONDS;
  let nanoseconds = 0;
  for (const [thread, time] of to.threads) nanoseconds += time - (from.threads.get(thread) ?? 0);
  return nanoseconds / 1_000;
}

/** Bytes of memory that a process has in use; undefined where there is no `/proc`. */
export function readMemory(pid: number): number | undefined {
  try {
    const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024;
  } catch {
    return undefined;
  }
}

/** The name of the program, in parentheses, may have spaces and parentheses in it: what counts starts after the last one. */
function ticksOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
