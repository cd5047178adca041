import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Which core the servers get and which the load: neither must take time from the other. Called by `main.ts`.
 */

export interface Pinning {
  /** The core of all servers; undefined: any. */
  readonly server: number | undefined;
  readonly load: number | undefined;
}

/** The first two cores that this process may use, where there are two and `taskset`; otherwise nobody is pinned. */
export function choosePinning(): Pinning {
  const [server, load] = allowedCores();
  const canPin = load !== undefined && spawnSync("taskset", ["--version"], { stdio: "ignore" }).status === 0;
  return canPin ? { server, load } : { server: undefined, load: undefined };
}

function allowedCores(): readonly number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
    return list === undefined ? [] : coresOf(list);
  } catch {
    // Not Linux: there is no taskset, either.
    return [];
  }
}

/** The cores of a list as Linux writes it: `0-3,8`. */
export function coresOf(list: string): number[] {
  return list
    .split(",")
    .filter((range) => range.trim() !== "")
    .flatMap((range) => {
      const [first = Number.NaN, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}
