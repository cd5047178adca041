import type { Sample } from "./sample.js";

/** Milliseconds between two samples. */
const INTERVAL = 1_000;

/** So many are kept: two minutes. */
const KEPT = 120;

/** Takes a sample every second, from its start to its stop, keeps the latest and tells of each. */
export class Recorder {
  readonly #samples: Sample[] = [];
  readonly #read: () => Sample;
  readonly #tell: (sample: Sample) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(read: () => Sample, tell: (sample: Sample) => void) {
    this.#read = read;
    this.#tell = tell;
  }

  /** The latest, the oldest of them first. */
  get samples(): readonly Sample[] {
    return [...this.#samples];
  }

  /** Called by the application context when the endpoints are in service. */
  start(): void {
    this.#timer = setInterval(() => this.#record(), INTERVAL);
  }

  /** Called by the application context when the last session has ended. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #record(): void {
    const sample = this.#read();
    this.#samples.push(sample);
    if (this.#samples.length > KEPT) this.#samples.shift();
    this.#tell(sample);
  }
}
