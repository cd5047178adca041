import { CloseCodes, CloseReason } from "../close-reason.js";
import type { Clock, Timer } from "../clock.js";
import type { CodecChain, Encoded } from "../codec/codec-chain.js";
import type { Diagnostics, HookName } from "../diagnostics.js";
import type { EndpointConfig } from "../endpoint/endpoint-config.js";
import type { EndpointModel } from "../endpoint/endpoint-model.js";
import type { HandlerContext, MessageHandler } from "../endpoint/handler.js";
import { asError, DecodeException } from "../errors.js";
import type { HandshakeRequest } from "../handshake-request.js";
import type { Limits } from "../limits.js";
import { LiveSession, type SessionFacts, type SessionOwner } from "../session/live-session.js";
import { Mailbox, type LetterBody, type LetterKind, type MailboxOwner } from "../session/mailbox.js";
import { PongMessage } from "../session/pong-message.js";
import { SessionException } from "../session/session-exception.js";
import type { Session } from "../session/session.js";
import type { Delivery, Transport, TransportSink } from "../session/transport.js";
import type { WebSocketContainer } from "../session/web-socket-container.js";
import { isThenable, settled } from "../thenable.js";

/**
 * One session's life at one endpoint: `@OnOpen`, messages one after another, `@OnClose`, each exactly as often as it should be, and
 * `@OnError` for whatever goes wrong. Made by the deployment, driven by the transport; calls the compiled handlers. Synchronous wherever the
 * application is: no promise and no microtask for a handler that returns none.
 */

/** What all sessions of an endpoint share; the deployment. */
export interface DispatcherHome {
  readonly model: EndpointModel;
  readonly config: EndpointConfig;
  readonly path: string;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
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

export class Dispatcher implements TransportSink, MailboxOwner, HandlerContext, SessionOwner {
  readonly session: LiveSession;
  readonly request: HandshakeRequest | undefined;
  /** Set once, by whoever is first: the peer, the application, the container, a protocol error. */
  reason: CloseReason | undefined;
  readonly #home: DispatcherHome;
  readonly #mailbox: Mailbox;
  #equipment: Equipment | undefined;
  #transport: Transport | undefined;
  #openTimer: Timer | undefined;
  #openSettled = false;
  #closeStarted = false;
  /** Closing was asked for before the transport was there. */
  #closeWhenOpen: CloseReason | undefined;
  /** The container drains: nothing more is read. */
  #draining = false;
  #applicationOver = false;
  #transportOver = false;
  #ended = false;
  #clean = false;
  /** Made with the first handler that returns a promise, for all of them. */
  #replyLater: ((value: unknown) => void | Promise<void>) | undefined;
  #failLater: ((error: unknown) => void | Promise<void>) | undefined;

  constructor(home: DispatcherHome, facts: SessionFacts) {
    this.#home = home;
    this.session = new LiveSession(facts, this);
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

  openSessions(): ReadonlySet<Session> {
    return this.#home.openSessions();
  }

  encode(value: unknown): Encoded | Promise<Encoded> {
    return this.codecs.encode(value);
  }

  sendFailed(error: Error): void {
    this.#home.diagnostics.sendFailed(this.session, this.#home.path, error);
  }

  // Life

  /** Starts on a transport: `@OnOpen` first, with input held until it has settled. */
  start(transport: Transport, equipment: Equipment): void {
    this.#equipment = equipment;
    this.#transport = transport;
    transport.listen(this);
    this.session.open(transport);
    this.#home.opened(this);
    const opening = run(
      () => this.#open(),
      (error) => this.#openFailed(error),
    );
    if (opening === undefined) {
      this.#opened();
      return;
    }
    transport.pause();
    // It failed at once, and `@OnError` is still at work.
    if (!this.#openSettled) this.#openTimer = this.#inOpenTimeout(() => void this.#openFailed(this.#tooLate()));
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
    const told = this.#fail("onOpen", thrown, CloseCodes.UNEXPECTED_CONDITION);
    if (told === undefined) return this.#refuse();
    const timer = this.#inOpenTimeout(() => this.#refuse());
    return told.then(() => {
      timer.cancel();
      this.#refuse();
    });
  }

  #refuse(): void {
    void this.close(this.#failure(CloseCodes.UNEXPECTED_CONDITION));
    this.#mailbox.release();
  }

  #inOpenTimeout(task: () => void): Timer {
    return this.#home.clock.setTimer(task, this.#home.limits.openTimeout);
  }

  #tooLate(): Error {
    return new Error(`@OnOpen of ${this.#home.path} did not settle within ${this.#home.limits.openTimeout} ms`);
  }

