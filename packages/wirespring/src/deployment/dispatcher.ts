import { CloseCodes, CloseReason } from "../close-reason.js";
import type { Clock, Timer } from "../clock.js";
import type { CodecChain, Encoded } from "../codec/codec-chain.js";
import type { EndpointConfig } from "../endpoint/endpoint-config.js";
import type { MessageHandler, MessageHandlers } from "../endpoint/handler.js";
import { asError } from "../errors.js";
import type { HandshakeRequest } from "../handshake-request.js";
import type { Limits } from "../limits.js";
import type { IncomingHome, IncomingMessage } from "../session/incoming-message.js";
import { HoldReason, InputHolds } from "../session/input-holds.js";
import { LiveSession, type SessionFacts, type SessionOwner } from "../session/live-session.js";
import type { AnyMessageListener } from "../session/message-listener.js";
import { Mailbox, type LetterBody, type LetterKind, type MailboxOwner } from "../session/mailbox.js";
import { PartedMessage, type MessagePart } from "../session/parted-message.js";
import { PongMessage } from "../session/pong-message.js";
import { SessionException } from "../session/session-exception.js";
import type { Session, WebSocketContainer } from "../session/session.js";
import { StreamedMessage } from "../session/streamed-message.js";
import type { Delivery, Transport, TransportSink } from "../session/transport.js";
import { HandlerCalls, run, tooLate, type CallsHome, type CallsOwner } from "./handler-calls.js";
import { HandlerTable } from "./handler-table.js";

/**
 * One session's life at one endpoint: `@OnOpen`, messages one after another, `@OnClose`, each exactly as often as it should be. Made by the
 * deployment, driven by the transport; calls the compiled handlers, the messages' through `HandlerCalls`.
 */

/** What all sessions of an endpoint share; the deployment. */
export interface DispatcherHome extends CallsHome {
  readonly config: EndpointConfig;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly container: WebSocketContainer;
  openSessions(): ReadonlySet<Session>;
  opened(dispatcher: Dispatcher): void;
  /** Everything has ended: `@OnClose`, disposal and the transport. */
  ended(dispatcher: Dispatcher, reason: CloseReason, clean: boolean): void;
}

/** What was made for this connection alone. */
export interface Equipment {
  readonly instance: object;
  readonly codecs: CodecChain;
  /** Destroys and disposes it; undefined when there is nothing to do. */
  readonly dispose: (() => Promise<void>) | undefined;
}

const DONE = Promise.resolve();

/** Handed out by `begin`; read before the next call. */
const delivery = { parts: false, maxBytes: 0 };

export class Dispatcher implements TransportSink, MailboxOwner, CallsOwner, SessionOwner, IncomingHome {
  readonly session: LiveSession;
  readonly request: HandshakeRequest | undefined;
  /** Set once, by whoever is first: the peer, the application, the container, a protocol error. */
  reason: CloseReason | undefined;
  readonly #home: DispatcherHome;
  readonly #mailbox: Mailbox;
  readonly #calls: HandlerCalls;
  /** The endpoint's, until the session adds or removes one. */
  #handlers: MessageHandlers;
  #table: HandlerTable | undefined;
  /** The message in parts, or to be streamed, of which more frames may come. */
  #incoming: IncomingMessage | undefined;
  readonly #holds = new InputHolds();
  #equipment: Equipment | undefined;
  #transport: Transport | undefined;
  #openTimer: Timer | undefined;
  #openSettled = false;
  #closeStarted = false;
  /** Closing was asked for before the transport was there. */
  #closeWhenOpen: CloseReason | undefined;
  /** The container drains: nothing more is read behind the message that has begun. */
  #draining = false;
  #applicationOver = false;
  #transportOver = false;
  #ended = false;
  #clean = false;
  /** What the wire says, where it is not what `@OnClose` is told (J-153). */
  #wireReason: CloseReason | undefined;

