import type { ClientEndpointOptions } from "./client-options.js";
import type { Class, ClassReference, ServerEndpointOptions } from "./endpoint-config.js";

/**
 * What the decorators of an endpoint class have recorded, each on the class or prototype it was written on. Written by `decorators`, read by
 * `handler-methods` and the endpoint model. Only own metadata is ever read: nothing is inherited here.
 */

/** The decorators of handler methods. */
export type HandlerKind = "OnOpen" | "OnMessage" | "OnClose" | "OnError";

/** One handler decorator on a method. */
export interface HandlerMark {
  readonly kind: HandlerKind;
  /** What `@OnMessage` was given, unjudged. */
  readonly options: unknown;
}

/** One `@PathParam` or `@Arg` on a parameter. */
export type ParameterMark =
  | { readonly decorator: "PathParam"; readonly index: number; readonly name: unknown; readonly converter: unknown }
  | { readonly decorator: "Arg"; readonly index: number; readonly type: unknown };

/** Everything recorded on one method. */
export interface MethodMarks {
  readonly handlers: readonly HandlerMark[];
  readonly parameters: readonly ParameterMark[];
}

/** A decorator where it has no effect. */
export interface Misuse {
  readonly decorator: string;
  /** Empty for the class itself. */
  readonly member: string;
  /** `standard`: called as TC39 decorators are. */
  readonly place: "static" | "accessor" | "field" | "constructor" | "member" | "standard" | "twice";
}

/** What `@ServerEndpoint` was given, with empty lists where there were none. Frozen. No `configurator` means the default one. */
export interface ServerEndpointMetadata extends ServerEndpointOptions {
  readonly subprotocols: readonly string[];
  readonly encoders: readonly ClassReference[];
  readonly decoders: readonly ClassReference[];
}

const ENDPOINT = Symbol.for("wirespring.server-endpoint");
const CLIENT_ENDPOINT = Symbol.for("wirespring.client-endpoint");
const METHOD = Symbol.for("wirespring.method");
const COMPRESS = Symbol.for("wirespring.compress");
const MISUSES = Symbol.for("wirespring.misuses");

/** Records an endpoint's options; false when the class has some already. */
export function declareEndpoint(type: Class, metadata: ServerEndpointMetadata): boolean {
  if (Reflect.hasOwnMetadata(ENDPOINT, type)) return false;
  Reflect.defineMetadata(ENDPOINT, metadata, type);
  return true;
}

/** Gives the frozen attributes of `@ServerEndpoint`, empty lists filled in; undefined for a class without its own one (J-23). */
export function getServerEndpointMetadata(type: Class): ServerEndpointMetadata | undefined {
  return Reflect.getOwnMetadata(ENDPOINT, type) as ServerEndpointMetadata | undefined;
}

/** Records a client endpoint's options; false when the class has some already. */
export function declareClientEndpoint(type: Class, options: ClientEndpointOptions): boolean {
  if (Reflect.hasOwnMetadata(CLIENT_ENDPOINT, type)) return false;
  Reflect.defineMetadata(CLIENT_ENDPOINT, options, type);
  return true;
}

/** Gives the frozen options of `@ClientEndpoint`; undefined for a class without its own one (J-23). */
export function getClientEndpointMetadata(type: Class): ClientEndpointOptions | undefined {
  return Reflect.getOwnMetadata(CLIENT_ENDPOINT, type) as ClientEndpointOptions | undefined;
}

/** Records a handler decorator on a method of a prototype. */
export function declareHandler(owner: object, method: string | symbol, mark: HandlerMark): void {
  const { handlers, parameters } = marksOf(owner, method);
  Reflect.defineMetadata(METHOD, { handlers: [mark, ...handlers], parameters }, owner, method);
}

/** Records a parameter decorator on a method of a prototype. */
export function declareParameter(owner: object, method: string | symbol, mark: ParameterMark): void {
  const { handlers, parameters } = marksOf(owner, method);
  Reflect.defineMetadata(METHOD, { handlers, parameters: [...parameters, mark] }, owner, method);
}

/** Records on a method of a prototype whether what it returns may be compressed, unjudged. */
export function declareCompress(owner: object, method: string | symbol, compress: unknown): void {
  Reflect.defineMetadata(COMPRESS, compress, owner, method);
}

/** Gives what `@Compress` was given on a method of this very prototype; undefined when there is none. */
export function compressOf(owner: object, method: string | symbol): unknown {
  return Reflect.getOwnMetadata(COMPRESS, owner, method);
}

const NOTHING: MethodMarks = { handlers: [], parameters: [] };

/** Gives what was recorded on a method of this very prototype. */
export function marksOf(owner: object, method: string | symbol): MethodMarks {
  return (Reflect.getOwnMetadata(METHOD, owner, method) as MethodMarks | undefined) ?? NOTHING;
}

/**
 * Records a decorator that has no effect where it is.
 *
 * @param target The constructor or prototype; with TC39 decorators the method itself.
 */
export function declareMisuse(target: object, misuse: Misuse): void {
  Reflect.defineMetadata(MISUSES, [...misusesOf(target), misuse], target);
}

/** Lists the decorators that have no effect on this very constructor, prototype or method. */
export function misusesOf(target: object): readonly Misuse[] {
  return (Reflect.getOwnMetadata(MISUSES, target) as readonly Misuse[] | undefined) ?? [];
}
