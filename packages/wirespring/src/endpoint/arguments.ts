import { roleOf, type Role } from "../brand.js";
import { asError, DecodeException, describe, saidBy, decodeFailure } from "../errors.js";
import type { MessagePart } from "../session/parted-message.js";
import { conversionTo, type Conversion } from "./conversion.js";
import type { HandlerKind } from "./declaration.js";
import type { Class } from "./endpoint-config.js";
import type { HandlerMethod } from "./handler-methods.js";
import type { Resolver } from "./invoke.js";
import { partDecoding } from "./message-decoding.js";
import { nameOf, parametersOf, type Parameter } from "./parameters.js";

/**
 * Gives every parameter of a handler method its meaning (J-44 to J-48, J-60 to J-68): what is marked or branded first, then what is left is
 * counted (T-7). Called by the endpoint model.
 */

/** What a handler's parameters turned out to be. */
export interface BoundArguments {
  /** One for each parameter; meaningless where a problem was told. */
  readonly resolvers: readonly Resolver[];
  /** The message parameter's type, of `@OnMessage`; undefined where there is none or it is not known. */
  readonly message: BoundMessage | undefined;
  readonly wantsRequest: boolean;
  /** What each parameter is bound to, for people. */
  readonly bindings: readonly string[];
}

/** The message parameter. */
export interface BoundMessage {
  readonly type: Class;
  readonly label: string;
  /** Beside it stands `last: boolean`: the message comes in parts. */
  readonly inParts: boolean;
}

const resolveSession: Resolver = (context) => context.session;
const resolveConfig: Resolver = (context) => context.config;
const resolveRequest: Resolver = (context) => context.request;
const resolveReason: Resolver = (context) => context.reason;
const resolvePayload: Resolver = (_context, payload) => payload;
const resolveSignal: Resolver = (context) => context.abortSignal();
const resolveLast: Resolver = (_context, payload) => (payload as MessagePart).last;
const resolveNothing: Resolver = () => undefined;

const FRAMEWORK: Readonly<Record<HandlerKind, { readonly [R in Role]?: Resolver }>> = {
  OnOpen: { Session: resolveSession, EndpointConfig: resolveConfig, HandshakeRequest: resolveRequest },
  OnMessage: { Session: resolveSession },
  OnClose: { Session: resolveSession, CloseReason: resolveReason },
  OnError: { Session: resolveSession },
};

/** What each handler may take, for error messages. */
const TAKES: Readonly<Record<HandlerKind, string>> = {
  OnOpen: "Session, EndpointConfig, HandshakeRequest and @PathParam parameters",
  OnMessage: "one message, Session, AbortSignal and @PathParam parameters",
  OnClose: "Session, CloseReason and @PathParam parameters",
  OnError: "the error as Error or unknown, Session and @PathParam parameters",
};

const CURES: Readonly<Record<Role, string>> = {
  Session: "",
  EndpointConfig: "take it in @OnOpen and keep it in a field",
  HandshakeRequest: "take it in @OnOpen and keep what you need of it",
  CloseReason: "take it in @OnClose",
  PongMessage: "take it in a method with @OnMessage",
  TextReader: "take it in a method with @OnMessage",
  RemoteEndpoint: "take the Session and use session.remote",
  WebSocketContainer: "take the Session and use session.container",
};

/**
 * Binds the parameters of one handler.
 *
 * @param variables The names in the path's template; undefined when the path is not known, and not to be checked against.
 */
