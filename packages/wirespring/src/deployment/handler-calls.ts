import type { Readable } from "node:stream";
import { CloseCodes, CloseReason } from "../close-reason.js";
import type { Encoded } from "../codec/codec-chain.js";
import { readableOf, readerOf } from "../codec/stream-codec.js";
import type { Diagnostics, HookName } from "../diagnostics.js";
import type { EndpointOptions } from "../endpoint/endpoint-config.js";
import type { EndpointModel } from "../endpoint/endpoint-model.js";
import type { HandlerContext, MessageHandler } from "../endpoint/handler.js";
import { asError, DecodeException, IllegalStateError } from "../errors.js";
import type { LiveSession } from "../session/live-session.js";
import { MessagePart } from "../session/parted-message.js";
import type { Sendable } from "../session/outbox.js";
import { SessionException, sessionFailure } from "../session/session-exception.js";
import { Prepared } from "../session/transport.js";
import { isThenable, settled } from "../thenable.js";

/**
 * Calls the handlers of one session and sees to what they end with: a value is sent, an error goes to `@OnError` or closes the session. Made and
 * called by the dispatcher. Synchronous wherever the application is: no promise and no microtask for a handler that returns none.
 */

/** What all sessions of an endpoint share. */
export interface CallsHome {
  readonly model: EndpointModel<EndpointOptions>;
  readonly path: string;
  readonly diagnostics: Diagnostics;
}

/** The session's dispatcher. */
export interface CallsOwner extends HandlerContext {
  readonly session: LiveSession;
  close(reason: CloseReason): Promise<void>;
  sendFailed(error: Error): void;
}

/** So many replies wait for the end of a message that the application has not finished, before its input waits, too. */
const MOST_BEHIND = 64;

export class HandlerCalls {
  readonly #home: CallsHome;
  readonly #owner: CallsOwner;
  /** Made with the first handler that returns a promise, for all of them. */
  #replyLater: ((value: unknown) => void | Promise<void>) | undefined;
  #failLater: ((error: unknown) => void | Promise<void>) | undefined;
  /** Made for the call that is being prepared. */
  #signal: AbortController | undefined;
  /** Of the calls that are going on. */
  #signals: Set<AbortController> | undefined;

  constructor(home: CallsHome, owner: CallsOwner) {
    this.#home = home;
    this.#owner = owner;
  }

  /** Gives a whole message to its handler, in the form in which it takes messages. */
  message(handler: MessageHandler | undefined, kind: "text" | "binary", data: Buffer): void | Promise<void> {
    if (handler === undefined) return this.#unhandled(kind, data);
    if (handler.form === "whole") return this.decoded(handler, data);
    // The handler was added after the message had begun.
    if (handler.form === "stream")
      return this.decoded(handler, kind === "text" ? readerOf(data.toString()) : readableOf(data));
    return this.invoke(handler, new MessagePart(handler, kind === "text" ? data.toString() : data, true, data.length));
  }

  /** Decodes, then calls the handler. */
  decoded(handler: MessageHandler, data: Buffer | Readable): void | Promise<void> {
    let message: unknown;
    try {
      message = handler.decode(this.#owner, data);
    } catch (error) {
      return this.fail("decode", error);
    }
    if (!isThenable(message)) return this.invoke(handler, message);
    return settled(message).then(
      (decoded) => this.invoke(handler, decoded),
      (error) => this.fail("decode", error),
    );
  }

  invoke(handler: MessageHandler, message: unknown): void | Promise<void> {
    let result: unknown;
    try {
      result = handler.invoke(this.#owner, message);
    } catch (error) {
      if (this.#signal !== undefined) this.#forget(this.#takeSignal());
      return this.fail("onMessage", error);
    }
    if (this.#signal !== undefined) this.#watch(result, this.#takeSignal());
    if (result === undefined || result === null) return;
    if (handler.isPlain === true) return this.#replyPlain(result);
    if (!isThenable(result)) return this.#reply(result);
    this.#replyLater ??= (value) => this.#reply(value);
    this.#failLater ??= (error) => this.fail("onMessage", error);
    return settled(result).then(this.#replyLater, this.#failLater);
  }

  /** Makes the signal of the call that is being prepared. */
  abortSignal(): AbortSignal {
    const controller = new AbortController();
    this.#signal = controller;
    (this.#signals ??= new Set()).add(controller);
    if (this.#owner.reason !== undefined) controller.abort(this.#endError(this.#owner.reason));
    return controller.signal;
  }

  /** The session has ended: handlers that are at work are told. */
  ended(reason: CloseReason): void {
    if (this.#signals === undefined) return;
    const error = this.#endError(reason);
    for (const controller of this.#signals) controller.abort(error);
  }

  #endError(reason: CloseReason): SessionException {
    const { session } = this.#owner;
    return sessionFailure(
      `session ${session.id} has ended: ${String(reason)}`,
      undefined,
      session,
      "WS_SESSION_CLOSED",
    );
  }

  #takeSignal(): AbortController {
    const controller = this.#signal!;
    this.#signal = undefined;
    return controller;
  }

  #watch(result: unknown, controller: AbortController): void {
    const forget = (): void => this.#forget(controller);
    if (isThenable(result)) void settled(result).then(forget, forget);
    else forget();
  }

  #forget(controller: AbortController): void {
    this.#signals?.delete(controller);
  }

  #unhandled(kind: "text" | "binary", { length }: Buffer): void {
    const { diagnostics, path } = this.#home;
    const { session } = this.#owner;
    diagnostics.dropped("no-handler", session, path, length);
    void this.#owner.close(
      new CloseReason(CloseCodes.CANNOT_ACCEPT, `no handler for ${kind} messages (session ${session.id})`),
    );
  }

  #replyPlain(result: unknown): void | Promise<void> {
    if (!isThenable(result)) return this.#reply(result, true);
    return settled(result).then(
      (value) => this.#reply(value, true),
      (error) => this.fail("onMessage", error),
    );
  }

  #reply(value: unknown, plain = false): void | Promise<void> {
    if (value === undefined || value === null) return;
    let encoded: Encoded | Promise<Encoded>;
    try {
      encoded = this.#owner.codecs.encode(value);
    } catch (error) {
      return this.fail("encode", error);
    }
    if (typeof encoded === "string" || encoded instanceof Uint8Array)
      return this.#transmit(plain ? Prepared.plain(encoded) : encoded);
    const { remote } = this.#owner.session;
    return this.#inTurn(remote.transmitLater(plain ? encoded.then((message) => Prepared.plain(message)) : encoded));
  }

  #transmit(message: Sendable): void | Promise<void> {
    const sent = this.#owner.session.remote.transmit(message);
    if (sent === true) return;
    return sent === false ? this.#replyRefused() : this.#inTurn(sent);
  }

