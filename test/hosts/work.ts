/** Something that takes until a test lets it end. Asked by the routes and handlers of the hosts, held by the cases. */
export class Work {
  #begun = 0;
  #release!: () => void;
  readonly #released = new Promise<void>((resolve) => (this.#release = resolve));
  readonly #waiting = new Set<() => void>();

  /** Gives `slow`, when that was released. */
  async done(): Promise<string> {
    this.#begun++;
    for (const look of this.#waiting) look();
    await this.#released;
    return "slow";
  }

  /** Resolves when so many have asked. */
  async hasBegun(count: number): Promise<void> {
    while (this.#begun < count)
      await new Promise<void>((resolve) => {
        const look = (): void => {
          this.#waiting.delete(look);
          resolve();
        };
        this.#waiting.add(look);
      });
  }

  /** Lets all of it end, also what begins later. */
  release(): void {
    this.#release();
  }
}
