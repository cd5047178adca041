import { types } from "node:util";

/**
 * Tells what application code gives back: a value, handled at once, or a promise of whoever's making, which has to be waited for. Never throws,
 * whatever the value. Used wherever application code is called; calls nothing.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== "object" || value === null) return false;
  try {
    return typeof (value as { then?: unknown }).then === "function";
  } catch {
    // Waiting for it rejects with this very error.
    return true;
  }
}

/** Makes a promise of ours: a thenable of somebody else may call back at once, or twice, or throw. */
export function settled(thenable: PromiseLike<unknown>): Promise<unknown> {
  const isNative =
    types.isPromise(thenable) &&
    Object.getPrototypeOf(thenable) === Promise.prototype &&
    !Object.hasOwn(thenable, "then");
  if (isNative) return thenable as Promise<unknown>;
  return new Promise((resolve) => resolve(thenable));
}
