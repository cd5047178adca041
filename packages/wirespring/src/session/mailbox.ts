/**
 * What waits between a transport and the handlers of one session: messages in order, so many at a time, bounded. No I/O:
 * the dispatcher hands in what arrived and is told what to handle, when to pause the transport and when everything has ended.
 */

/**
 * What waits: a whole message of a kind, a part of one, a message that is read as a stream, or a failure of the transport, which keeps its place
 * among them.
 */
export type LetterKind = "text" | "binary" | "pong" | "part" | "stream" | "failure";

/** What a letter holds; `length` is what it counts for, in bytes, `held` what it holds beside that and may grow. */
export type LetterBody = { readonly length: number; readonly held?: number } | Error;

export interface MailboxOwner {
  /** The time, milliseconds: a call goes on. */
  goesOn(): number;
  /** Handles a letter. Never throws; a promise never rejects and tells that the handling goes on. */
  handle(kind: LetterKind, body: LetterBody): void | Promise<void>;
  /** The mailbox is full: let nothing more arrive. */
  full(): void;
  /** There is room again. */
  drained(): void;
}

export interface MailboxLimits {
  readonly mailboxMessages: number;
  readonly mailboxBytes: number;
}

interface Letter {
  readonly kind: LetterKind;
  readonly body: LetterBody;
}

export class Mailbox {
  readonly #owner: MailboxOwner;
  readonly #limits: MailboxLimits;
  readonly #concurrency: number;
  /** Made at the first letter that has to wait: most sessions never need it. */
  #waiting: Letter[] | undefined;
  #waitingBytes = 0;
  /** Of what waits, those whose size may change. */
  #waitingStreams = 0;
  #running = 0;
  /** Counted only where several are handled at a time: what runs is held in memory as much as what waits. */
  #runningBytes = 0;
  /** The same. What a stream holds is not known here: they are bounded by their number, as those that wait. */
  #runningStreams = 0;
  /** Nothing is handled before `release`: `@OnOpen` has not settled. */
  #held = true;
  #full = false;
  #whenIdle: (() => void) | undefined;
  #settled: (() => void) | undefined;
  /** When the call was made that goes on; undefined where it reads a stream, which takes the time that the peer takes. */
  #since: number | undefined;
  /** The same of all calls that go on, where several may; made with the first. */
  #calls: Set<{ readonly since: number }> | undefined;

  constructor(owner: MailboxOwner, limits: MailboxLimits, concurrency: number) {
    this.#owner = owner;
    this.#limits = limits;
    this.#concurrency = concurrency;
  }

  /** Takes a letter in: handled at once, synchronously, when nothing is before it; else kept in order. */
  accept(kind: LetterKind, body: LetterBody): void {
    if (!this.#held && this.#running < this.#concurrency && !this.#waiting?.length) {
      this.#handle(kind, body);
      this.#checkFull();
      if (this.#whenIdle !== undefined || this.#waiting?.length) this.#goOn();
      return;
    }
    (this.#waiting ??= []).push({ kind, body });
    this.#waitingBytes += sizeOf(body);
    if (kind === "stream") this.#waitingStreams++;
    this.#checkFull();
  }

  /** Something that waits holds more than before. */
  grown(): void {
    if (this.#waitingStreams > 0) this.#checkFull();
  }

  /** Whether it has asked to let nothing more arrive. */
  get isFull(): boolean {
    return this.#full;
  }

  /** Whether nothing waits and nothing is being handled. */
  get isIdle(): boolean {
    return this.#running === 0 && !this.#waiting?.length;
  }

  /** When the call was made that goes on longest, but for those that read a stream; undefined when there is none. */
  get oldestCall(): number | undefined {
    if (this.#concurrency > 1) return this.#calls?.values().next().value?.since;
    return this.#running > 0 ? this.#since : undefined;
  }

  /** Starts handling what has arrived. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#goOn();
  }

  /** Throws out what waits, telling of each letter; what is being handled goes on. */
  clear(dropped: (kind: LetterKind, body: LetterBody) => void): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#waitingBytes = 0;
    this.#waitingStreams = 0;
    if (waiting) for (const letter of waiting) dropped(letter.kind, letter.body);
  }

  /**
   * Calls `task` once, as soon as nothing waits and nothing is being handled; at once if that is so already. A later call replaces a task
   * that is still waiting.
   */
  whenIdle(task: () => void): void {
    this.#whenIdle = task;
    this.#goOn();
  }

  /** Gives up on handlers that still run: what they end with has no effect here any more. */
  abandon(): void {
    this.#settled = undefined;
    this.#calls?.clear();
    this.#running = 0;
    this.#runningBytes = 0;
    this.#runningStreams = 0;
    this.#held = false;
    this.#goOn();
  }

  #handle(kind: LetterKind, body: LetterBody): void {
    this.#running++;
    const result = this.#owner.handle(kind, body);
    if (result === undefined) {
      this.#running--;
      return;
    }
    const settled = (this.#settled ??= this.#makeSettled());
    if (this.#concurrency === 1) {
      this.#since = kind === "stream" ? undefined : this.#owner.goesOn();
      void result.then(settled);
      return;
    }
    const call = { since: this.#owner.goesOn() };
    if (kind !== "stream") (this.#calls ??= new Set()).add(call);
    const size = sizeOf(body);
    const streams = kind === "stream" ? 1 : 0;
    this.#runningBytes += size;
    this.#runningStreams += streams;
    void result.then(() => {
      this.#calls?.delete(call);
      if (this.#settled === settled) {
        this.#runningBytes -= size;
        this.#runningStreams -= streams;
      }
      settled();
    });
  }

  /** One closure for all promises of this mailbox, replaced by `abandon` so that late ones are not counted twice. */
  #makeSettled(): () => void {
    const settled = (): void => {
      if (this.#settled !== settled) return;
      this.#running--;
      this.#goOn();
    };
    return settled;
  }

  #checkFull(): void {
    if (this.#full || !this.#isOver(this.#limits.mailboxMessages, this.#limits.mailboxBytes)) return;
    this.#full = true;
    this.#owner.full();
  }

  #goOn(): void {
    while (!this.#held && this.#running < this.#concurrency && this.#waiting?.length) {
      const letter = this.#waiting.shift()!;
      this.#waitingBytes -= sizeOf(letter.body);
      if (letter.kind === "stream") this.#waitingStreams--;
      this.#handle(letter.kind, letter.body);
    }
    if (this.#full && !this.#isOver(this.#limits.mailboxMessages / 2, this.#limits.mailboxBytes / 2)) {
      this.#full = false;
      this.#owner.drained();
    }
    if (this.#whenIdle === undefined || this.#held || this.#running > 0 || this.#waiting?.length) return;
    const task = this.#whenIdle;
    this.#whenIdle = undefined;
    task();
  }

  #isOver(messages: number, bytes: number): boolean {
    const count = (this.#waiting?.length ?? 0) + this.#runningStreams;
    return count >= messages || this.#waitingBytes + this.#runningBytes + this.#heldByStreams() >= bytes;
  }

  #heldByStreams(): number {
    let sum = 0;
    if (this.#waitingStreams > 0)
      for (const { kind, body } of this.#waiting!) if (kind === "stream") sum += (body as { held?: number }).held ?? 0;
    return sum;
  }
}

function sizeOf(body: LetterBody): number {
  return body instanceof Error ? 0 : body.length;
}
