/**
 * Tells a promise, of whoever's making, from any other value: what application code gives back is handled at once unless it has to be
 * waited for. Used wherever application code is called; calls nothing.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/** Makes a promise of ours: a thenable of somebody else may call back at once, or twice. */
export function settled(thenable: PromiseLike<unknown>): Promise<unknown> {
  return thenable instanceof Promise ? thenable : Promise.resolve(thenable);
}
