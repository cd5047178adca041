import type { CodecPlan } from "../codec/codec-chain.js";
import type { CloseReason } from "../close-reason.js";
import type { CodecChain } from "../codec/codec-chain.js";
import type { HandshakeRequest } from "../handshake-request.js";
import type { Session } from "../session/session.js";
import type { Class, EndpointConfig, ServerEndpointOptions } from "./endpoint-config.js";

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
}

/** A handler method compiled to a closure of fixed arity. `payload`: the decoded message, or the error of `@OnError`. */
export type Invoke = (context: HandlerContext, payload: unknown) => unknown;

/** One of `@OnOpen`, `@OnClose`, `@OnError`. */
export interface Handler {
  /** The method's name. */
  readonly method: string;
  readonly invoke: Invoke;
}

/** The `@OnMessage` method for one kind of message. */
export interface MessageHandler extends Handler {
  /** UTF-8 bytes or bytes, from `@OnMessage({ maxMessageSize })`; undefined: the session's limit holds. */
  readonly maxMessageSize: number | undefined;
  /**
   * Turns the bytes of a message into the parameter's value; a promise when a decoder is async. Throws or rejects with `DecodeException`,
   * or with what the decoder threw.
   */
  readonly decode: (context: HandlerContext, data: Buffer) => unknown;
}

/** All that is known of an endpoint class, compiled once at deployment and frozen. */
export interface EndpointModel {
  readonly endpointClass: Class;
  readonly options: ServerEndpointOptions;
  readonly codecs: CodecPlan;
  readonly open: Handler | undefined;
  readonly close: Handler | undefined;
  readonly error: Handler | undefined;
  readonly text: MessageHandler | undefined;
  readonly binary: MessageHandler | undefined;
  readonly pong: MessageHandler | undefined;
  /** Whether some handler takes the `HandshakeRequest`. */
  readonly wantsRequest: boolean;
}