export function bindArguments(
  method: HandlerMethod,
  variables: readonly string[] | undefined,
  problems: string[],
): BoundArguments {
  const parameters = parametersOf(method, problems);
  const found = new Map<Role, number>();
  const rest: Parameter[] = [];
  const resolvers = parameters.map((parameter) => {
    if (parameter.path !== undefined) return bindPath(parameter, variables, problems);
    if (method.kind === "OnMessage" && isSignal(parameter)) return resolveSignal;
    const role = roleOf(parameter.type.known);
    const resolver = role === undefined ? undefined : FRAMEWORK[method.kind][role];
    if (role === undefined || (method.kind === "OnMessage" && MESSAGES.has(role))) {
      rest.push(parameter);
      return resolvePayload;
    }
    if (resolver === undefined) problems.push(misplaced(parameter, role, method.kind));
    found.set(role, (found.get(role) ?? 0) + 1);
    return resolver ?? resolveNothing;
  });
  for (const [role, count] of found)
    if (count > 1) problems.push(`${method.label}: takes ${role} ${count} times, expected once`);
  if (parameters.filter(isSignal).length > 1 && method.kind === "OnMessage")
    problems.push(`${method.label}: takes AbortSignal ${parameters.filter(isSignal).length} times, expected once`);
  const bound = bindRest(method, rest, problems);
  if (bound?.last !== undefined) {
    resolvers[parameters.indexOf(bound.message)] = partResolver(bound.message);
    resolvers[parameters.indexOf(bound.last)] = resolveLast;
  }
  const type = bound?.message.type.known;
  return {
    resolvers,
    message: type === undefined ? undefined : { type, label: bound!.message.label, inParts: bound!.last !== undefined },
    wantsRequest: resolvers.includes(resolveRequest),
    bindings: parameters.map((parameter, index) => bindingOf(parameter, resolvers[index]!, method.kind)),
  };
}

const SOURCES: ReadonlyMap<Resolver, string> = new Map([
  [resolveSession, "session"],
  [resolveConfig, "config"],
  [resolveRequest, "request"],
  [resolveReason, "reason"],
  [resolveSignal, "signal"],
  [resolveLast, "last"],
]);

/** What a parameter is given, and as what. */
function bindingOf(parameter: Parameter, resolver: Resolver, kind: HandlerKind): string {
  const { path, type } = parameter;
  if (path !== undefined) {
    const otherwise = path.converter === undefined ? "String" : `by ${describe(path.converter)}`;
    return `{${typeof path.name === "string" ? path.name : describe(path.name)}}: ${type.known?.name ?? otherwise}`;
  }
  const payload = kind === "OnError" ? "error" : resolver === resolvePayload ? "message" : "part";
  return `${SOURCES.get(resolver) ?? payload}: ${nameOf(type)}`;
}

/** Framework classes that are messages. */
const MESSAGES: ReadonlySet<Role> = new Set<Role>(["PongMessage", "TextReader"]);

function isSignal({ type, path }: Parameter): boolean {
  return path === undefined && (type.known as unknown) === AbortSignal;
}

function partResolver({ type }: Parameter): Resolver {
  const { convert } = partDecoding(type.known!)!;
  return (_context, payload) => convert((payload as MessagePart).data);
}

/** The parameter for the message, and the one that tells whether a part is the last. */
interface MessageParameters {
  readonly message: Parameter;
  readonly last: Parameter | undefined;
}

/** What is neither marked nor branded: the message, the error, or a mistake. */
function bindRest(
  method: HandlerMethod,
  rest: readonly Parameter[],
  problems: string[],
): MessageParameters | undefined {
  if (method.kind === "OnMessage") return bindMessage(method, rest, problems);
  if (method.kind === "OnError") bindError(method, rest, problems);
  else for (const parameter of rest) reject(parameter, method.kind, problems);
  return undefined;
}

function bindMessage(
  method: HandlerMethod,
  rest: readonly Parameter[],
  problems: string[],
): MessageParameters | undefined {
  const unknown = rest.filter((parameter) => parameter.type.known === undefined);
  for (const parameter of unknown) reject(parameter, method.kind, problems);
  if (unknown.length > 0) return undefined;
  const [message] = rest;
  if (message === undefined) {
    problems.push(`${method.label}: has no message parameter, expected one, as said(text: string)`);
    return undefined;
  }
  if (rest.length === 1) return { message, last: undefined };
  const last = rest.find(({ type }) => (type.known as unknown) === Boolean);
  const part = rest.find((parameter) => parameter !== last);
  if (rest.length === 2 && last !== undefined && partDecoding(part!.type.known!) !== undefined)
    return { message: part!, last };
  const names = rest.map(({ type }) => nameOf(type)).join(", ");
  problems.push(
    `${method.label}: has ${rest.length} message parameters (${names}), expected one, or string, Buffer or Uint8Array beside last: boolean. A variable of the path needs @PathParam("name")`,
  );
  return undefined;
}