  constructor(home: DispatcherHome, facts: SessionFacts) {
    this.#home = home;
    this.session = new LiveSession(facts, this);
    this.#calls = new HandlerCalls(home, this);
    this.#handlers = home.model;
    this.request = home.model.wantsRequest ? facts.request : undefined;
    const { concurrency = 1 } = home.model.options;
    this.#mailbox = new Mailbox(this, home.limits, concurrency === "unordered" ? Infinity : concurrency);
  }

  get instance(): object {
    return this.#equipment!.instance;
  }

  get codecs(): CodecChain {
    return this.#equipment!.codecs;
  }

  get config(): EndpointConfig {
    return this.#home.config;
  }

  get container(): WebSocketContainer {
    return this.#home.container;
  }

  get clock(): Clock {
    return this.#home.clock;
  }

  get limits(): Limits {
    return this.#home.limits;
  }

  openSessions(): ReadonlySet<Session> {
    return this.#home.openSessions();
  }

  encode(value: unknown): Encoded | Promise<Encoded> {
    return this.codecs.encode(value);
  }

  sendFailed(error: Error): void {
    this.#home.diagnostics.sendFailed(this.session, this.#home.path, error);
  }

  active(): void {
    this.session.touch();
  }

  unfinishable(): void {
    void this.close(
      new CloseReason(CloseCodes.UNEXPECTED_CONDITION, `a message was not finished (session ${this.session.id})`),
    );
  }

