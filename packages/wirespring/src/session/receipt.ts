import type { SendOutcome } from "./remote-endpoint.js";
import type { SendCallback } from "./transport.js";

/** The promises of sends. Made by the remote endpoint; settled by the transport's callbacks. */

/**
 * One promise for all sends of a tick: settles when the transport has told of each of them. A failure of one rejects it; each failure is
 * counted.
 */
export class Receipt {
  readonly promise: Promise<SendOutcome>;
  readonly #failed: (error: Error) => Error;
  readonly #done: SendCallback;
  #resolve!: (outcome: SendOutcome) => void;
  #reject!: (error: Error) => void;
  #outstanding = 0;
  #complete = false;

  /** @param failed Counts a failure and gives the error that the caller sees. */
  constructor(failed: (error: Error) => Error) {
    this.#failed = failed;
    this.promise = handled(
      new Promise((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      }),
    );
    this.#done = (error) => {
      this.#outstanding--;
      if (error !== undefined && error !== null) this.#reject(this.#failed(error));
      this.#settle();
    };
  }

  expect(): SendCallback {
    this.#outstanding++;
    return this.#done;
  }

  /** The tick is over: nothing is added any more. */
  complete(): void {
    this.#complete = true;
    this.#settle();
  }

  #settle(): void {
    if (this.#complete && this.#outstanding === 0) this.#resolve("sent");
  }
}

/** A send that nobody awaits must not become an unhandled rejection; its failure has been counted. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** A promise that is settled from outside. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | Promise<T>) => void;
}

/** Makes a promise that is settled from outside. */
export function deferred<T>(): Deferred<T> {
  let resolve!: (value: T | Promise<T>) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
