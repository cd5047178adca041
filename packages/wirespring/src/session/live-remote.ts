import type { Writable } from "node:stream";
import { bytesOf, type Encoded } from "../codec/codec-chain.js";
import { asError, describe, illegalArgument } from "../errors.js";
import { PartSends, type PartsHome } from "./part-sends.js";
import { PublishedSends, type PublishedHome, type SessionFeed } from "./published-sends.js";
import { deferred, handled, Receipt } from "./receipt.js";
import { NOTHING_BEFORE, Outbox, sizeOf } from "./outbox.js";
import type { ControlFrame, OutboxOwner, Overflow, Sendable, WaitingKind } from "./outbox.js";
import { RemoteEndpoint, type SendOutcome } from "./remote-endpoint.js";
import { RunningEncoders } from "./running-encoders.js";
import { SendBatch } from "./send-batch.js";
import { couldNotSend, ended, notOpen, outboxFull, unfitForControl } from "./send-errors.js";
import { SendQueue, type SendJob } from "./send-queue.js";
import type { SessionException } from "./session-exception.js";
import type { Session } from "./session.js";
import { TimedSends, type TimedSendsOwner } from "./timed-sends.js";
import type { SendCallback, Transport } from "./transport.js";

/**
 * The sending side over a transport. Called by the application and, for returned values, by the dispatcher; calls the transport, in the order that
 * its `SendQueue` keeps.
 */

const DROPPED = Promise.resolve<SendOutcome>("dropped");

export interface RemoteOwner extends OutboxOwner, TimedSendsOwner {
  readonly limits: OutboxOwner["limits"] & { readonly maxTopics: number };
  /** Stands for the encoders: sessions with the same encode a value to the same message. */
  readonly encoders: object;
  /** Turns a value into a message; throws or rejects when it cannot. */
  encode(value: unknown): Encoded | Promise<Encoded>;
  /** Something was sent. */
  active(): void;
  /** A ping of the application leaves: its pong is no flood. */
  pinged(): void;
  /** A message that has begun will never end: close the session. */
  unfinishable(): void;
}

export class LiveRemote extends RemoteEndpoint {
  readonly #session: Session;
  readonly #owner: RemoteOwner;
  readonly #queue = new SendQueue();
  readonly #outbox: Outbox;
  /** Set when the session opens; nothing is sent before. */
  #transport: Transport | undefined;
  /** The promise of all sends of this tick. */
  #receipt: Receipt | undefined;
  #batch: SendBatch | undefined;
  #sendTimeout: number;
  /** Set while the session is subscribed to a topic. */
  feed: SessionFeed | undefined;
  #published: PublishedSends | undefined;
  #parts: PartSends | undefined;
  readonly #encoders = new RunningEncoders();
  /** One for all replies, which have no promise: counts those that are lost. */
  #replied: SendCallback | undefined;
  readonly #times: TimedSends;

  constructor(session: Session, owner: RemoteOwner, sendTimeout: number) {
    super();
    this.#session = session;
    this.#owner = owner;
    this.#sendTimeout = sendTimeout;
    this.#outbox = new Outbox(owner, this.#queue);
    this.#times = new TimedSends(session, owner);
  }

  /** Called by the session when it opens. */
  connect(transport: Transport): void {
    this.#transport = transport;
    this.#outbox.connect(transport);
  }

  /** The session closes: what waits and what is held leaves before the close frame. */
  release(): void {
    this.#catchUp();
    this.#letGo();
    this.#outbox.release();
  }