  abortSignal(): AbortSignal {
    return this.#calls.abortSignal();
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

  // Life

  /** Starts on a transport: `@OnOpen` first, with input held until it has settled. */
  start(transport: Transport, equipment: Equipment): void {
    this.#equipment = equipment;
    this.#transport = transport;
    this.#holds.transport = transport;
    transport.listen(this);
    this.session.open(transport);
    this.#home.opened(this);
    const opening = run(
      () => this.#open(),
      (error) => this.#openFailed(error),
    );
    if (opening === undefined) return this.#opened();
    this.#holds.hold(HoldReason.opening);
    // It failed at once, and `@OnError` is still at work.
    if (!this.#openSettled)
      this.#openTimer = this.#inOpenTimeout(() => void this.#openFailed(tooLate(this.#home.path)));
    void opening.then(() => this.#opened());
  }

  #open(): unknown {
    const { open } = this.#home.model;
    const ready = this.codecs.init(this.#home.config);
    return ready === undefined ? open?.invoke(this, undefined) : ready.then(() => open?.invoke(this, undefined));
  }

  /** Nothing is handled any more: `@OnError` is told, then the session closes, whether `@OnError` ends or not. */
  #openFailed(thrown: unknown): void | Promise<void> {
    if (this.#openSettled) {
      this.#home.diagnostics.error("onOpen", asError(thrown), false, this.#home.path, this.session);
      return;
    }
    this.#openSettled = true;
    this.#openTimer?.cancel();
    const told = this.#calls.fail("onOpen", thrown, CloseCodes.UNEXPECTED_CONDITION);
    if (told === undefined) return this.#refuse();
    const timer = this.#inOpenTimeout(() => this.#refuse());
    return told.then(() => {
      timer.cancel();
      this.#refuse();
    });
  }

  #refuse(): void {
    void this.close(this.#calls.failure(CloseCodes.UNEXPECTED_CONDITION));
    this.#mailbox.release();
  }

  #inOpenTimeout(task: () => void): Timer {
    return this.clock.setTimer(task, this.limits.openTimeout);
  }

  #opened(): void {
    if (this.#openSettled) return;
    this.#openSettled = true;
    this.#openTimer?.cancel();
    if (this.#closeWhenOpen !== undefined) void this.close(this.#closeWhenOpen);
    this.#holds.letGo(HoldReason.opening);
    this.#mailbox.release();
  }

  close(reason: CloseReason): Promise<void> {
    if (this.#transport === undefined) this.#closeWhenOpen ??= reason;
    else this.#closeWith(reason, reason);
    return DONE;
  }

  /** J-153: the peer is told that we go, `@OnClose` that nobody has closed. */
  idle(timeout: number): void {
    if (this.#holds.any) return;
    const local = new CloseReason(CloseCodes.CLOSED_ABNORMALLY, `nothing was received or sent for ${timeout} ms`);
    this.#closeWith(local, new CloseReason(CloseCodes.GOING_AWAY, "the session was idle"));
  }

  #closeWith(local: CloseReason, wire: CloseReason): void {
    if (this.reason !== undefined) return;
    if (this.session.remote.batchingAllowed) void this.session.remote.flushBatch();
    this.#beginClosing(local);
    this.#wireReason = wire;
    this.#mailbox.clear((kind, body) => this.#drop(kind, body));
    this.#transport!.close(wire);
    this.#finish();
  }

  closed(reason: CloseReason, clean: boolean): void {
    if (this.#transportOver) return;
    this.#transportOver = true;
    this.#clean = clean;
    this.#beginClosing(reason);
    this.#finish();
    this.#checkEnd();
  }

  /** Lets the handlers that run, and what arrived before, end; then closes. For the container's shutdown. */
  drain(reason: CloseReason): void {
    if (this.reason !== undefined || this.#draining) return;
    this.#draining = true;
    // What has begun to arrive is what a handler waits for.
    if (this.#incoming === undefined) this.#holds.hold(HoldReason.draining);
    this.#mailbox.whenIdle(() => void this.close(reason));
  }

  /** Ends the connection at once and gives up on handlers that still run. `@OnClose` is still called. */
  abort(): void {
    this.#beginClosing(new CloseReason(CloseCodes.CLOSED_ABNORMALLY));
    this.#mailbox.clear((kind, body) => this.#drop(kind, body));
    this.#transport?.terminate();
    this.#opened();
    this.#finish();
    this.#mailbox.abandon();
  }

  #beginClosing(reason: CloseReason): boolean {
    if (this.reason !== undefined) return false;
    this.reason = reason;
    this.session.end();
    this.#calls.ended(reason);
    const incoming = this.#incoming;
    this.#incoming = undefined;
    incoming?.abort(
      new SessionException(
        `session ${this.session.id} has ended in the middle of a message: ${String(reason)}`,
        undefined,
        this.session,
      ),
    );
    return true;
  }

  /** `@OnClose` comes after everything that was handed to the application before. */
  #finish(): void {
    if (!this.#closeStarted) this.#mailbox.whenIdle(() => this.#runClose());
  }

  #runClose(): void {
    if (this.#closeStarted) return;
    this.#closeStarted = true;
    const { close } = this.#home.model;
    const closing =
      close === undefined
        ? undefined
        : run(
            () => close.invoke(this, undefined),
            (error) => this.#calls.fail("onClose", error),
          );
    if (closing === undefined) this.#dispose();
    else void closing.then(() => this.#dispose());
  }

  #dispose(): void {
    const dispose = this.#equipment?.dispose;
    const over = (): void => {
      this.#applicationOver = true;
      this.session.over();
      this.#checkEnd();
    };
    if (dispose === undefined) over();
    else void dispose().then(over);
  }

  #checkEnd(): void {
    if (!this.#applicationOver || !this.#transportOver || this.#ended) return;
    this.#ended = true;
    this.#home.ended(this, this.#wireReason ?? this.reason!, this.#clean);
  }

  // Messages

  begin(binary: boolean): Delivery {
    const handler = binary ? this.#handlers.binary : this.#handlers.text;
    if (handler !== undefined && handler.form !== "whole") return this.#beginFrames(handler, binary);
    const limit = binary ? this.session.maxBinaryMessageSize : this.session.maxTextMessageSize;
    delivery.parts = false;
    delivery.maxBytes = handler?.maxMessageSize ?? limit;
    return delivery;
  }

  #beginFrames(handler: MessageHandler, binary: boolean): Delivery {
    delivery.parts = true;
    delivery.maxBytes = this.#home.limits.maxFrameSize;
    if (this.reason !== undefined) return delivery;
    if (handler.form === "parts")
      this.#incoming = new PartedMessage(this, handler, binary, (part) => this.#mailbox.accept("part", part));
    else this.#incoming = new StreamedMessage(this, handler, binary);
    return delivery;
  }

  message(data: Buffer, binary: boolean): void {
    const kind = binary ? "binary" : "text";
    this.session.touch();
    if (this.reason === undefined) this.#mailbox.accept(kind, data);
    else this.#drop(kind, data);
  }

  part(data: Buffer, binary: boolean, last: boolean): void {
    this.session.touch();
    const message = this.#incoming;
    if (message === undefined) {
      this.#drop(binary ? "binary" : "text", data);
      return;
    }
    if (last) this.#incoming = undefined;
    const first = !message.hasBegun;
    message.take(data, last);
    if (first && message instanceof StreamedMessage && this.reason === undefined)
      this.#mailbox.accept("stream", message);
    if (!last) return;
    if (this.#draining) this.#holds.hold(HoldReason.draining);
    if (this.#mailbox.isFull) this.#holds.hold(HoldReason.full);
  }

  ping(): void {
    this.session.touch();
  }

  pong(data: Buffer): void {
    this.session.touch();
    if (this.#handlers.pong === undefined || this.reason !== undefined) return;
    // Input must go on for the handler that reads it, and pongs behind it must not pile up.
    if (this.#incoming instanceof StreamedMessage && this.#mailbox.isFull)
      this.#home.diagnostics.dropped("full", this.session, this.#home.path, data.length);
    else this.#mailbox.accept("pong", data);
  }

  failed(error: Error): void {
    const failure = new SessionException(`the connection failed: ${error.message}`, error, this.session);
    if (this.reason === undefined) this.#mailbox.accept("failure", failure);
    else this.#drop("failure", failure);
  }

  full(): void {
    // A stream has a bound of its own, and its handler waits for what comes.
    if (!(this.#incoming instanceof StreamedMessage)) this.#holds.hold(HoldReason.full);
  }

  drained(): void {
    this.#holds.letGo(HoldReason.full);
  }

  get isHeld(): boolean {
    return this.#holds.besides(HoldReason.stream);
  }

  get isIdle(): boolean {
    return this.#mailbox.isIdle;
  }

  get bytesRead(): number {
    return this.#transport?.bytesRead ?? 0;
  }

  holdStream(held: boolean): void {
    if (held) this.#holds.hold(HoldReason.stream);
    else this.#holds.letGo(HoldReason.stream);
  }

  refuse(reason: CloseReason): void {
    void this.close(reason);
  }

  handle(kind: LetterKind, body: LetterBody): void | Promise<void> {
    const { text, binary, pong } = this.#handlers;
    if (kind === "text") return this.#calls.message(text, kind, body as Buffer);
    if (kind === "binary") return this.#calls.message(binary, kind, body as Buffer);
    if (kind === "part") return this.#calls.invoke((body as MessagePart).handler as MessageHandler, body);
    if (kind === "stream") return this.#stream(body as StreamedMessage);
    if (kind === "pong") return pong && this.#calls.invoke(pong, new PongMessage(body as Buffer));
    return this.#transportFailed(body as Error);
  }

  #stream(message: StreamedMessage): void | Promise<void> {
    message.called();
    return message.until(this.#calls.decoded(message.handler as MessageHandler, message.stream));
  }

  #transportFailed(error: Error): void | Promise<void> {
    const { diagnostics, model, path } = this.#home;
    diagnostics.error("transport", error, model.error !== undefined, path, this.session);
    return this.#calls.tell(error);
  }

  #drop(kind: LetterKind, body: LetterBody): void {
    const { diagnostics, path } = this.#home;
    if (body instanceof Error) diagnostics.error("transport", body, false, path, this.session);
    else if (body instanceof StreamedMessage) {
      body.discard();
      diagnostics.dropped("closing", this.session, path, body.received);
    } else if (kind !== "pong") diagnostics.dropped("closing", this.session, path, body.length);
  }
}
