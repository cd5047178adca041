import { AsyncLocalStorage, createHook, type AsyncHook } from "node:async_hooks";

/**
 * Knows which timers of Node an application has set and neither cleared nor let run: an interval of a connection that is gone, most often.
 * Made by the test application, which enters it whenever it calls the application; asked by the leak report.
 */

interface SetTimer {
  readonly delay: number;
  readonly repeats: boolean;
  /** Where it was set. */
  readonly stack: string;
}

/** What Node calls a timer, as far as it lets us see. */
interface TimerResource {
  readonly _idleTimeout?: number;
  readonly _repeat?: number | null;
}

const entered = new AsyncLocalStorage<TimerWatch>();

export class TimerWatch {
  readonly #timers = new Map<number, { readonly resource: TimerResource; readonly error: Error }>();
  readonly #hook: AsyncHook = createHook({
    init: (id, type, _trigger, resource) => {
      if (type !== "Timeout" || entered.getStore() !== this) return;
      this.#timers.set(id, { resource, error: new Error("set here") });
    },
    destroy: (id) => void this.#timers.delete(id),
  });
  readonly #isOn: boolean;

  /** @param isOn Whether it looks; while it does, every promise of the process costs several times as much. */
  constructor(isOn: boolean) {
    this.#isOn = isOn;
    if (isOn) this.#hook.enable();
  }

  /** Runs something of which timers are known, also those that are set later on in consequence of it. */
  enter<T>(task: () => T): T {
    return this.#isOn ? entered.run(this, task) : task();
  }

  /** Those that are set now. */
  get timers(): readonly SetTimer[] {
    return [...this.#timers.values()].map(({ resource, error }) => ({
      delay: resource._idleTimeout ?? 0,
      repeats: typeof resource._repeat === "number",
      stack: error.stack ?? "",
    }));
  }

  /** Looks no more. */
  end(): void {
    this.#hook.disable();
  }
}
