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

/**
 * What may wait: a whole message, of which a policy may drop all; what a handler has returned, which waits for room; what no policy may drop, because
 * it is a part or counts as sent; a ping or pong.
 */
export type WaitingKind = "message" | "reply" | "part" | "control";

export interface OutboxLimits {
  readonly outboxHighMark: number;
  readonly outboxLimit: number;
  readonly slowConsumerBytes: number;
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
  /** The peer is too slow for its own outbox: ends the session. */
  overfull(limit: "outbox"): void;
  /** The same for what all sessions may hold together; a second time, while it still holds much, the connection ends at once. */
  shed(): void;
}

/** Sends a ping or a pong, in its place among the messages. */
export type ControlFrame = (transport: Transport, done: SendCallback) => void;

/** What can be sent as a message. */
export type Sendable = Encoded | Prepared;

interface Entry {
  readonly message: Sendable | ControlFrame;
  readonly fin: boolean;
  readonly kind: WaitingKind;
  readonly bytes: number;
  readonly done: WaitingCallback | undefined;
}

const PART = Object.freeze({ fin: false });

/**
 * What a message takes beside its bytes while it waits: measured on Node 20 to 24, a frame that a socket holds takes 160 bytes of heap, and up to 450
 * with what the collector has not found yet; one that waits here, with its promise, 550 and twice that.
 */
export const MESSAGE_OVERHEAD = 512;

/** Of so many messages that the transport holds, at least one has a callback: what it holds is known that exactly. */
const MARK_EVERY = 64;

/** Text of fewer characters is not measured before it leaves. */
const LONG_TEXT = 4_096;

/** What waits before the outbox: for an encoder, or for the end of a message. */
export interface WaitingBefore {
  readonly bytes: number;
  /** With what each message takes beside its bytes. */
  readonly size: number;
}

export const NOTHING_BEFORE: WaitingBefore = Object.freeze({ bytes: 0, size: 0 });

export class Outbox implements Budgeted {
  readonly #owner: OutboxOwner;
  readonly #before: WaitingBefore;
  /** What is held back until it is flushed, where that is so. */
  held = NOTHING_BEFORE;
  #transport: Transport | undefined;
  #waiting: Entry[] | undefined;
  /** With what each message takes beside its bytes. */
  #waitingBytes = 0;
  /** Messages whose callback will let others follow. */
  #awaited = 0;
  /** Messages that the transport was given, ever; of those, how many it is known to have written, and which one had a callback last. */
  #given = 0;
  #written = 0;
  #marked = 0;
  /** Known to the budget. */
  #entered = false;
  /** Those the transport has and has not told of. */
  #sharedSent: Set<Prepared> | undefined;
  /** Those who wait for room. */
  #blocked: (() => void)[] | undefined;

  constructor(owner: OutboxOwner, before = NOTHING_BEFORE) {
    this.#owner = owner;
    this.#before = before;
  }

  connect(transport: Transport): void {
    this.#transport = transport;
  }

