import type { MessageHandler, MessageHandlers } from "../endpoint/handler.js";
import { CloseCodes, CloseReason } from "../close-reason.js";
import type { Clock } from "../clock.js";
import type { LimitName } from "../diagnostics.js";
import type { Limits } from "../limits.js";
import type { IncomingHome, IncomingMessage } from "../session/incoming-message.js";
import { HoldReason, InputHolds } from "../session/input-holds.js";
import type { LiveSession } from "../session/live-session.js";
import type { AnyMessageListener } from "../session/message-listener.js";
import { Mailbox, type LetterBody, type LetterKind, type MailboxOwner } from "../session/mailbox.js";
import { PartedMessage, type MessagePart } from "../session/parted-message.js";
import { PongMessage } from "../session/pong-message.js";
import type { RecipientCount } from "../session/recipient-count.js";
import { connectionFailed, sessionFailure } from "../session/session-exception.js";
import { StreamedMessage } from "../session/streamed-message.js";
import { TokenBucket } from "../session/token-bucket.js";
import type { Delivery, Transport, TransportSink } from "../session/transport.js";
import type { CallsHome, HandlerCalls } from "./handler-calls.js";
import { HandlerTable } from "./handler-table.js";
import { MessageRate } from "./message-rate.js";
import { Turn } from "./turn.js";

/**
 * The receiving side of one session: what its transport gives goes into the mailbox and from there to the handlers, and input stands still while it
 * must. Made and ended by the dispatcher; calls the handlers through `HandlerCalls`.
 */

/** What all sessions of an endpoint share. */
export interface InboxHome extends CallsHome {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly recipients: RecipientCount;
}

/** The session's dispatcher. */
export interface InboxOwner {
  readonly session: LiveSession;
  /** Set as soon as the session ends. */
  readonly reason: CloseReason | undefined;
  close(reason: CloseReason): Promise<void>;
  /** The connection is over. */
  closed(reason: CloseReason, clean: boolean): void;
  /** A message, ping or pong has arrived. */
  active(): void;
  /** A whole message has begun, of which the rest is still to come. */
  incomplete(): void;
  /** The rest has come. */
  complete(): void;
  /** A handler goes on, that was called now. */
  called(now: number): void;
  /** Whether a pong answers a ping that the application did not send. */
  isHeartbeat(pong: Buffer): boolean;
  /** The peer has broken a bound: ends the session. */
  broke(limit: LimitName, reason: CloseReason): void;
}

/** So many calls of one session run at a time where the endpoint has set no bound: messages may be empty, so that their bytes bound nothing. */
const MOST_UNORDERED = 1_024;

/** Handed out by `begin`; read before the next call. */
const delivery = { parts: false, maxBytes: 0 };

export class Inbox implements TransportSink, MailboxOwner, IncomingHome {
  readonly holds: InputHolds;
  readonly #home: InboxHome;
  readonly #owner: InboxOwner;
  readonly #mailbox: Mailbox;
  readonly #calls: HandlerCalls;
  /** The endpoint's, until the session adds or removes one. */
  #handlers: MessageHandlers;
  #table: HandlerTable | undefined;
  /** The message in parts, or to be streamed, of which more frames may come. */
  #incoming: IncomingMessage | undefined;
  #isIncomplete = false;
  /** Made with the first message. */
  #turn: Turn | undefined;
  /** Undefined where any rate is welcome. */
  readonly #rate: MessageRate | undefined;
  /** Made with the first ping or pong. */
  #controls: TokenBucket | undefined;
  /** Pongs that the application has asked for and that have not come. */
  #awaitedPongs = 0;
  /** The container drains: nothing more is read behind the message that has begun. */
  #draining = false;

  constructor(home: InboxHome, owner: InboxOwner, calls: HandlerCalls) {
    this.#home = home;
    this.#owner = owner;
    this.#calls = calls;
    this.#handlers = home.model;
    const { concurrency = 1 } = home.model.options;
    const { limits, clock } = home;
    this.holds = new InputHolds(clock);
    this.#rate = limits.messageRate > 0 ? new MessageRate(this, owner) : undefined;
    this.#mailbox = new Mailbox(this, home.limits, concurrency === "unordered" ? MOST_UNORDERED : concurrency);
  }

  get limits(): Limits {
    return this.#home.limits;
  }

  get clock(): Clock {
    return this.#home.clock;
  }

  addMessageHandler(type: unknown, handler: AnyMessageListener, partial: boolean): void {
    const { model } = this.#home;
    this.#table ??= new HandlerTable(model, model.codecs);
    this.#table.add(type, handler, partial);
    this.#handlers = this.#table;
  }

