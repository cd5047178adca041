import type { CodecTarget, ValueOf } from "../codec/codec-declaration.js";

/** What `Session.addMessageHandler` takes, as types (T-11). Used by the session; has nothing at run time. */

/**
 * A function that is given messages, or an object with `onMessage`, Jakarta's `MessageHandler`. What it returns is not sent; a promise is waited for.
 */
export type MessageListener<Arguments extends readonly unknown[]> =
  | ((...message: Arguments) => unknown)
  | { onMessage(...message: Arguments): unknown };

/** What a handler for `C` is given: a scalar for `String` and the like, what a `json("Line", parse)` token decodes, else an instance. */
export type MessageOf<C> = C extends abstract new (...args: never[]) => { decode(text: never): infer T }
  ? Awaited<T>
  : ValueOf<C>;

/** What names the messages of a handler: `String`, `Buffer`, `PongMessage`, `TextReader`, a class with a decoder, or a decoder. */
export type MessageType = CodecTarget;

/** What a handler may take in parts. */
export type PartType = StringConstructor | BufferConstructor | Uint8ArrayConstructor;

/** Any message handler, as `messageHandlers` lists it. */
export type AnyMessageListener = MessageListener<never[]>;
