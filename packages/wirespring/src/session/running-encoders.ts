import type { Sendable } from "./outbox.js";

/** The encoders that are at work for one session: nobody waits for them longer than the session lasts. Owned by the remote endpoint. */
export class RunningEncoders {
  /** Made with the first that is not synchronous. */
  #waiting: Set<(error: Error) => void> | undefined;

  /** Gives what an encoder makes. Rejects with its error, or when the session ends first. */
  untilEnd<T extends Sendable>(encoding: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = (this.#waiting ??= new Set());
      waiting.add(reject);
      void encoding.then(resolve, reject).then(() => waiting.delete(reject));
    });
  }

  /** The session has ended. */
  end(error: () => Error): void {
    for (const reject of this.#waiting ?? []) reject(error());
  }
}