  removeMessageHandler(handler: AnyMessageListener): void {
    this.#table?.remove(handler);
  }

  messageHandlers(): ReadonlySet<AnyMessageListener> {
    return this.#table?.listeners ?? new Set();
  }

  // Asked by the dispatcher

  /** Receives from a transport; nothing is handled before `release`. */
  listen(transport: Transport): void {
    this.holds.transport = transport;
    transport.listen(this);
  }

  /** Starts handling what has arrived. */
  release(): void {
    this.#mailbox.release();
  }

  /** Calls `task` once, when nothing waits and nothing is being handled. */
  whenIdle(task: () => void): void {
    this.#mailbox.whenIdle(task);
  }

  /** Reads nothing behind what has begun to arrive, and calls `task` when all of it was handled. */
  drain(task: () => void): void {
    this.#draining = true;
    // What has begun to arrive is what a handler waits for.
    if (this.#incoming === undefined) this.holds.hold(HoldReason.draining);
    this.#mailbox.whenIdle(task);
  }

  /** Throws out what waits, and counts it. */
  clear(): void {
    this.#mailbox.clear((kind, body) => this.#drop(kind, body));
  }

  /** The application sends a ping. */
  pinged(): void {
    this.#awaitedPongs++;
  }

  /** Gives up on handlers that still run. */
  abandon(): void {
    this.#mailbox.abandon();
  }

  /** The session has ended: a message that has begun never will. */
  end(reason: CloseReason): void {
    const { session } = this.#owner;
    const incoming = this.#incoming;
    this.#incoming = undefined;
    this.#rate?.end();
    incoming?.abort(
      sessionFailure(
        `session ${session.id} has ended in the middle of a message: ${String(reason)}`,
        undefined,
        session,
      ),
    );
  }

  // Called by the transport

  begin(binary: boolean, complete: boolean): Delivery {
    const handler = binary ? this.#handlers.binary : this.#handlers.text;
    if (handler !== undefined && handler.form !== "whole") return this.#beginFrames(handler, binary);
    const { session } = this.#owner;
    const limit = binary ? session.maxBinaryMessageSize : session.maxTextMessageSize;
    delivery.parts = false;
    delivery.maxBytes = handler?.maxMessageSize ?? limit;
    this.#isIncomplete = !complete;
    if (!complete) this.#owner.incomplete();
    return delivery;
  }

  #beginFrames(handler: MessageHandler, binary: boolean): Delivery {
    delivery.parts = true;
    delivery.maxBytes = this.#home.limits.maxFrameSize;
    if (this.#owner.reason !== undefined) return delivery;
    if (handler.form === "parts")
      this.#incoming = new PartedMessage(this, handler, binary, (part) => this.#mailbox.accept("part", part));
    else this.#incoming = new StreamedMessage(this, handler, binary);
    return delivery;
  }

  message(data: Buffer, binary: boolean): void {
    const kind = binary ? "binary" : "text";
    this.#owner.active();
    if (this.#isIncomplete) this.#owner.complete();
    if (this.#owner.reason === undefined) {
      this.#rate?.count();
      this.#mailbox.accept(kind, data);
    } else this.#drop(kind, data);
  }

  part(data: Buffer, binary: boolean, last: boolean): void {
    this.#owner.active();
    const message = this.#incoming;
    if (message === undefined) {
      this.#drop(binary ? "binary" : "text", data);
      return;
    }
    if (last) this.#incoming = undefined;
    if (message instanceof StreamedMessage) this.#stream(message, data, last);
    else message.take(data, last);
    if (!last || this.#owner.reason !== undefined) return;
    this.#rate?.count();
    if (this.#draining) this.holds.hold(HoldReason.draining);
    this.#mailbox.grown();
    if (this.#mailbox.isFull) this.holds.hold(HoldReason.full);
  }

  /** A part has a call, and with it a place in the turn; of a stream, each frame has. */
  #stream(message: StreamedMessage, data: Buffer, last: boolean): void {
    const first = !message.hasBegun;
    const turn = (this.#turn ??= this.#newTurn());
    const began = turn.begin();
    message.take(data, last);
    if (turn.end(began)) this.holds.hold(HoldReason.turn);
    if (first && this.#owner.reason === undefined) this.#mailbox.accept("stream", message);
  }

  ping(): void {
    this.#incoming?.passEmpty();
    this.#owner.active();
    this.#countControl();
  }

  pong(data: Buffer): void {
    const { session } = this.#owner;
    this.#incoming?.passEmpty();
    if (this.#owner.isHeartbeat(data)) return;
    this.#owner.active();
    if (this.#awaitedPongs > 0) this.#awaitedPongs--;
    else this.#countControl();
    if (this.#handlers.pong === undefined || this.#owner.reason !== undefined) return;
    // Input must go on for the handler that reads it, and pongs behind it must not pile up.
    if (this.#incoming instanceof StreamedMessage && this.#mailbox.isFull)
      this.#home.diagnostics.dropped("full", session, this.#home.path, data.length);
    else this.#mailbox.accept("pong", data);
  }

  #countControl(): void {
    // A flood goes on after it has ended the session: what is left of it must cost nothing.
    if (this.#owner.reason !== undefined) return;
    const { controlRate } = this.limits;
    const now = this.clock.now();
    this.#controls ??= new TokenBucket(controlRate, 2 * controlRate, now);
    if (!this.#controls.take(now))
      this.#owner.broke("control-rate", new CloseReason(CloseCodes.VIOLATED_POLICY, "too many pings and pongs"));
  }

  failed(error: Error): void {
    const failure = connectionFailed(error, this.#owner.session);
    if (this.#owner.reason === undefined) this.#mailbox.accept("failure", failure);
    else this.#drop("failure", failure);
  }

  closed(reason: CloseReason, clean: boolean): void {
    this.#owner.closed(reason, clean);
  }

  // Called by the mailbox

  goesOn(): number {
    const now = this.clock.now();
    this.#owner.called(now);
    return now;
  }

  full(): void {
    // A stream has a bound of its own, and its handler waits for what comes.
    if (!(this.#incoming instanceof StreamedMessage)) this.holds.hold(HoldReason.full);
  }

  drained(): void {
    this.holds.letGo(HoldReason.full);
  }

  handle(kind: LetterKind, body: LetterBody): void | Promise<void> {
    const turn = (this.#turn ??= this.#newTurn());
    const began = turn.begin();
    const handling = this.#handle(kind, body);
    if (turn.end(began)) this.holds.hold(HoldReason.turn);
    return handling;
  }

  #newTurn(): Turn {
    const { limits, clock, recipients } = this.#home;
    return new Turn(limits, clock, recipients, () => this.holds.letGo(HoldReason.turn));
  }

  #handle(kind: LetterKind, body: LetterBody): void | Promise<void> {
    const { text, binary, pong } = this.#handlers;
    if (kind === "text") return this.#calls.message(text, kind, body as Buffer);
    if (kind === "binary") return this.#calls.message(binary, kind, body as Buffer);
    if (kind === "part") return this.#calls.invoke((body as MessagePart).handler as MessageHandler, body);
    if (kind === "stream") return this.#read(body as StreamedMessage);
    if (kind === "pong") return pong && this.#calls.invoke(pong, new PongMessage(body as Buffer));
    return this.#transportFailed(body as Error);
  }

  // Called by messages that arrive frame by frame

  get isHeld(): boolean {
    // A peer whose turn is over time and again is one that sends all the time.
    return this.holds.besides(HoldReason.stream | HoldReason.turn);
  }

  get isIdle(): boolean {
    return this.#mailbox.isIdle;
  }

  /** See `Mailbox.oldestCall`. */
  get oldestCall(): number | undefined {
    return this.#mailbox.oldestCall;
  }

  get bytesRead(): number {
    return this.holds.transport!.bytesRead;
  }

  holdStream(held: boolean): void {
    if (held) this.holds.hold(HoldReason.stream);
    else this.holds.letGo(HoldReason.stream);
  }

  refuse(reason: CloseReason): Error {
    void this.#owner.close(reason);
    const { session } = this.#owner;
    return sessionFailure(`session ${session.id}: the message was refused: ${reason.reasonPhrase}`, undefined, session);
  }

  #read(message: StreamedMessage): void | Promise<void> {
    message.called();
    return message.until(this.#calls.decoded(message.handler as MessageHandler, message.stream));
  }

  #transportFailed(error: Error): void | Promise<void> {
    const { diagnostics, model, path } = this.#home;
    diagnostics.error("transport", error, model.error !== undefined, path, this.#owner.session);
    return this.#calls.tell(error);
  }

  #drop(kind: LetterKind, body: LetterBody): void {
    const { diagnostics, path } = this.#home;
    const { session } = this.#owner;
    if (body instanceof Error) diagnostics.error("transport", body, false, path, session);
    else if (body instanceof StreamedMessage) {
      body.discard();
      diagnostics.dropped("closing", session, path, body.received);
    } else if (kind !== "pong") diagnostics.dropped("closing", session, path, body.length);
  }
}
