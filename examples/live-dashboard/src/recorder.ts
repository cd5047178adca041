import type { Sample } from "./sample.js";

/** So many are kept. */
const KEPT = 120;

/** Takes samples from its start to its stop, keeps the latest and tells of each. */
export class Recorder {
  readonly #samples: Sample[] = [];
  readonly #read: () => Sample;
  readonly #tell: (sample: Sample) => void;
  readonly #interval: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param interval Milliseconds between two samples. */
  constructor(read: () => Sample, tell: (sample: Sample) => void, interval: number) {
    this.#read = read;
    this.#tell = tell;
    this.#interval = interval;
  }

  /** The latest, the oldest of them first. */
  get samples(): readonly Sample[] {
    return [...this.#samples];
  }

  /** Called by the application context when the endpoints are in service. */
  start(): void {
    this.#timer = setInterval(() => this.#record(), this.#interval);
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