  #inTurn(sent: Promise<boolean>): void | Promise<void> {
    const { remote } = this.#owner.session;
    const told = sent.then(
      (later) => (later ? undefined : this.#replyRefused()),
      (error) => (isClosed(error) ? this.#replyRefused() : this.fail("encode", error)),
    );
    // The last part of an unfinished message may come from the next call of the handler, which must not wait for this one.
    const behind = remote.behindUnfinished;
    return behind !== undefined && behind <= MOST_BEHIND ? void told : told;
  }

  /** J-83: the handler has closed its session, or the peer has, before the reply could leave. */
  #replyRefused(): void | Promise<void> {
    const error = this.#owner.session.remote.closedError();
    this.#owner.sendFailed(error);
    return this.tell(error);
  }

  /**
   * Gives an error of application code to `@OnError`, and the connection stays; without one it is logged and the session closes: 1007 when
   * something could not be decoded, else 1011.
   */
  fail(hook: HookName, thrown: unknown, code?: number): void | Promise<void> {
    const { diagnostics, model, path } = this.#home;
    const error = asError(thrown);
    diagnostics.error(hook, error, model.error !== undefined, path, this.#owner.session);
    if (model.error !== undefined) return this.tell(error);
    const decoding = hook === "decode" || error instanceof DecodeException;
    void this.#owner.close(
      this.failure(code ?? (decoding ? CloseCodes.NOT_CONSISTENT : CloseCodes.UNEXPECTED_CONDITION)),
    );
  }

  /** J-195: an error of `@OnError` itself is logged and goes nowhere else. */
  tell(error: Error): void | Promise<void> {
    const { diagnostics, model, path } = this.#home;
    if (model.error === undefined) return;
    const { invoke } = model.error;
    return run(
      () => invoke(this.#owner, error),
      (thrown) => diagnostics.error("onError", asError(thrown), false, path, this.#owner.session, error),
    );
  }

  /** The peer learns a phrase of ours and the session to ask about, never the error. */
  failure(code: number): CloseReason {
    const phrase = code === CloseCodes.NOT_CONSISTENT ? "the message could not be decoded" : "the server failed";
    return new CloseReason(code, `${phrase} (session ${this.#owner.session.id})`);
  }
}

function isClosed(error: unknown): boolean {
  return error instanceof SessionException && error.code === "WS_SESSION_CLOSED";
}

/** Calls application code. Undefined when it was synchronous; the promise never rejects. */
export function run(call: () => unknown, failed: (thrown: unknown) => void | Promise<void>): void | Promise<void> {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    return failed(error);
  }
  if (isThenable(result)) return settled(result).then(() => {}, failed);
}

const HANDLER_TIMEOUT = "WS_HANDLER_TIMEOUT";

/** What `@OnError` is told when `@OnOpen` took too long. */
export function tooLate(path: string): Error {
  return new IllegalStateError(`@OnOpen of ${path} did not settle within its openTimeout`, HANDLER_TIMEOUT);
}

/** What is logged when a message handler, or `@OnClose`, took too long. */
export function overdue(path: string, handlerTimeout: number): Error {
  const message = `a handler of ${path} did not settle within ${handlerTimeout} ms (handlerTimeout)`;
  return new IllegalStateError(message, HANDLER_TIMEOUT);
}