  #opened(): void {
    if (this.#openSettled) return;
    this.#openSettled = true;
    this.#openTimer?.cancel();
    if (this.#closeWhenOpen !== undefined) void this.close(this.#closeWhenOpen);
    // Only an asynchronous `@OnOpen` has paused; resuming what is not paused does nothing.
    if (this.#openTimer !== undefined) this.drained();
    this.#mailbox.release();
  }

  close(reason: CloseReason): Promise<void> {
    if (this.#transport === undefined) {
      this.#closeWhenOpen ??= reason;
    } else if (this.#beginClosing(reason)) {
      this.#mailbox.clear((kind, body) => this.#drop(kind, body));
      this.#transport.close(reason);
      this.#finish();
    }
    return DONE;
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
    this.#transport?.pause();
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
            (error) => this.#fail("onClose", error),
          );
    if (closing === undefined) this.#dispose();
    else void closing.then(() => this.#dispose());
  }

  #dispose(): void {
    const dispose = this.#equipment?.dispose;
    const over = (): void => {
      this.#applicationOver = true;
      this.#checkEnd();
    };
    if (dispose === undefined) over();
    else void dispose().then(over);
  }

  #checkEnd(): void {
    if (!this.#applicationOver || !this.#transportOver || this.#ended) return;
    this.#ended = true;
    this.#home.ended(this, this.reason!, this.#clean);
  }

  // Messages

  begin(binary: boolean): Delivery {
    const handler = binary ? this.#home.model.binary : this.#home.model.text;
    const limit = binary ? this.session.maxBinaryMessageSize : this.session.maxTextMessageSize;
    delivery.maxBytes = handler?.maxMessageSize ?? limit;
    return delivery;
  }

  message(data: Buffer, binary: boolean): void {
    const kind = binary ? "binary" : "text";
    if (this.reason === undefined) this.#mailbox.accept(kind, data);
    else this.#drop(kind, data);
  }

  part(data: Buffer, binary: boolean): void {
    // Not asked for by `begin`.
    this.#drop(binary ? "binary" : "text", data);
  }

  ping(): void {}

  pong(data: Buffer): void {
    if (this.#home.model.pong !== undefined && this.reason === undefined) this.#mailbox.accept("pong", data);
  }

  failed(error: Error): void {
    const failure = new SessionException(`the connection failed: ${error.message}`, error, this.session);
    if (this.reason === undefined) this.#mailbox.accept("failure", failure);
    else this.#drop("failure", failure);
  }

  full(): void {
    this.#transport?.pause();
  }

  drained(): void {
    if (!this.#draining) this.#transport?.resume();
  }

  handle(kind: LetterKind, body: LetterBody): void | Promise<void> {
    const { model } = this.#home;
    if (kind === "text") return this.#handleMessage(model.text, kind, body as Buffer);
    if (kind === "binary") return this.#handleMessage(model.binary, kind, body as Buffer);
    if (kind === "pong") return this.#invoke(model.pong!, new PongMessage(body as Buffer));
    return this.#transportFailed(body as Error);
  }

  #handleMessage(handler: MessageHandler | undefined, kind: "text" | "binary", data: Buffer): void | Promise<void> {
    if (handler === undefined) {
      this.#home.diagnostics.dropped("no-handler", this.session, this.#home.path, data.length);
      void this.close(
        new CloseReason(CloseCodes.CANNOT_ACCEPT, `no handler for ${kind} messages (session ${this.session.id})`),
      );
      return;
    }
    let message: unknown;
    try {
      message = handler.decode(this, data);
    } catch (error) {
      return this.#fail("decode", error);
    }
    if (!isThenable(message)) return this.#invoke(handler, message);
    return settled(message).then(
      (decoded) => this.#invoke(handler, decoded),
      (error) => this.#fail("decode", error),
    );
  }

  #invoke(handler: MessageHandler, message: unknown): void | Promise<void> {
    let result: unknown;
    try {
      result = handler.invoke(this, message);
    } catch (error) {
      return this.#fail("onMessage", error);
    }
    if (result === undefined || result === null) return;
    if (!isThenable(result)) return this.#reply(result);
    this.#replyLater ??= (value) => this.#reply(value);
    this.#failLater ??= (error) => this.#fail("onMessage", error);
    return settled(result).then(this.#replyLater, this.#failLater);
  }

  #reply(value: unknown): void | Promise<void> {
    if (value === undefined || value === null) return;
    let encoded: Encoded | Promise<Encoded>;
    try {
      encoded = this.codecs.encode(value);
    } catch (error) {
      return this.#fail("encode", error);
    }
    if (typeof encoded === "string" || encoded instanceof Uint8Array) return this.#transmit(encoded);
    return encoded.then(
      (message) => this.#transmit(message),
      (error) => this.#fail("encode", error),
    );
  }

  #transmit(message: Encoded): void | Promise<void> {
    const sent = this.session.remote.transmit(message);
    if (sent === true) return;
    if (sent === false) return this.#replyRefused();
    return sent.then((later) => (later ? undefined : this.#replyRefused()));
  }

  /** J-83: the handler has closed its session, or the peer has, before the reply could leave. */
  #replyRefused(): void | Promise<void> {
    const error = this.session.remote.closedError();
    this.sendFailed(error);
    return this.#tell(error);
  }

  #transportFailed(error: Error): void | Promise<void> {
    const { diagnostics, model, path } = this.#home;
    diagnostics.error("transport", error, model.error !== undefined, path, this.session);
    return this.#tell(error);
  }

