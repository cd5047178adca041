/** What an endpoint of a test has heard, in order. Used by the tests that wait for it item by item. */

/** Keeps items until they are asked for, and lets whoever asks wait. */
export class Heard {
  readonly #items: string[] = [];
  readonly #waiting: (() => void)[] = [];

  add(item: string): void {
    this.#items.push(item);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** The first that nobody has taken yet. */
  async next(): Promise<string> {
    while (this.#items.length === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#items.shift()!;
  }

  async take(count: number): Promise<string[]> {
    const taken: string[] = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }
}
