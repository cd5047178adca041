/** What happens in an endpoint, told to its case. Made by the cases. */
export class Happenings<T> {
  readonly #told: T[] = [];
  readonly #waiting: ((happening: T) => void)[] = [];

  /** Tells one. */
  readonly tell = (happening: T): void => {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#told.push(happening);
    else waiting(happening);
  };

  /** The next one that was not taken yet. */
  next(): Promise<T> {
    if (this.#told.length > 0) return Promise.resolve(this.#told.shift()!);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** How many were told and not taken yet. */
  get untaken(): number {
    return this.#told.length;
  }
}
