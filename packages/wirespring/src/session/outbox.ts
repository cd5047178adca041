import type { Encoded } from "../codec/codec-chain.js";
import type { SlowConsumerPolicy } from "../limits.js";
import type { OutboxBudget, Budgeted } from "./outbox-budget.js";
import { Prepared, type SendCallback, type Transport } from "./transport.js";

/**
 * What waits between the remote endpoint and the network: messages go straight to the transport while it takes them, and are kept here, bounded,
 * while the peer reads too slowly. Owned by the remote endpoint; calls the transport.
 */

/** What became of a message that found the outbox full. */
export type Overflow = "closed" | "dropped" | "refused";

/** Tells, once, what became of a message that waited. */
export type WaitingCallback = (error: Error | undefined, dropped: boolean) => void;

export interface OutboxLimits {
  readonly outboxHighMark: number;
  readonly outboxLimit: number;
  readonly slowConsumerBytes: number;
  readonly maxTopics: number;
}

/** The session's side. */
export interface OutboxOwner {
  readonly limits: OutboxLimits;
  readonly policy: SlowConsumerPolicy;
  readonly budget: OutboxBudget;
  /** A message was dropped: count it. */
  sendDropped(bytes: number): void;
  /** More waits than a peer leaves that reads. */
  congested(): void;
  /** The peer is too slow for its own outbox, or for that of the process: ends the session. */
  overfull(limit: "outbox" | "process-outbox"): void;
}

/** Sends a ping or a pong, in its place among the messages. */
export type ControlFrame = (transport: Transport, done: SendCallback) => void;

/** What can be sent as a message. */
export type Sendable = Encoded | Prepared;

interface Entry {
  readonly message: Sendable | ControlFrame;
  readonly fin: boolean;
  /** A whole message: all of it may be dropped. */
  readonly whole: boolean;
  readonly bytes: number;
  readonly done: WaitingCallback | undefined;
}

const PART = Object.freeze({ fin: false });

/** What a message takes beside its bytes while it waits. */
const OVERHEAD = 64;

export class Outbox implements Budgeted {
  readonly #owner: OutboxOwner;
  #transport: Transport | undefined;
  #waiting: Entry[] | undefined;
  #waitingBytes = 0;
  /** Messages whose callback will let others follow. */
  #awaited = 0;
  /** Known to the budget. */
  #entered = false;
  /** Those who wait for room. */
  #blocked: (() => void)[] | undefined;

  constructor(owner: OutboxOwner) {
    this.#owner = owner;
  }

  connect(transport: Transport): void {
    this.#transport = transport;
  }