  #drop(kind: LetterKind, body: LetterBody): void {
    const { diagnostics, path } = this.#home;
    if (body instanceof Error) diagnostics.error("transport", body, false, path, this.session);
    else if (kind !== "pong") diagnostics.dropped("closing", this.session, path, body.length);
  }

  // Errors

  /**
   * Gives an error of application code to `@OnError`, and the connection stays; without one it is logged and the session closes: 1007 when
   * something could not be decoded, else 1011.
   */
  #fail(hook: HookName, thrown: unknown, code?: number): void | Promise<void> {
    const { diagnostics, model, path } = this.#home;
    const error = asError(thrown);
    diagnostics.error(hook, error, model.error !== undefined, path, this.session);
    if (model.error !== undefined) return this.#tell(error);
    const decoding = hook === "decode" || error instanceof DecodeException;
    void this.close(this.#failure(code ?? (decoding ? CloseCodes.NOT_CONSISTENT : CloseCodes.UNEXPECTED_CONDITION)));
  }

  /** J-195: an error of `@OnError` itself is logged and goes nowhere else. */
  #tell(error: Error): void | Promise<void> {
    const { diagnostics, model, path } = this.#home;
    if (model.error === undefined) return;
    const { invoke } = model.error;
    return run(
      () => invoke(this, error),
      (thrown) => diagnostics.error("onError", asError(thrown), false, path, this.session, error),
    );
  }

  /** The peer learns a phrase of ours and the session to ask about, never the error. */
  #failure(code: number): CloseReason {
    const phrase = code === CloseCodes.NOT_CONSISTENT ? "the message could not be decoded" : "the server failed";
    return new CloseReason(code, `${phrase} (session ${this.session.id})`);
  }
}

/** Calls application code. Undefined when it was synchronous; the promise never rejects. */
function run(call: () => unknown, failed: (thrown: unknown) => void | Promise<void>): void | Promise<void> {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    return failed(error);
  }
  if (isThenable(result)) return settled(result).then(() => {}, failed);
}