  /** Called by the session when it has ended: what waits fails, what is held is lost. */
  end(): void {
    this.feed?.end();
    for (const _ of this.#batch?.take() ?? []) this.#owner.sendFailed(this.closedError());
    this.#outbox.end(() => this.closedError());
    this.#queue.end();
    this.#encoders.end(() => this.closedError());
    this.#parts?.end(() => this.closedError());
  }

  /** Called by the dispatcher when the connection is over. */
  over(): void {
    this.#outbox.over();
  }

  get bufferedAmount(): number {
    return this.#outbox.bufferedAmount;
  }

  /** What waits for the peer, not for the application, as it takes memory. */
  get unread(): number {
    return this.#outbox.unread;
  }

  /** Whether handlers wait until there is room for what they have returned. */
  get isBlocked(): boolean {
    return this.#owner.policy === "block" && this.#outbox.isFull;
  }

  get sendTimeout(): number {
    return this.#sendTimeout;
  }

  set sendTimeout(milliseconds: number) {
    this.#mutable("sendTimeout");
    if (typeof milliseconds !== "number" || Number.isNaN(milliseconds))
      throw illegalArgument(`sendTimeout must be a number of milliseconds, found ${describe(milliseconds)}`);
    this.#sendTimeout = milliseconds;
  }

  get batchingAllowed(): boolean {
    return this.#batch !== undefined;
  }

  set batchingAllowed(allowed: boolean) {
    this.#mutable("batchingAllowed");
    if (allowed) this.#outbox.held = this.#batch ??= new SendBatch();
    else if (this.#batch !== undefined) {
      this.#letGo();
      this.#batch = undefined;
      this.#outbox.held = NOTHING_BEFORE;
    }
  }

  /** What is held was sent before whatever waits for its turn. */
  #letGo(): void {
    if (this.#batch !== undefined && this.#openTransport() !== undefined) void this.#flush();
  }

  override flushBatch(): Promise<SendOutcome> {
    return this.#timed(this.#inTurn(false, () => this.#flush()));
  }

  override sendText(text: string, last?: boolean): Promise<SendOutcome> {
    if (typeof text !== "string")
      return this.#fail(illegalArgument(`sendText takes a string, found ${describe(text)}`));
    if (last !== undefined) return this.#sendPart("sendText", text, last);
    this.#catchUp();
    return this.#timed(this.#queue.isFree ? this.#hand(text) : this.#handLater(text));
  }

  override sendBinary(bytes: ArrayBuffer | ArrayBufferView, last?: boolean): Promise<SendOutcome> {
    const view = bytesOf(bytes);
    if (view === undefined)
      return this.#fail(
        illegalArgument(`sendBinary takes an ArrayBuffer or a view of one, such as a Buffer, found ${describe(bytes)}`),
      );
    if (last !== undefined) return this.#sendPart("sendBinary", view, last);
    this.#catchUp();
    return this.#timed(this.#queue.isFree ? this.#hand(view) : this.#handLater(view));
  }

  /** @param handler None: what Jakarta's `SendHandler` and the callback of `ws` are for, the promise is. */
  override sendObject(value: unknown, handler?: unknown): Promise<SendOutcome> {
    if (value === undefined || value === null)
      return this.#fail(illegalArgument(`sendObject takes a value, found ${describe(value)}`));
    // An index, as from `forEach`, is no handler.
    if (typeof handler === "function" || handler === null)
      return this.#fail(illegalArgument(`sendObject takes no handler, its promise is one, found ${describe(handler)}`));
    this.#catchUp();
    const overflow = this.#outbox.judge(0, this.#queue.size);
    if (overflow !== undefined) return this.#overflowed(overflow);
    const outcome = deferred<SendOutcome>();
    this.#submit(true, () => this.#sendValue(value, outcome.resolve));
    return this.#timed(handled(outcome.promise));
  }

