import type { Readable } from "node:stream";
import type { CloseReason } from "../close-reason.js";
import type { CodecChain } from "../codec/codec-chain.js";
import type { HandshakeRequest } from "../handshake-request.js";
import type { Session } from "../session/session.js";
import type { EndpointConfig } from "./endpoint-config.js";

/**
 * What a handler method has become: a closure that a deployment calls with a connection's context. Made by `arguments`, `invoke` and
 * `message-decoding`, held by the endpoint model, called by the dispatcher.
 */

/** What a compiled handler may ask for; the deployment has one for each connection. */
export interface HandlerContext {
  readonly instance: object;
  readonly session: Session;
  readonly config: EndpointConfig;
  readonly codecs: CodecChain;
  /** Kept only where `EndpointModel.wantsRequest`. */
  readonly request: HandshakeRequest | undefined;
  /** Set before `@OnClose` is called. */
  readonly reason: CloseReason | undefined;
  /** Makes a signal for the call that is being prepared: aborted when the session ends before the handler does. */
  abortSignal(): AbortSignal;
}

/** How a handler takes its messages: whole, part by part, or as a stream that it reads while the message arrives. */
export type MessageForm = "whole" | "parts" | "stream";

/** A handler method compiled to a closure of fixed arity. `payload`: the decoded message, its `MessagePart`, or the error of `@OnError`. */
export type Invoke = (context: HandlerContext, payload: unknown) => unknown;

/**
 * Turns a message into the parameter's value, where the form is `stream` the stream that brings it; a promise when a decoder is async. Throws or
 * rejects with `DecodeException`, or with what the decoder threw.
 */
export type Decode = (context: HandlerContext, data: Buffer | Readable) => unknown;

/** One of `@OnOpen`, `@OnClose`, `@OnError`. */
export interface Handler {
  /** The method's name. */
  readonly method: string;
  /** What each parameter is bound to, for people: `message: String`. Of what the compiler has made of a method. */
  readonly bindings?: readonly string[];
  readonly invoke: Invoke;
}

/** The `@OnMessage` method, or what `addMessageHandler` was given, for one kind of message. */
export interface MessageHandler extends Handler {
  readonly form: MessageForm;
  /** UTF-8 bytes or bytes of a whole message, from `@OnMessage({ maxMessageSize })`; undefined: the session's limit holds. */
  readonly maxMessageSize: number | undefined;
  /** What it returns is never compressed. Default false. */
  readonly isPlain?: boolean;
  /** Not called for parts. */
  readonly decode: Decode;
}

/** The handlers of a session, one for each kind of message (J-71, J-73). */
export interface MessageHandlers {
  readonly text: MessageHandler | undefined;
  readonly binary: MessageHandler | undefined;
  readonly pong: MessageHandler | undefined;
}
