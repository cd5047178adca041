/**
 * Waits for an application's `AbortSignal`: one listener for all of them, because Node warns of a leak when one signal has more than ten, and an
 * application may end a hundred connections by one. Used by what an application gives a signal to.
 */

const waits = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `task` when the signal is aborted, which it is not yet. Gives what ends the wait. */
export function whenAborted(signal: AbortSignal, task: () => void): () => void {
  const tasks = waits.get(signal) ?? listen(signal);
  // A wait of its own, also where two have the same task.
  const wait = (): void => task();
  tasks.add(wait);
  return () => void tasks.delete(wait);
}

function listen(signal: AbortSignal): Set<() => void> {
  const tasks = new Set<() => void>();
  const abort = (): void => {
    for (const task of tasks) task();
    tasks.clear();
  };
  signal.addEventListener("abort", abort, { once: true });
  waits.set(signal, tasks);
  return tasks;
}
