import type { CodecPlan } from "../codec/codec-chain.js";
import { planCodecs } from "../codec/codec-plan.js";
import { describe } from "../errors.js";
import { bindArguments } from "./arguments.js";
import { isEndpointClass } from "./endpoint.js";
import { judgeClientOptions, type ClientEndpointOptions } from "./client-options.js";
import { getClientEndpointMetadata, getServerEndpointMetadata } from "./declaration.js";
import type { Class, ClassReference, EndpointOptions, ServerEndpointOptions } from "./endpoint-config.js";
import { classesOf, judgeMessageOptions, judgeOptions } from "./endpoint-options.js";
import { handlerMethodsOf, usesStandardDecorators, type HandlerMethod } from "./handler-methods.js";
import type { Handler, MessageHandler, MessageHandlers } from "./handler.js";
import { compile } from "./invoke.js";
import { messageDecodings, partDecoding, undecodable, type MessageSlot } from "./message-decoding.js";
import { programmaticHandlers } from "./programmatic-model.js";
import { unsendable } from "./return-type.js";

/**
 * Turns what an endpoint class declares into one frozen model, or into everything that is wrong with it. Called by the deployment of a class; the
 * path's syntax, duplicates of paths and the dependency graph are judged there.
 */

/** All that is known of an endpoint class, compiled once at deployment and frozen. */
export interface EndpointModel<Options extends EndpointOptions = ServerEndpointOptions> extends MessageHandlers {
  readonly endpointClass: Class;
  readonly options: Options;
  readonly codecs: CodecPlan;
  readonly open: Handler | undefined;
  readonly close: Handler | undefined;
  readonly error: Handler | undefined;
  /** Whether some handler takes the `HandshakeRequest`. */
  readonly wantsRequest: boolean;
}

/** What an application says for all its endpoints. */
export interface ModelDefaults {
  readonly encoders: readonly ClassReference[];
  readonly decoders: readonly ClassReference[];
}

/** A model, or what is wrong: one sentence for each mistake. */
export interface JudgedModel<Options extends EndpointOptions = ServerEndpointOptions> {
  readonly model?: EndpointModel<Options>;
  readonly problems: readonly string[];
}

/**
 * Compiles an endpoint class, decorated or a subclass of `Endpoint`. Never throws: without a model, `problems` has at least one entry; with
 * one, none.
 *
 * @param variables The names in the path's template; undefined when the template itself is malformed, so that nothing is said of `@PathParam`.
 * @param given From a `ServerEndpointConfig`; holds over what `@ServerEndpoint` says, option by option.
 */
export function modelOf(
  endpointClass: Class,
  defaults: ModelDefaults,
  variables: readonly string[] | undefined,
  given?: ServerEndpointOptions,
): JudgedModel {
  if (typeof endpointClass !== "function" || typeof endpointClass.prototype !== "object")
    return { problems: [`${describe(endpointClass)} is listed as an endpoint, expected a class with @ServerEndpoint`] };
  const metadata = getServerEndpointMetadata(endpointClass);
  if (usesStandardDecorators(endpointClass)) return { problems: [standardDecorators(endpointClass)] };
  if (isEndpointClass(endpointClass)) {
    if (metadata !== undefined) return { problems: [decoratedEndpoint(endpointClass)] };
    if (given === undefined) return { problems: [pathless(endpointClass)] };
  } else if (metadata === undefined) return { problems: [undecorated(endpointClass)] };
  const options = given === undefined ? metadata! : Object.freeze({ ...metadata, ...given });
  return new ModelCompiler(endpointClass, options, judgeOptions, variables).compile(defaults);
}

/**
 * Compiles a class for the client side. Never throws; see `modelOf`. There is no path, so `@PathParam` gives undefined (J-189).
 *
 * @param given Holds over what `@ClientEndpoint` says, option by option.
 */
export function clientModelOf(
  endpointClass: Class,
  given: ClientEndpointOptions,
  defaults: ModelDefaults,
): JudgedModel<ClientEndpointOptions> {
  const metadata = getClientEndpointMetadata(endpointClass);
  if (usesStandardDecorators(endpointClass)) return { problems: [standardDecorators(endpointClass)] };
  if (metadata === undefined && !isEndpointClass(endpointClass))
    return { problems: [undecoratedClient(endpointClass)] };
  const options = Object.freeze({ ...metadata, ...given });
  return new ModelCompiler(endpointClass, options, judgeClientOptions, undefined).compile(defaults);
}

