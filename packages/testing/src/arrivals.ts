import { clearTimeout, setTimeout } from "node:timers";

/**
 * What arrived, in order, with a promise for what has not. Behind the clients of this package: whatever they receive is kept, so that a
 * test that waits too late misses nothing.
 */
export class Arrivals<T> {
  /** Everything that arrived so far, taken or not. */
  readonly all: T[] = [];
  readonly #name: string;
  readonly #patience: number | undefined;
  #taken = 0;
  readonly #waiting: { readonly resolve: (item: T) => void; readonly reject: (error: Error) => void }[] = [];
  #ended: string | undefined;

  /**
   * @param name What one of them is, for the error.
   * @param patience Milliseconds of real time that `next` waits at most; without it, for ever.
   */
  constructor(name: string, patience?: number) {
    this.#name = name;
    this.#patience = patience;
  }

  push(item: T): void {
    this.all.push(item);
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    this.#taken++;
    waiting.resolve(item);
  }

  /** Nothing more comes; whoever waits is told why. */
  end(why: string): void {
    this.#ended ??= why;
    for (const { reject } of this.#waiting.splice(0)) reject(this.missing(this.#ended));
  }

  /** Takes the next one if it is there; undefined while it may still come. Throws when none comes any more. */
  take(): T | undefined {
    if (this.#taken < this.all.length) return this.all[this.#taken++];
    if (this.#ended !== undefined) throw this.missing(this.#ended);
    return undefined;
  }

  /** Gives those that were not taken yet. They stay to be taken. */
  get left(): readonly T[] {
    return this.all.slice(this.#taken);
  }

  /** The next one that was not taken yet. Rejects when none comes any more, or in time, with what came before. */
  next(): Promise<T> {
    if (this.#taken < this.all.length) return Promise.resolve(this.all[this.#taken++]!);
    if (this.#ended !== undefined) return Promise.reject(this.missing(this.#ended));
    return new Promise<T>((resolve, reject) => {
      const entry = { resolve, reject };
      this.#waiting.push(entry);
      if (this.#patience === undefined) return;
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(this.missing(`none came within ${this.#patience} ms`));
      }, this.#patience);
      entry.resolve = (item) => {
        clearTimeout(timer);
        resolve(item);
      };
      entry.reject = (error) => {
        clearTimeout(timer);
        reject(error);
      };
    });
  }

  /** The error of who has waited in vain, with what came before. */
  missing(why: string): Error {
    const before = this.all.length === 0 ? "nothing" : this.all.map((item) => shown(item)).join(", ");
    return new Error(`waited for a ${this.#name}: ${why}; received so far: ${before}`);
  }
}

const SHOWN = 200;

/** Writes down what arrived, for people; cut where it is long. */
export function shown(item: unknown): string {
  const text = JSON.stringify(item, (_key, value: unknown) =>
    isBytes(value) ? Buffer.from(value.data).toString("latin1") : value,
  );
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** A `Buffer` as JSON sees it. */
function isBytes(value: unknown): value is { readonly data: number[] } {
  return typeof value === "object" && value !== null && (value as { type?: unknown }).type === "Buffer";
}
