import { container, injectable, type InjectionToken } from "tsyringe";
import type { ClientEndpointOptions } from "./client-options.js";
import {
  declareClientEndpoint,
  declareCompress,
  declareEndpoint,
  declareHandler,
  declareMisuse,
  declareParameter,
  type HandlerKind,
  type Misuse,
  type ParameterMark,
  type ServerEndpointMetadata,
} from "./declaration.js";
import type { Class, ServerEndpointOptions } from "./endpoint-config.js";

/**
 * The decorators of endpoint classes. They only record, through `declaration`, and never throw: what was declared wrongly is told by the
 * deployment, all at once.
 */

/**
 * The token under which every imported class with `@ServerEndpoint` lies in tsyringe's global container, as a value. `resolveAll(ENDPOINTS)` gives
 * the classes. Registrations in a child container hide the global ones.
 */
export const ENDPOINTS: InjectionToken<Class> = Symbol.for("wirespring.endpoints");

/** What `@OnMessage` takes. */
export interface OnMessageOptions {
  /**
   * Largest message for this handler, in UTF-8 bytes or bytes, 1 to 2^31-1; a larger one closes with 1009. Holds over the session's limit, up and
   * down. Default: the session's.
   */
  readonly maxMessageSize?: number;
}

/** Decorates a method, and nothing else. */
export type HandlerDecorator = <T extends (...args: never[]) => unknown>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<T>,
) => void;

/** Decorates a parameter of a handler method. */
export type HandlerParameterDecorator = (target: object, method: string | symbol | undefined, index: number) => void;

/** A type that a handler's parameter may have: a class, abstract ones too, or `() => Class` for one that is declared further down. */
export type ArgumentType =
  | (abstract new (...args: never[]) => unknown)
  | BigIntConstructor
  | (() => (abstract new (...args: never[]) => unknown) | BigIntConstructor);

/**
 * Makes a class an endpoint at a path: one instance for each connection, constructed with its dependencies by tsyringe. The class is injectable
 * and registered under `ENDPOINTS`. A subclass is an endpoint only with a `@ServerEndpoint` of its own (J-23).
 *
 * ```ts
 * @ServerEndpoint("/echo/{name}")
 * class Echo {
 *   @OnMessage() said(text: string, @PathParam("name") name: string) { return `${name}: ${text}`; }
 * }
 * ```
 *
 * @param path The path template, or all options.
 */
export function ServerEndpoint(path: string | ServerEndpointOptions): (endpointClass: Class) => void {
  const metadata = completed(path);
  return classRecorder("ServerEndpoint", (endpointClass) => {
    if (!declareEndpoint(endpointClass, metadata)) return false;
    container.register(ENDPOINTS, { useValue: endpointClass });
    return true;
  });
}

/**
 * Makes a class an endpoint for `connectToServer`, with the same method decorators as one of a server (J-179). The class is injectable: given as
 * a class, each connection gets an instance of its own, constructed with its dependencies by tsyringe. Not inherited (J-23). `@PathParam` gives
 * undefined: there is no template (J-189).
 *
 * ```ts
 * @ClientEndpoint({ subprotocols: ["chat"] })
 * class Listener {
 *   @OnMessage() heard(text: string) { console.log(text); }
 * }
 * ```
 *
 * @param options What is not said has the defaults of `ClientEndpointOptions`. Judged when connecting.
 */
export function ClientEndpoint(options: ClientEndpointOptions = {}): (endpointClass: Class) => void {
  const given = typeof options === "object" && options !== null ? Object.freeze({ ...options }) : options;
  return classRecorder("ClientEndpoint", (endpointClass) => declareClientEndpoint(endpointClass, given));
}

/** `declare`: false when the class was declared before. */
function classRecorder(decorator: string, declare: (type: Class) => boolean): (endpointClass: Class) => void {
  return (endpointClass: Class, ...rest: unknown[]) => {
    if (typeof endpointClass !== "function") {
      misuse(endpointClass, decorator, rest[0], "member");
      return;
    }
    if (isStandardContext(rest[0])) misuse(endpointClass, decorator, "", "standard");
    if (declare(endpointClass)) injectable()(endpointClass as never);
    else misuse(endpointClass, decorator, "", "twice");
  };
}

/**
 * Calls the method once when a connection is there, before any of its messages (J-45). Takes `Session`, `EndpointConfig`, `HandshakeRequest` and
 * `@PathParam` parameters, in any order. May be async: messages wait for it.
 */
export function OnOpen(): HandlerDecorator {
  return recorder("OnOpen");
}

/**
 * Calls the method for every message of the kind that its message parameter says: `string`, `number`, `boolean` and `bigint` text, `Buffer`,
 * `Uint8Array` and `ArrayBuffer` binary, `PongMessage` pongs, any other class what its decoders read. `TextReader` and `Readable` are read while the
 * message arrives; `string`, `Buffer` or `Uint8Array` beside `last: boolean` comes part by part, one call for each frame. Takes `Session`,
 * `AbortSignal` (aborted when the session ends before the handler) and `@PathParam` parameters, too, in any order. What it returns, or resolves to, is sent; `undefined` and `null` are not.
 */