  get bufferedAmount(): number {
    return (this.#transport?.bufferedAmount ?? 0) + this.#waitingBytes;
  }

  /** Whether a message of this length may go to the transport at once. */
  takes(length: number): boolean {
    if (this.#waiting !== undefined) return false;
    return this.#fits(length);
  }

  #fits(length: number): boolean {
    // Without a callback to come nothing would ever let it follow: a single message may be of any size.
    return this.#awaited === 0 || this.#transport!.bufferedAmount + length <= this.#owner.limits.outboxHighMark;
  }

  /** Whether anything waits. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Gives a message to the transport, which takes it. */
  send(message: Sendable, fin: boolean, done?: SendCallback): void {
    const { budget, limits } = this.#owner;
    const transport = this.#transport!;
    const { length } = message;
    if (!this.#entered) {
      this.#entered = true;
      budget.enter(this);
    }
    const before = transport.bufferedAmount;
    if (before + length <= limits.slowConsumerBytes) transport.send(message, fin ? undefined : PART, done);
    else {
      if (this.#awaited === 0) this.#owner.congested();
      this.#sendAwaited(message, fin, done);
    }
    budget.spend(length);
  }

  #sendAwaited(message: Sendable | ControlFrame, fin: boolean, done: SendCallback | undefined): void {
    const transport = this.#transport!;
    const over = (error?: Error): void => {
      this.#awaited--;
      done?.(error);
      this.#goOn();
    };
    this.#awaited++;
    if (typeof message === "function") message(transport, over);
    else transport.send(message, fin ? undefined : PART, over);
  }

  /**
   * Keeps a message that the transport does not take now. Undefined when it waits; else what has become of it, and `done` is not called.
   *
   * @param whole False for a part, which is never dropped.
   */
  keep(
    message: Sendable | ControlFrame,
    fin: boolean,
    whole: boolean,
    done: WaitingCallback | undefined,
  ): Overflow | undefined {
    const bytes = typeof message === "string" ? Buffer.byteLength(message) : message.length;
    const entry = { message, fin, whole, bytes, done };
    if (!this.#hasRoom(bytes)) {
      const overflow = this.#overflow(entry);
      if (overflow !== undefined) return overflow;
    }
    (this.#waiting ??= []).push(entry);
    this.#waitingBytes += bytes + OVERHEAD;
    this.#owner.budget.spend(bytes);
    return undefined;
  }

  #hasRoom(bytes: number): boolean {
    return this.#waitingBytes + bytes + OVERHEAD <= this.#owner.limits.outboxLimit;
  }

  #overflow(entry: Entry): Overflow | undefined {
    const { limits, policy } = this.#owner;
    if (policy === "block") return this.#waitingBytes > 2 * limits.outboxLimit ? "refused" : undefined;
    if (entry.whole && policy === "drop-newest") {
      this.#owner.sendDropped(entry.bytes);
      return "dropped";
    }
    if (entry.whole && policy === "drop-oldest" && this.#dropOldest(entry.bytes)) return undefined;
    this.#owner.overfull("outbox");
    return "closed";
  }

  /** Makes room for a message of so many bytes; false when it is larger than everything that may be dropped. */
  #dropOldest(bytes: number): boolean {
    const waiting = this.#waiting ?? [];
    let index = 0;
    while (!this.#hasRoom(bytes) && index < waiting.length) {
      const entry = waiting[index]!;
      if (!entry.whole) {
        index++;
        continue;
      }
      waiting.splice(index, 1);
      this.#waitingBytes -= entry.bytes + OVERHEAD;
      this.#owner.sendDropped(entry.bytes);
      entry.done?.(undefined, true);
    }
    return this.#hasRoom(bytes);
  }

  /** Resolves when less waits than the outbox may hold; at once when that is so. Also when the session ends. */
  room(): void | Promise<void> {
    if (this.#hasRoom(0)) return undefined;
    return new Promise((resolve) => (this.#blocked ??= []).push(resolve));
  }

  /** Gives everything that waits to the transport, whatever it says: the session closes, and nothing comes behind. */
  release(): void {
    const waiting = this.#waiting ?? [];
    this.#empty();
    for (const entry of waiting) this.#pass(entry);
  }

  /** The session has ended: what waits is lost. */
  end(error: Error): void {
    const waiting = this.#waiting ?? [];
    this.#empty();
    this.#owner.budget.leave(this);
    for (const { done } of waiting) done?.(error, false);
    this.#unblock();
  }

  shed(): void {
    this.#owner.overfull("process-outbox");
  }

  #goOn(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    let sent = 0;
    while (sent < waiting.length && this.#fits(waiting[sent]!.bytes)) this.#pass(waiting[sent++]!);
    if (sent === waiting.length) this.#empty();
    else if (sent > 0) {
      for (const { bytes } of waiting.splice(0, sent)) this.#waitingBytes -= bytes + OVERHEAD;
    }
    if (this.#hasRoom(0)) this.#unblock();
  }

  #pass({ message, fin, done }: Entry): void {
    this.#sendAwaited(message, fin, done && ((error) => done(error, false)));
  }

  #empty(): void {
    this.#waiting = undefined;
    this.#waitingBytes = 0;
  }

  #unblock(): void {
    for (const resolve of this.#blocked?.splice(0) ?? []) resolve();
  }
}