  override sendPing(applicationData?: Uint8Array): Promise<SendOutcome> {
    return this.#control("sendPing", applicationData, (transport, data, done) => {
      this.#owner.pinged();
      transport.ping(data, done);
    });
  }

  override sendPong(applicationData?: Uint8Array): Promise<SendOutcome> {
    return this.#control("sendPong", applicationData, (transport, data, done) => transport.pong(data, done));
  }

  override textWriter(): Writable {
    this.#mutable("textWriter");
    return this.#partSends().writer(false);
  }

  override binaryWriter(): Writable {
    this.#mutable("binaryWriter");
    return this.#partSends().writer(true);
  }

  /** How many messages wait for the end of an unfinished one; undefined when there is none. */
  get behindUnfinished(): number | undefined {
    return this.#queue.unfinished === undefined ? undefined : this.#queue.behind;
  }

  /**
   * Sends what a handler has returned, without a promise unless it has to wait for its turn, or for room where the outbox blocks. False: the session
   * is not open any more, nothing was sent.
   */
  transmit(message: Sendable): boolean | Promise<boolean> {
    this.#catchUp();
    if (this.#queue.isFree) return this.#transmitNow(message);
    const sent = deferred<boolean>();
    this.#submit(true, () => sent.resolve(this.#transmitNow(message)), sizeOf(message));
    return sent.promise;
  }

  /** The same for what an encoder is still at work on: it keeps its place. Rejects with the encoder's error. */
  transmitLater(encoding: Promise<Sendable>): Promise<boolean> {
    this.#catchUp();
    const sent = deferred<boolean>();
    const encoded = handled(this.#encoders.untilEnd(encoding));
    this.#submit(true, () =>
      encoded.then(
        (message) => sent.resolve(this.#transmitNow(message)),
        (error) => sent.resolve(Promise.reject(asError(error))),
      ),
    );
    return sent.promise;
  }

  // Called by what is published

  /** The way of messages that go to others, too. */
  get published(): PublishedSends {
    return (this.#published ??= new PublishedSends(this.#home()));
  }

  get encoders(): object {
    return this.#owner.encoders;
  }

  get limits(): RemoteOwner["limits"] {
    return this.#owner.limits;
  }

  /** Turns a value into a message, as `sendObject` does. */
  encode(value: unknown): Encoded | Promise<Encoded> {
    return this.#owner.encode(value);
  }

  #partSends(): PartSends {
    return (this.#parts ??= new PartSends(this.#home()));
  }

  /** What those are given who send something of their own kind. */
  #home(): PublishedHome & PartsHome {
    return {
      queue: this.#queue,
      outbox: this.#outbox,
      isOpen: () => this.#openTransport() !== undefined,
      catchUp: () => this.#catchUp(),
      active: () => this.#owner.active(),
      refuse: (error) => this.#fail(error),
      failed: (cause) => this.#failed(cause),
      closedError: () => this.closedError(),
      fullError: () => outboxFull(this.#session),
      isBatching: () => this.batchingAllowed,
      hold: (message) => this.#hold(message, true),
      flushHeld: () => this.#letGo(),
      handPart: (part, last) => this.#hand(part, last, "part"),
      keepPart: (part, last, done) => this.#keepPart(part, last, done),
      submit: (whole, job, bytes) => this.#submit(whole, job, bytes),
      unfinishable: () => this.#owner.unfinishable(),
    };
  }

  #catchUp(): void {
    if (this.feed !== undefined && this.feed.isDue) this.feed.catchUp();
  }

  #transmitNow(message: Sendable): boolean | Promise<boolean> {
    if (this.#openTransport() === undefined) return false;
    this.#owner.active();
    if (this.#batch !== undefined) this.#hold(message, true);
    else if (this.#outbox.takes(message)) this.#outbox.send(message, true, this.#whenReplied());
    else {
      if (this.#outbox.keep(message, true, "reply", this.#whenReplied()) === "closed") return false;
      const room = this.#owner.policy === "block" ? this.#outbox.room() : undefined;
      if (room !== undefined) return room.then(() => true);
    }
    return true;
  }

  #whenReplied(): SendCallback {
    return (this.#replied ??= Object.assign((error?: Error) => void (error && this.#failed(error)), {
      isLasting: true as const,
    }));
  }

  /** Hands a message over when the encoder or the message before it has ended: as bounded as the outbox. */
  #handLater(message: Encoded): Promise<SendOutcome> {
    const bytes = sizeOf(message);
    const overflow = this.#outbox.judge(bytes, this.#queue.size);
    return overflow === undefined ? this.#inTurn(true, () => this.#hand(message), bytes) : this.#overflowed(overflow);
  }

  #hand(message: Encoded, fin = true, kind: WaitingKind = "message"): Promise<SendOutcome> {
    if (this.#openTransport() === undefined) return this.#fail(this.closedError());
    this.#owner.active();
    if (this.#batch === undefined && !this.#outbox.takes(message)) return this.#keep(message, fin, kind);
    const receipt = this.#openReceipt();
    const done = receipt.expect();
    if (this.#batch === undefined) this.#outbox.send(message, fin, done);
    else {
      process.nextTick(done);
      this.#hold(message, fin);
    }
    return receipt.promise;
  }

  /** The peer reads too slowly: the message waits, or the policy of the endpoint says what becomes of it. */
  #keep(message: Encoded | ControlFrame, fin: boolean, kind: WaitingKind): Promise<SendOutcome> {
    const outcome = deferred<SendOutcome>();
    const overflow = this.#outbox.keep(message, fin, kind, (error, dropped) =>
      outcome.resolve(error === undefined ? (dropped ? "dropped" : "sent") : Promise.reject(this.#failed(error))),
    );
    return overflow === undefined ? handled(outcome.promise) : this.#overflowed(overflow);
  }

  #overflowed(overflow: Overflow): Promise<SendOutcome> {
    if (overflow === "dropped") return DROPPED;
    return this.#fail(overflow === "refused" ? outboxFull(this.#session) : this.closedError());
  }

  #hold(message: Sendable, fin: boolean): void {
    this.#outbox.spend(sizeOf(message));
    if (this.#batch!.hold(message, fin)) void this.#flush();
  }

  #flush(): Promise<SendOutcome> {
    const transport = this.#openTransport();
    if (transport === undefined) return this.#fail(this.closedError());
    const receipt = this.#openReceipt();
    for (const { message, fin } of this.#batch?.take() ?? []) {
      if (!this.#session.isOpen) this.#owner.sendFailed(this.closedError());
      else if (this.#outbox.takes(message)) this.#outbox.send(message, fin, receipt.expect());
      else this.#keepPart(message, fin, receipt.expect());
    }
    transport.flush();
    return receipt.promise;
  }

  /** Keeps what no policy drops: parts, and what counts as sent already. */
  #keepPart(message: Sendable, fin: boolean, done: SendCallback): void {
    if (this.#outbox.keep(message, fin, "part", (error) => done(error)) !== undefined)
      process.nextTick(done, this.closedError());
  }

  #openTransport(): Transport | undefined {
    return this.#session.isOpen ? this.#transport : undefined;
  }

  #sendPart(method: string, data: Encoded, last: boolean): Promise<SendOutcome> {
    if (typeof last !== "boolean")
      return this.#fail(illegalArgument(`${method}: last must be true or false, found ${describe(last)}`));
    return this.#timed(this.#inTurn(false, () => this.#partSends().send(method, data, last), sizeOf(data)));
  }

  #control(
    method: string,
    data: Uint8Array | undefined,
    send: (transport: Transport, data: Uint8Array | undefined, done: SendCallback) => void,
  ): Promise<SendOutcome> {
    const fault = unfitForControl(method, data);
    if (fault !== undefined) return this.#fail(fault);
    const sending = this.#inTurn(false, () => {
      if (this.#openTransport() === undefined) return this.#fail(this.closedError());
      this.#letGo();
      this.#owner.active();
      const frame: ControlFrame = (later, sent) => send(later, data, sent);
      if (!this.#outbox.takes(data ?? "")) return this.#keep(frame, true, "control");
      const receipt = this.#openReceipt();
      this.#outbox.sendControl(frame, receipt.expect());
      return receipt.promise;
    });
    return this.#timed(sending);
  }

  #sendValue(value: unknown, settle: (outcome: Promise<SendOutcome>) => void): void | Promise<void> {
    let encoded: Encoded | Promise<Encoded>;
    try {
      encoded = this.#owner.encode(value);
    } catch (error) {
      return settle(this.#fail(asError(error)));
    }
    if (typeof encoded === "string" || encoded instanceof Uint8Array) return settle(this.#hand(encoded));
    return this.#encoders.untilEnd(encoded).then(
      (message) => settle(this.#hand(message)),
      (error) => settle(this.#fail(asError(error))),
    );
  }

  /** Sends now, or as soon as everything that was sent before has been handed over. */
  #inTurn(whole: boolean, send: () => Promise<SendOutcome>, bytes?: number): Promise<SendOutcome> {
    this.#catchUp();
    const outcome = deferred<SendOutcome>();
    this.#submit(whole, () => outcome.resolve(send()), bytes);
    return handled(outcome.promise);
  }

  #submit(whole: boolean, job: SendJob, bytes = 0): void {
    if (this.#queue.submit(whole, job, bytes)) this.#outbox.spend(bytes);
  }

  #timed(sending: Promise<SendOutcome>): Promise<SendOutcome> {
    return this.#sendTimeout > 0 ? this.#times.limit(sending, this.#sendTimeout) : sending;
  }

  #openReceipt(): Receipt {
    // Where a send has a time of its own, its failure must be told from that of the others.
    if (this.#receipt !== undefined && !(this.#sendTimeout > 0)) return this.#receipt;
    const receipt = new Receipt((error) => this.#failed(error));
    this.#receipt = receipt;
    process.nextTick(() => {
      if (this.#receipt === receipt) this.#receipt = undefined;
      receipt.complete();
    });
    return receipt;
  }

  #fail(error: Error): Promise<SendOutcome> {
    this.#times.count(error);
    return handled(Promise.reject(error));
  }

  #failed(cause: Error): Error {
    const error = couldNotSend(this.#session, cause);
    this.#times.count(error);
    return error;
  }

  #mutable(member: string): void {
    if (!this.#session.isOpen && this.#transport !== undefined) throw ended(this.#session, member);
  }

  /** What a send on a session that is not open fails with. */
  closedError(): SessionException {
    return notOpen(this.#session);
  }
}