function bindError(method: HandlerMethod, rest: readonly Parameter[], problems: string[]): void {
  const errors = rest.filter(({ type }) =>
    type.known === undefined ? type.state !== "unknown" : (type.known as unknown) === Error || isError(type.known),
  );
  for (const parameter of rest) {
    if (!errors.includes(parameter)) reject(parameter, method.kind, problems);
    else if (parameter.type.known !== undefined && (parameter.type.known as unknown) !== Error)
      problems.push(
        `${parameter.label}: is ${nameOf(parameter.type)}, but anything may be thrown: take Error or unknown, and narrow it`,
      );
  }
  if (errors.length > 1) problems.push(`${method.label}: has ${errors.length} parameters for the error, expected one`);
  if (rest.length === 0)
    problems.push(`${method.label}: has no parameter for the error, expected one, as failed(error: Error)`);
}

function isError(type: Class): boolean {
  return type.prototype instanceof Error;
}

function reject({ label, type }: Parameter, kind: HandlerKind, problems: string[]): void {
  if (type.known !== undefined) {
    problems.push(
      `${label}: is ${type.known.name}, but @${kind} takes ${TAKES[kind]}. A variable of the path needs @PathParam("name")`,
    );
  } else if (type.state !== "refused") {
    const cure = kind === "OnMessage" ? "@Arg(String), @Arg(Session) or @Arg(Line)" : "@Arg(Session)";
    const say = kind === "OnError" ? "@Arg(Error) or @Arg(Session)" : cure;
    problems.push(`${label}: ${type.reason}, but @${kind} takes ${TAKES[kind]}, told by their types. Say it: ${say}`);
  }
}

function misplaced({ label, type }: Parameter, role: Role, kind: HandlerKind): string {
  return `${label}: is ${nameOf(type)}, but @${kind} takes ${TAKES[kind]}: ${CURES[role]}`;
}

function bindPath(parameter: Parameter, variables: readonly string[] | undefined, problems: string[]): Resolver {
  const { label } = parameter;
  const { name } = parameter.path!;
  if (typeof name !== "string" || name === "") {
    const found = name === "" ? "an empty text" : describe(name);
    problems.push(`${label}: @PathParam needs the name of a variable of the path, found ${found}`);
    return resolveNothing;
  }
  if (variables !== undefined && !variables.includes(name)) {
    const known = variables.map((variable) => `"${variable}"`).join(", ");
    problems.push(
      `${label}: @PathParam("${name}") names no variable of the path, which has ${known === "" ? "none" : known}`,
    );
  }
  const convert = pathConversion(parameter, name, problems);
  if (convert === undefined) return resolveNothing;
  return (context) => {
    const text = context.session.pathParameters.get(name);
    return text === undefined ? undefined : convert(text);
  };
}

function pathConversion({ label, type, path }: Parameter, name: string, problems: string[]): Conversion | undefined {
  const converter = path!.converter;
  if (converter !== undefined) {
    if (typeof converter === "function")
      return guarded(conversionTo(converter) ?? (converter as Conversion), name, label);
    problems.push(`${label}: the converter of @PathParam("${name}") must be a function, found ${describe(converter)}`);
    return undefined;
  }
  if (type.known === undefined) {
    // T-2: `string | null` and the like; the text is what it is.
    if (type.state === "erased") return conversionTo(String);
    if (type.state === "unknown")
      problems.push(
        `${label}: ${type.reason}, but @PathParam gives string, number, boolean or bigint, told by its type. Say it: @Arg(String) or @Arg(Number), or give @PathParam a converter`,
      );
    return undefined;
  }
  const conversion = conversionTo(type.known);
  if (conversion === undefined) {
    problems.push(
      `${label}: @PathParam("${name}") gives string, number, boolean or bigint, found ${type.known.name}: give it a converter, @PathParam("${name}", (text) => ...)`,
    );
    return undefined;
  }
  return (type.known as unknown) === String ? conversion : guarded(conversion, name, label);
}

/** J-66: what fails is a `DecodeException` with the variable's text, whatever the converter threw. */
function guarded(convert: Conversion, name: string, label: string): Conversion {
  return (text) => {
    try {
      return convert(text);
    } catch (thrown) {
      const reason = thrown instanceof DecodeException ? saidBy(thrown) : "its converter has failed";
      throw decodeFailure(text, `${label}: path parameter "${name}": ${reason}`, asError(thrown));
    }
  };
}
