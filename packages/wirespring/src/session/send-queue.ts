/**
 * The order in which the sends of one session leave: as they were called, also past an encoder that is at work, and never a message inside another
 * one that is unfinished (J-133, J-140). Owned by the remote endpoint; knows no transport.
 */

/** A send that may have to wait. A promise while an encoder is at work: it never rejects. */
export type SendJob = () => void | Promise<void>;

/** A message of which parts were sent, and not the last. */
export interface UnfinishedMessage {
  /** Who sends its parts. */
  readonly owner: object;
  readonly binary: boolean;
}

interface Waiting {
  readonly whole: boolean;
  readonly job: SendJob;
}

export class SendQueue {
  /** Set from the first part of a message to its last. */
  #unfinished: UnfinishedMessage | undefined;
  /** An encoder is at work. */
  #working = false;
  /** What was called meanwhile. */
  #waiting: Waiting[] | undefined;
  /** Messages that wait for the end of the unfinished one. */
  #behind: Waiting[] | undefined;

  /** Whether a message may leave at once. */
  get isFree(): boolean {
    return !this.#working && this.#unfinished === undefined && !this.#waiting?.length;
  }

  get unfinished(): UnfinishedMessage | undefined {
    return this.#unfinished;
  }

  /** How many messages wait for the end of the unfinished one. */
  get behind(): number {
    return this.#behind?.length ?? 0;
  }

  /**
   * Runs a job now, or in its turn.
   *
   * @param whole It begins a message. Otherwise it is a part of the unfinished one or a control frame, which may go between parts.
   */
  submit(whole: boolean, job: SendJob): void {
    const waiting = { whole, job };
    if (this.#working || this.#waiting?.length) (this.#waiting ??= []).push(waiting);
    else this.#take(waiting);
  }

  /** The first part of a message has left. */
  begin(message: UnfinishedMessage): void {
    this.#unfinished = message;
  }

  /** The last part has left, or none ever will: what waits goes on. */
  finish(): void {
    this.#unfinished = undefined;
    const behind = this.#behind;
    if (behind === undefined) return;
    this.#behind = undefined;
    this.#waiting = [...behind, ...(this.#waiting ?? [])];
    this.#goOn();
  }

  #take(waiting: Waiting): void {
    if (waiting.whole && this.#unfinished !== undefined) {
      (this.#behind ??= []).push(waiting);
      return;
    }
    const work = waiting.job();
    if (work === undefined) return;
    this.#working = true;
    void work.then(() => {
      this.#working = false;
      this.#goOn();
    });
  }

  #goOn(): void {
    while (!this.#working && this.#waiting?.length) this.#take(this.#waiting.shift()!);
  }
}
