import type { CodecPlan } from "../codec/codec-chain.js";
import { planCodecs } from "../codec/codec-plan.js";
import { describe } from "../errors.js";
import { bindArguments } from "./arguments.js";
import { getServerEndpointMetadata, type ServerEndpointMetadata } from "./declaration.js";
import type { Class, ClassReference, ServerEndpointOptions } from "./endpoint-config.js";
import { classesOf, judgeMessageOptions, judgeOptions } from "./endpoint-options.js";
import { handlerMethodsOf, usesStandardDecorators, type HandlerMethod } from "./handler-methods.js";
import type { Decode, Handler, MessageHandler } from "./handler.js";
import { compile } from "./invoke.js";
import { messageDecodings, undecodable, type MessageSlot } from "./message-decoding.js";
import { unsendable } from "./return-type.js";

/**
 * Turns what an endpoint class declares into one frozen model, or into everything that is wrong with it. Called by the deployment of a class; the
 * path's syntax, duplicates of paths and the dependency graph are judged there.
 */

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

/** What an application says for all its endpoints. */
export interface ModelDefaults {
  readonly encoders: readonly ClassReference[];
  readonly decoders: readonly ClassReference[];
}

/** A model, or what is wrong: one sentence for each mistake. */
export interface JudgedModel {
  readonly model?: EndpointModel;
  readonly problems: readonly string[];
}

/**
 * Compiles an endpoint class. Never throws: without a model, `problems` has at least one entry; with one, none.
 *
 * @param variables The names in the path's template; undefined when the template itself is malformed, so that nothing is said of `@PathParam`.
 */
export function modelOf(
  endpointClass: Class,
  defaults: ModelDefaults,
  variables: readonly string[] | undefined,
): JudgedModel {
  if (typeof endpointClass !== "function" || typeof endpointClass.prototype !== "object")
    return { problems: [`${describe(endpointClass)} is listed as an endpoint, expected a class with @ServerEndpoint`] };
  const metadata = getServerEndpointMetadata(endpointClass);
  if (usesStandardDecorators(endpointClass)) return { problems: [standardDecorators(endpointClass)] };
  if (metadata === undefined) return { problems: [undecorated(endpointClass)] };
  const compiler = new ModelCompiler(endpointClass, metadata, variables);
  const model = compiler.compile(defaults);
  return compiler.problems.length === 0 ? { model, problems: [] } : { problems: compiler.problems };
}

/** Collects the handlers of one class, and everything that is wrong on the way. */
class ModelCompiler {
  readonly problems: string[] = [];
  readonly #class: Class;
  readonly #metadata: ServerEndpointMetadata;
  readonly #variables: readonly string[] | undefined;
  readonly #hooks = new Map<HandlerMethod["kind"], Handler>();
  readonly #messages = new Map<MessageSlot, MessageHandler>();
  #wantsRequest = false;

  constructor(endpointClass: Class, metadata: ServerEndpointMetadata, variables: readonly string[] | undefined) {
    this.#class = endpointClass;
    this.#metadata = metadata;
    this.#variables = variables;
  }

  compile(defaults: ModelDefaults): EndpointModel {
    judgeOptions(this.#class.name, this.#metadata, this.problems);
    const codecs = planCodecs(
      [this.#codecList(this.#class.name, this.#metadata), this.#codecList("the application", defaults)],
      this.problems,
    );
    for (const method of handlerMethodsOf(this.#class, this.problems)) this.#add(method, codecs);
    return Object.freeze({
      endpointClass: this.#class,
      options: this.#metadata,
      codecs,
      open: this.#hooks.get("OnOpen"),
      close: this.#hooks.get("OnClose"),
      error: this.#hooks.get("OnError"),
      text: this.#messages.get("text"),
      binary: this.#messages.get("binary"),
      pong: this.#messages.get("pong"),
      wantsRequest: this.#wantsRequest,
    });
  }

  #codecList(owner: string, { encoders, decoders }: ModelDefaults) {
    return {
      owner,
      encoders: classesOf(owner, "encoders", encoders, this.problems),
      decoders: classesOf(owner, "decoders", decoders, this.problems),
    };
  }

  #add(method: HandlerMethod, codecs: CodecPlan): void {
    const { resolvers, message, wantsRequest } = bindArguments(method, this.#variables, this.problems);
    this.#wantsRequest ||= wantsRequest;
    const handler = { method: String(method.name), invoke: compile(method.name, resolvers) };
    if (method.kind !== "OnMessage") {
      this.#addHook(method, handler);
      return;
    }
    const maxMessageSize = judgeMessageOptions(method.label, method.options, this.problems);
    const result = unsendable(method, codecs);
    if (result !== undefined) this.problems.push(result);
    if (message === undefined) return;
    const decodings = messageDecodings(message.type, codecs);
    if (decodings.size === 0) this.problems.push(`${message.label}: ${undecodable(message.type)}`);
    for (const [slot, decode] of decodings) this.#addMessage(slot, { ...handler, maxMessageSize, decode });
  }

  #addHook({ kind }: HandlerMethod, handler: Handler): void {
    const other = this.#hooks.get(kind);
    if (other !== undefined)
      this.problems.push(`${this.#class.name}: ${other.method} and ${handler.method} both have @${kind}, expected one`);
    this.#hooks.set(kind, Object.freeze(handler));
  }

  #addMessage(slot: MessageSlot, handler: MessageHandler & { readonly decode: Decode }): void {
    const other = this.#messages.get(slot);
    if (other !== undefined)
      this.problems.push(
        `${this.#class.name}: ${other.method} and ${handler.method} both take ${slot} messages, expected one @OnMessage for each kind`,
      );
    this.#messages.set(slot, Object.freeze(handler));
  }
}

function standardDecorators({ name }: Class): string {
  return `${name}: its decorators were called as standard (TC39) decorators, which have no parameter types: set "experimentalDecorators": true and "emitDecoratorMetadata": true in the compiler's options`;
}

function undecorated(endpointClass: Class): string {
  const { name } = endpointClass;
  let base = Object.getPrototypeOf(endpointClass) as Class | null;
  while (typeof base === "function" && getServerEndpointMetadata(base) === undefined)
    base = Object.getPrototypeOf(base) as Class | null;
  return typeof base === "function"
    ? `${name}: has no @ServerEndpoint of its own, and that of ${base.name} is not inherited: decorate ${name}, too`
    : `${name}: has no @ServerEndpoint: decorate the class, as @ServerEndpoint("/chat")`;
}
