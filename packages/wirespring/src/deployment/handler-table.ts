import type { CodecPlan } from "../codec/codec-chain.js";
import type { Class } from "../endpoint/endpoint-config.js";
import type { Invoke, MessageHandler, MessageHandlers } from "../endpoint/handler.js";
import { messageDecodings, partDecoding, undecodable, type MessageSlot } from "../endpoint/message-decoding.js";
import { describe, illegalArgument, IllegalStateError } from "../errors.js";
import type { AnyMessageListener } from "../session/message-listener.js";
import type { MessagePart } from "../session/parted-message.js";
import { isThenable, settled } from "../thenable.js";

/**
 * The message handlers of a session that has added some of its own (J-73 to J-76, J-106 to J-108). Made by the dispatcher with the first of them; until
 * then, the endpoint model is the table.
 */

type Listen = (...message: unknown[]) => unknown;

export class HandlerTable implements MessageHandlers {
  text: MessageHandler | undefined;
  binary: MessageHandler | undefined;
  pong: MessageHandler | undefined;
  readonly #codecs: CodecPlan;
  readonly #added = new Map<AnyMessageListener, ReadonlyMap<MessageSlot, MessageHandler>>();

  /** Starts with the endpoint's own handlers. */
  constructor(handlers: MessageHandlers, codecs: CodecPlan) {
    this.text = handlers.text;
    this.binary = handlers.binary;
    this.pong = handlers.pong;
    this.#codecs = codecs;
  }

  get listeners(): ReadonlySet<AnyMessageListener> {
    return new Set(this.#added.keys());
  }

  /** See `Session.addMessageHandler`. Changes nothing when it throws. */
  add(type: unknown, listener: AnyMessageListener, partial: boolean): void {
    const listen = listenOf(listener);
    if (typeof type !== "function" || typeof type.prototype !== "object")
      throw illegalArgument(
        `addMessageHandler takes the class of the messages first, as String or Buffer, found ${describe(type)}`,
      );
    if (this.#added.has(listener))
      throw new IllegalStateError("this message handler was added already", "WS_HANDLER_EXISTS");
    const handlers = partial ? partHandlers(type as Class, listen) : wholeHandlers(type as Class, listen, this.#codecs);
    for (const slot of handlers.keys())
      if (this[slot] !== undefined)
        throw new IllegalStateError(
          `there is a handler for ${slot} messages already: remove it first, or take the message there`,
          "WS_HANDLER_EXISTS",
        );
    for (const [slot, handler] of handlers) this[slot] = handler;
    this.#added.set(listener, handlers);
  }

  /** Takes a handler out; one that is not there is ignored. */
  remove(listener: AnyMessageListener): void {
    for (const slot of this.#added.get(listener)?.keys() ?? []) this[slot] = undefined;
    this.#added.delete(listener);
  }
}

function listenOf(listener: AnyMessageListener): Listen {
  if (typeof listener === "function") return listener as Listen;
  const { onMessage } = (listener ?? {}) as { readonly onMessage?: unknown };
  if (typeof onMessage !== "function")
    throw illegalArgument(
      `addMessageHandler takes a function, or an object with onMessage, found ${describe(listener)}`,
    );
  return (...message) => (listener as unknown as { onMessage: Listen }).onMessage(...message);
}

function wholeHandlers(type: Class, listen: Listen, codecs: CodecPlan): ReadonlyMap<MessageSlot, MessageHandler> {
  const decodings = messageDecodings(type, codecs);
  if (decodings.size === 0)
    throw new IllegalStateError(`addMessageHandler: the type ${undecodable(type)}`, "WS_UNDECODABLE");
  const invoke: Invoke = (_context, message) => unsent(listen(message));
  return new Map([...decodings].map(([slot, decoding]) => [slot, handlerOf(invoke, decoding)]));
}

function partHandlers(type: Class, listen: Listen): ReadonlyMap<MessageSlot, MessageHandler> {
  const parts = partDecoding(type);
  if (parts === undefined)
    throw new IllegalStateError(
      `addMessageHandler: a message comes in parts of String, Buffer or Uint8Array, found ${type.name}`,
      "WS_UNDECODABLE",
    );
  const { slot, decoding, convert } = parts;
  const invoke: Invoke = (_context, part) =>
    unsent(listen(convert((part as MessagePart).data), (part as MessagePart).last));
  return new Map([[slot, handlerOf(invoke, decoding)]]);
}

function handlerOf(invoke: Invoke, decoding: Pick<MessageHandler, "form" | "decode">): MessageHandler {
  return Object.freeze({ method: "addMessageHandler", invoke, maxMessageSize: undefined, ...decoding });
}

/** T-11: the result of such a handler is no message; its promise is waited for. */
function unsent(result: unknown): unknown {
  return isThenable(result) ? settled(result).then(() => undefined) : undefined;
}