  get bufferedAmount(): number {
    const waiting = this.#waitingBytes - MESSAGE_OVERHEAD * (this.#waiting?.length ?? 0);
    return (this.#transport?.bufferedAmount ?? 0) + waiting + this.#before.bytes + this.held.bytes;
  }

  /** Messages among them that other sessions may hold, too; without those that a peer that reads has taken in a moment. */
  get shared(): ReadonlySet<Prepared> {
    const shared = new Set(this.#sharedSent);
    for (const { message } of this.#waiting ?? []) if (message instanceof Prepared) shared.add(message);
    return shared;
  }

  get weight(): number {
    return this.unread + this.#before.size + this.held.size;
  }

  /** What waits for the peer takes in memory. */
  get unread(): number {
    return this.#transport === undefined ? 0 : this.#held(this.#transport.bufferedAmount) + this.#waitingBytes;
  }

  /** What the transport holds takes in memory. */
  #held(bytes: number): number {
    if (bytes === 0) this.#written = this.#marked = this.#given;
    return bytes + MESSAGE_OVERHEAD * (this.#given - this.#written);
  }

  /** Whether a message may go to the transport at once. */
  takes(message: Sendable): boolean {
    if (this.#waiting !== undefined) return false;
    if (this.#awaited === 0) return true;
    const bytes = roughSizeOf(message);
    if (this.#fits(bytes)) return true;
    // Of what was sent in this tick the network may take everything yet.
    this.#transport!.flush();
    return this.#fits(bytes);
  }

  #fits(bytes: number): boolean {
    // Without a callback to come nothing would ever let it follow: a single message may be of any size.
    return (
      this.#awaited === 0 || this.#held(this.#transport!.bufferedAmount) + bytes <= this.#owner.limits.outboxHighMark
    );
  }

  /** Whether anything waits. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Gives a message to the transport, which takes it. */
  send(message: Sendable, fin: boolean, done?: SendCallback): void {
    const transport = this.#transport!;
    const bytes = roughSizeOf(message);
    const { slowConsumerBytes } = this.#owner.limits;
    const before = transport.bufferedAmount;
    if (before === 0) this.#written = this.#marked = this.#given;
    if (before + bytes > slowConsumerBytes || this.#given - this.#marked >= MARK_EVERY) {
      if (this.#held(before) + bytes > slowConsumerBytes) this.#owner.congested();
      this.#sendAwaited(message, fin, done);
    } else {
      this.#given++;
      transport.send(message, fin ? undefined : PART, done);
    }
    this.spend(bytes);
  }

  /** Gives a ping or a pong to the transport. */
  sendControl(frame: ControlFrame, done: SendCallback): void {
    this.#sendAwaited(frame, true, done);
    this.spend(0);
  }

  #sendAwaited(message: Sendable | ControlFrame, fin: boolean, done: SendCallback | undefined): void {
    const transport = this.#transport!;
    const number = ++this.#given;
    if (message instanceof Prepared) (this.#sharedSent ??= new Set()).add(message);
    const over = (error?: Error): void => {
      this.#awaited--;
      // Everything before it has left, too.
      if (number > this.#written) this.#written = number;
      if (message instanceof Prepared) this.#sharedSent!.delete(message);
      done?.(error);
      this.#goOn();
    };
    this.#marked = number;
    this.#awaited++;
    if (typeof message === "function") message(transport, over);
    else transport.send(message, fin ? undefined : PART, over);
  }

  /** Tells the budget of a message that is sent, or waits, here or before. */
  spend(bytes: number): void {
    const { budget } = this.#owner;
    if (!this.#entered) {
      this.#entered = true;
      budget.enter(this);
    }
    budget.spend(bytes + MESSAGE_OVERHEAD);
  }

  /** Keeps what the transport does not take now. Undefined when it waits; else what has become of it, and `done` is not called. */
  keep(
    message: Sendable | ControlFrame,
    fin: boolean,
    kind: WaitingKind,
    done: WaitingCallback | undefined,
  ): Overflow | undefined {
    const entry = { message, fin, kind, bytes: sizeOf(message), done };
    if (!this.#hasRoom(entry.bytes)) {
      const overflow = this.#overflow(entry);
      if (overflow !== undefined) return overflow;
    }
    (this.#waiting ??= []).push(entry);
    this.#waitingBytes += entry.bytes + MESSAGE_OVERHEAD;
    this.#owner.congested();
    this.spend(entry.bytes);
    return undefined;
  }

  /**
   * What becomes of a message that waits somewhere before the outbox, where nothing can be dropped any more. Undefined: it may wait.
   *
   * @param before Bytes that wait there already.
   */
  judge(bytes: number, before: number): Overflow | undefined {
    const { limits, policy } = this.#owner;
    if (before === 0 || before + bytes <= limits.outboxLimit) return undefined;
    if (policy === "block") return before > 2 * limits.outboxLimit ? "refused" : undefined;
    return policy === "close" ? this.#close() : this.#drop(bytes);
  }

  /** Where nothing waits, there is room for a message of any size. */
  #hasRoom(bytes: number): boolean {
    return this.#waitingBytes === 0 || this.#waitingBytes + bytes + MESSAGE_OVERHEAD <= this.#owner.limits.outboxLimit;
  }

  #overflow({ kind, bytes }: Entry): Overflow | undefined {
    const { limits, policy } = this.#owner;
    // Its handler waits until there is room.
    if (policy === "block" && kind === "reply") return undefined;
    if (policy === "block" || kind === "control") {
      if (this.#waitingBytes <= 2 * limits.outboxLimit) return undefined;
      return kind === "message" ? "refused" : this.#close();
    }
    if (kind === "part" || policy === "close") return this.#close();
    if (policy === "drop-newest") return this.#drop(bytes);
    return this.#dropOldest(bytes) ? undefined : this.#close();
  }

  #close(): Overflow {
    this.#owner.overfull("outbox");
    return "closed";
  }

  #drop(bytes: number): Overflow {
    this.#owner.sendDropped(bytes);
    return "dropped";
  }

  /** Makes room for a message of so many bytes; false when what may not be dropped leaves none. */
  #dropOldest(bytes: number): boolean {
    const waiting = this.#waiting!;
    let index = 0;
    while (!this.#hasRoom(bytes) && index < waiting.length) {
      const entry = waiting[index]!;
      if (entry.kind === "part" || entry.kind === "control") {
        index++;
        continue;
      }
      waiting.splice(index, 1);
      this.#waitingBytes -= entry.bytes + MESSAGE_OVERHEAD;
      this.#drop(entry.bytes);
      entry.done?.(undefined, true);
    }
    return this.#hasRoom(bytes);
  }

  /** Whether more waits than may: whoever is blocked waits for room. */
  get isFull(): boolean {
    return this.#waitingBytes > this.#owner.limits.outboxLimit;
  }

  /** Resolves when no more waits than may; at once when that is so. Also when the session ends. */
  room(): void | Promise<void> {
    if (!this.isFull) return undefined;
    return new Promise((resolve) => (this.#blocked ??= []).push(resolve));
  }

  /** Gives everything that waits to the transport, whatever it says: the session closes, and nothing comes behind. */
  release(): void {
    const waiting = this.#waiting ?? [];
    this.#empty();
    for (const entry of waiting) this.#pass(entry);
  }

  /** The session has ended: what waits is lost. */
  end(error: () => Error): void {
    const waiting = this.#waiting ?? [];
    this.#empty();
    for (const { done } of waiting) done?.(error(), false);
    this.#unblock();
  }

  /** The connection is over: nothing is held for it any more. */
  over(): void {
    this.#owner.budget.leave(this);
  }

  shed(): void {
    this.#owner.shed();
  }

  #goOn(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    let sent = 0;
    while (sent < waiting.length && this.#fits(waiting[sent]!.bytes)) this.#pass(waiting[sent++]!);
    if (sent === waiting.length) this.#empty();
    else if (sent > 0) {
      for (const { bytes } of waiting.splice(0, sent)) this.#waitingBytes -= bytes + MESSAGE_OVERHEAD;
    }
    if (!this.isFull) this.#unblock();
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

/** Measures a message in bytes; control frames count as none. */
export function sizeOf(message: Sendable | ControlFrame): number {
  if (typeof message === "function") return 0;
  return typeof message === "string" ? Buffer.byteLength(message) : message.length;
}

/** Near enough for short text, which has at most three bytes for each character. */
function roughSizeOf(message: Sendable): number {
  return typeof message === "string" && message.length > LONG_TEXT ? Buffer.byteLength(message) : message.length;
}
