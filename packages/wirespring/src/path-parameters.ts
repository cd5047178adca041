/**
 * What the variables of a template were in a path: the names are the template's, once for all its sessions, and only the values are a session's own.
 * Made by the router, or by whoever upgrades without one; imports nothing.
 */

/** A map that nobody can change (J-124), in the template's order. */
export class PathParameters implements ReadonlyMap<string, string> {
  /** Of a path without variables. */
  static readonly none = new PathParameters([], []);

  /** Shows the entries of a map as they are now. */
  static of(map: ReadonlyMap<string, string>): PathParameters {
    return map.size === 0 ? PathParameters.none : new PathParameters([...map.keys()], [...map.values()]);
  }

  readonly #names: readonly string[];
  readonly #values: readonly string[];

  /** @param values As many as there are names. Neither may change any more. */
  constructor(names: readonly string[], values: readonly string[]) {
    this.#names = names;
    this.#values = values;
  }

  get size(): number {
    return this.#names.length;
  }

  get(name: string): string | undefined {
    const index = this.#names.indexOf(name);
    return index < 0 ? undefined : this.#values[index];
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  forEach(callback: (value: string, name: string, map: ReadonlyMap<string, string>) => void, thisArg?: unknown): void {
    for (const [index, name] of this.#names.entries()) callback.call(thisArg, this.#values[index]!, name, this);
  }

  entries(): MapIterator<[string, string]> {
    return this.#copy().entries();
  }

  keys(): MapIterator<string> {
    return this.#copy().keys();
  }

  values(): MapIterator<string> {
    return this.#copy().values();
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries();
  }

  #copy(): Map<string, string> {
    return new Map(this.#names.map((name, index) => [name, this.#values[index]!]));
  }
}
