import fc from "fast-check";
import { playLife } from "../integration/session-life.js";
import type { Fuzzer, Trial } from "./fuzzer.js";

/** Lives of sessions by their seeds: open, messages, errors, close and shutdown in any order (F05). */

class Lives implements Trial<number> {
  /** One behaviour at a time. */
  #before: Promise<void> = Promise.resolve();

  attempt(seed: number): Promise<void> {
    const life = this.#before.then(() => playLife(seed));
    this.#before = life.catch(() => {});
    return life;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

export const lifeFuzzer: Fuzzer<number> = {
  name: "session-life",
  // A smaller seed is no simpler life, and a favoured one is a life twice.
  inputs: fc.noShrink(fc.noBias(fc.nat())),
  together: 20,
  start: () => Promise.resolve(new Lives()),
};
