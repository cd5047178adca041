import { describe, saidBy } from "../errors.js";
import type { Class } from "./endpoint-config.js";

/**
 * Follows `() => Class`, the form of a class that is declared further down. Called at deployment, when every module has run.
 */

/** What a reference leads to, or what is wrong with it, as the end of a sentence. */
export type Dereferenced = { readonly type: Class } | { readonly type?: undefined; readonly problem: string };

/** Gives the class a reference stands for. A function without `prototype`, as arrow functions are, is called; never throws. */
export function dereference(reference: unknown): Dereferenced {
  let found = reference;
  if (typeof reference === "function" && reference.prototype === undefined) {
    try {
      found = (reference as () => unknown)();
    } catch (error) {
      return { problem: `is a function that threw: ${saidBy(error)}` };
    }
  }
  if (typeof found === "function" && typeof found.prototype === "object") return { type: found as Class };
  if (found === undefined)
    return { problem: "is undefined, expected a class: when two modules import each other, write () => Class" };
  return { problem: `is ${describe(found)}, expected a class` };
}