/** Collects the handlers of one class, and everything that is wrong on the way. */
class ModelCompiler<Options extends EndpointOptions> {
  readonly problems: string[] = [];
  readonly #class: Class;
  readonly #options: Options;
  readonly #judge: (owner: string, options: Options, problems: string[]) => void;
  readonly #variables: readonly string[] | undefined;
  readonly #hooks = new Map<HandlerMethod["kind"], Handler>();
  readonly #messages = new Map<MessageSlot, MessageHandler>();
  #wantsRequest = false;

  constructor(
    endpointClass: Class,
    options: Options,
    judge: (owner: string, options: Options, problems: string[]) => void,
    variables: readonly string[] | undefined,
  ) {
    this.#class = endpointClass;
    this.#options = options;
    this.#judge = judge;
    this.#variables = variables;
  }

  compile(defaults: ModelDefaults): JudgedModel<Options> {
    const model = this.#model(defaults);
    return this.problems.length === 0 ? { model, problems: [] } : { problems: this.problems };
  }

  #model(defaults: ModelDefaults): EndpointModel<Options> {
    const { name } = this.#class;
    this.#judge(name, this.#options, this.problems);
    const { encoders = [], decoders = [] } = this.#options;
    const codecs = planCodecs(
      [this.#codecList(name, { encoders, decoders }), this.#codecList("the application", defaults)],
      this.problems,
    );
    const methods = handlerMethodsOf(this.#class, this.problems);
    if (isEndpointClass(this.#class)) {
      for (const { label, kind } of methods)
        this.problems.push(
          `${label}: has @${kind}, but ${name} extends Endpoint, whose methods are called without: remove it`,
        );
      return Object.freeze({
        endpointClass: this.#class,
        options: this.#options,
        ...programmaticHandlers(this.#class, codecs),
      });
    }
    for (const method of methods) this.#add(method, codecs);
    return Object.freeze({
      endpointClass: this.#class,
      options: this.#options,
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
    const { resolvers, message, wantsRequest, bindings } = bindArguments(method, this.#variables, this.problems);
    this.#wantsRequest ||= wantsRequest;
    const compiled = { method: String(method.name), bindings, invoke: compile(method.name, resolvers) };
    if (method.kind !== "OnMessage") {
      this.#addHook(method, compiled);
      return;
    }
    const handler = { ...compiled, isPlain: method.compress === false };
    const maxMessageSize = judgeMessageOptions(method.label, method.options, this.problems);
    const result = unsendable(method, codecs);
    if (result !== undefined) this.problems.push(result);
    if (message === undefined) return;
    if (message.inParts) {
      const { slot, decoding } = partDecoding(message.type)!;
      this.#addMessage(slot, { ...handler, ...decoding, maxMessageSize: undefined });
      return;
    }
    const decodings = messageDecodings(message.type, codecs);
    if (decodings.size === 0) this.problems.push(`${message.label}: ${undecodable(message.type)}`);
    for (const [slot, decoding] of decodings) this.#addMessage(slot, { ...handler, ...decoding, maxMessageSize });
  }

  #addHook({ kind }: HandlerMethod, handler: Handler): void {
    const other = this.#hooks.get(kind);
    if (other !== undefined)
      this.problems.push(`${this.#class.name}: ${other.method} and ${handler.method} both have @${kind}, expected one`);
    this.#hooks.set(kind, Object.freeze(handler));
  }

  #addMessage(slot: MessageSlot, handler: MessageHandler): void {
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
  return unmarked(endpointClass, "@ServerEndpoint", getServerEndpointMetadata, `@ServerEndpoint("/chat")`);
}

function decoratedEndpoint({ name }: Class): string {
  return `${name}: extends Endpoint, whose methods are called without decorators, and has @ServerEndpoint: remove one of both`;
}

function pathless({ name }: Class): string {
  return `${name}: extends Endpoint and has no path: give it one, as ServerEndpointConfig.create(${name}, "/path"), and deploy that`;
}

function undecoratedClient(endpointClass: Class): string {
  return unmarked(endpointClass, "@ClientEndpoint", getClientEndpointMetadata, "@ClientEndpoint(), or extend Endpoint");
}

function unmarked(endpointClass: Class, decorator: string, read: (type: Class) => unknown, cure: string): string {
  const { name } = endpointClass;
  let base = Object.getPrototypeOf(endpointClass) as Class | null;
  while (typeof base === "function" && read(base) === undefined) base = Object.getPrototypeOf(base) as Class | null;
  return typeof base === "function"
    ? `${name}: has no ${decorator} of its own, and that of ${base.name} is not inherited: decorate ${name}, too`
    : `${name}: has no ${decorator}: decorate the class, as ${cure}`;
}