export function OnMessage(options?: OnMessageOptions): HandlerDecorator {
  return recorder("OnMessage", options);
}

/**
 * Says with `false` that what the `@OnMessage` method returns is never compressed, on connections that have agreed on it, too: for a reply in which a
 * secret lies beside text of the peer, whose length would tell of the secret. What the method sends by `session.remote` is not meant.
 */
export function Compress(compress: boolean): HandlerDecorator {
  return onMethod("Compress", (target, method) => declareCompress(target, method, compress));
}

/** Calls the method once when a connection has ended, after its last message. Takes `Session`, `CloseReason` and `@PathParam` parameters. */
export function OnClose(): HandlerDecorator {
  return recorder("OnClose");
}

/**
 * Calls the method for whatever was thrown by a handler, a codec or the connection. Takes the error, as `Error` or `unknown`, and `Session` and
 * `@PathParam` parameters. The connection stays open unless this was `@OnOpen`.
 */
export function OnError(): HandlerDecorator {
  return recorder("OnError");
}

/**
 * Gives a parameter the value of a variable of the endpoint's path, percent-decoded, as `string`, `number`, `boolean` or `bigint` by its type. A
 * value that is none is a `DecodeException` when the handler would be called (J-66).
 *
 * @param name The variable, as `room` of `/chat/{room}`.
 * @param converter Makes the value instead, of any type; what it throws becomes the cause of a `DecodeException`.
 */
export function PathParam(name: string, converter?: (text: string) => unknown): HandlerParameterDecorator {
  return parameterRecorder((index) => ({ decorator: "PathParam", index, name, converter }));
}

/**
 * Says the type of a parameter where the compiler does not: interfaces, unions, classes imported by `import type`, esbuild, tsx. Holds over
 * what the compiler says; also beside `@PathParam`.
 *
 * @param type As `String`, `Session`, `Line`, or a decoder that `json("Line", parse)` has made.
 */
export function Arg(type: ArgumentType): HandlerParameterDecorator {
  return parameterRecorder((index) => ({ decorator: "Arg", index, type }));
}

function completed(path: string | ServerEndpointOptions): ServerEndpointMetadata {
  const given = typeof path === "object" && path !== null ? path : { value: path };
  const { subprotocols = [], encoders = [], decoders = [] } = given;
  return Object.freeze({
    ...given,
    subprotocols: copied(subprotocols),
    encoders: copied(encoders),
    decoders: copied(decoders),
  });
}

/** What is no list stays as it is, for the deployment to tell. */
function copied<T>(list: readonly T[]): readonly T[] {
  return Array.isArray(list) ? Object.freeze([...list]) : list;
}

function recorder(kind: HandlerKind, options?: unknown): HandlerDecorator {
  return onMethod(kind, (target, method) => declareHandler(target, method, { kind, options }));
}

function onMethod(kind: string, declare: (target: object, method: string | symbol) => void): HandlerDecorator {
  return (target: object | undefined, method: unknown, descriptor?: PropertyDescriptor) => {
    if (isStandardContext(method)) {
      misuse(target, kind, method.name, "standard");
    } else if (typeof target === "function") {
      misuse(target, kind, method, "static");
    } else if (isRecordable(target)) {
      const found = descriptor ?? Object.getOwnPropertyDescriptor(target, method as string | symbol);
      if (found === undefined) misuse(target, kind, method, "field");
      else if (typeof found.value !== "function") misuse(target, kind, method, "accessor");
      else declare(target, method as string | symbol);
    }
  };
}

function parameterRecorder(mark: (index: number) => ParameterMark): HandlerParameterDecorator {
  return (target, method, index) => {
    const recorded = mark(index);
    // A value, not a class or prototype: TypeScript never calls it so, and there is nothing to record on.
    if (!isRecordable(target)) return;
    if (method === undefined) misuse(target, recorded.decorator, "", "constructor");
    else if (typeof target === "function") misuse(target, recorded.decorator, method, "static");
    else declareParameter(target, method, recorded);
  };
}

/** TC39 decorators give a method's function, or undefined for a field: the class decorator, called alike, tells of it then. */
function misuse(target: unknown, decorator: string, member: unknown, place: Misuse["place"]): void {
  if (isRecordable(target)) declareMisuse(target, { decorator, member: String(member), place });
}

function isRecordable(target: unknown): target is object {
  return (typeof target === "object" && target !== null) || typeof target === "function";
}

function isStandardContext(value: unknown): value is { readonly kind: string; readonly name: unknown } {
  return typeof value === "object" && value !== null && typeof (value as { kind?: unknown }).kind === "string";
}
