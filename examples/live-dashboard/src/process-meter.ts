import { performance } from "node:perf_hooks";
import type { Sample } from "./sample.js";

const MIB = 1_048_576;

/** Reads what this process needs; each reading is about the time since the one before. */
export class ProcessMeter {
  #at = performance.now();
  #cpu = process.cpuUsage();
  #loop = performance.eventLoopUtilization();

  read(): Sample {
    const at = performance.now();
    const loop = performance.eventLoopUtilization();
    const { user, system } = process.cpuUsage(this.#cpu);
    const { rss, heapUsed } = process.memoryUsage();
    const sample = {
      at: Date.now(),
      cpu: rounded((user + system) / 10 / Math.max(at - this.#at, 1)),
      loop: rounded(performance.eventLoopUtilization(loop, this.#loop).utilization * 100),
      memory: rounded(rss / MIB),
      heap: rounded(heapUsed / MIB),
    };
    this.#at = at;
    this.#cpu = process.cpuUsage();
    this.#loop = loop;
    return sample;
  }
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
