import type { CodecPlan } from "../codec/codec-chain.js";
import { overrides, type Endpoint } from "./endpoint.js";
import type { Class } from "./endpoint-config.js";
import type { Handler, HandlerContext } from "./handler.js";

/**
 * The handlers of an `Endpoint` subclass, in the form that those of decorated classes have, so that nothing behind the model knows the
 * difference. Called by the endpoint model.
 */

/** What a model has beside class and options. */
export interface ProgrammaticHandlers {
  readonly codecs: CodecPlan;
  readonly open: Handler;
  readonly close: Handler | undefined;
  readonly error: Handler | undefined;
  /** Messages come to what a session has added; see `Session.addMessageHandler`. */
  readonly text: undefined;
  readonly binary: undefined;
  readonly pong: undefined;
  readonly wantsRequest: false;
}

/** Compiles the three methods; a default one is none, so that an error that nobody takes is logged and closes the session. */
export function programmaticHandlers(type: Class<Endpoint>, codecs: CodecPlan): ProgrammaticHandlers {
  return {
    codecs,
    open: OPEN,
    close: overrides(type, "onClose") ? CLOSE : undefined,
    error: overrides(type, "onError") ? ERROR : undefined,
    text: undefined,
    binary: undefined,
    pong: undefined,
    wantsRequest: false,
  };
}

const OPEN: Handler = Object.freeze({
  method: "onOpen",
  bindings: ["session: Session", "config: EndpointConfig"],
  invoke: (context: HandlerContext) => endpointOf(context).onOpen(context.session, context.config),
});

const CLOSE: Handler = Object.freeze({
  method: "onClose",
  bindings: ["session: Session", "reason: CloseReason"],
  invoke: (context: HandlerContext) => endpointOf(context).onClose(context.session, context.reason!),
});

const ERROR: Handler = Object.freeze({
  method: "onError",
  bindings: ["session: Session", "error: Error"],
  invoke: (context: HandlerContext, error: unknown) => endpointOf(context).onError(context.session, error as Error),
});

function endpointOf({ instance }: HandlerContext): Endpoint {
  return instance as Endpoint;
}
