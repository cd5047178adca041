import { MESSAGE_OVERHEAD } from "./outbox.js";

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
  readonly size: number;
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
  #size = 0;
  #ended = false;

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

  /** Bytes of the messages that wait here, as far as they are known. */
  get bytes(): number {
    return this.#size - MESSAGE_OVERHEAD * ((this.#waiting?.length ?? 0) + this.behind);
  }

  /** What they take in memory. */
  get size(): number {
    return this.#size;
  }

  /**
   * Runs a job now, or in its turn. True: it waits for that.
   *
   * @param whole It begins a message. Otherwise it is a part of the unfinished one or a control frame, which may go between parts.
   * @param bytes Of the message, as far as they are known.
   */
  submit(whole: boolean, job: SendJob, bytes = 0): boolean {
    const waiting = { whole, job, size: bytes + MESSAGE_OVERHEAD };
    if (this.#ended) void job();
    else if (this.#working || this.#waiting?.length) return this.#wait((this.#waiting ??= []), waiting);
    else if (whole && this.#unfinished !== undefined) return this.#wait((this.#behind ??= []), waiting);
    else this.#run(job);
    return false;
  }

  #wait(line: Waiting[], waiting: Waiting): true {
    line.push(waiting);
    this.#size += waiting.size;
    return true;
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

  /** The session has ended: whatever waits is told by being run, also behind an encoder that never ends. */
  end(): void {
    const waiting = [...(this.#behind ?? []), ...(this.#waiting ?? [])];
    this.#ended = true;
    this.#unfinished = this.#behind = this.#waiting = undefined;
    this.#size = 0;
    for (const { job } of waiting) void job();
  }

  #run(job: SendJob): void {
    const work = job();
    if (work === undefined) return;
    this.#working = true;
    void work.then(() => {
      this.#working = false;
      this.#goOn();
    });
  }

  #goOn(): void {
    while (!this.#working && this.#waiting?.length) {
      const waiting = this.#waiting.shift()!;
      if (waiting.whole && this.#unfinished !== undefined) {
        (this.#behind ??= []).push(waiting);
        continue;
      }
      this.#size -= waiting.size;
      this.#run(waiting.job);
    }
  }
}
