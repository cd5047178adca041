import {
  compressOf,
  marksOf,
  misusesOf,
  type HandlerKind,
  type HandlerMark,
  type Misuse,
  type ParameterMark,
} from "./declaration.js";
import { describe } from "../errors.js";
import type { Class } from "./endpoint-config.js";

/**
 * Finds the handler methods of an endpoint class, inherited ones included, and the decorators that lie where they have no effect. Called by
 * the endpoint model.
 */

/** One handler decorator on one method. */
export interface HandlerMethod {
  readonly kind: HandlerKind;
  readonly options: unknown;
  readonly name: string | symbol;
  /** As error messages call it: `ChatEndpoint.said`. */
  readonly label: string;
  /** The prototype the method lies on: its compiler metadata is there, too (J-25). */
  readonly owner: object;
  /** `Function.length`. */
  readonly length: number;
  readonly parameters: readonly ParameterMark[];
  /** What `@Compress` was given, unjudged. */
  readonly compress: unknown;
}

/**
 * Walks the prototypes from the class upwards. A name that was seen is closed for the classes above: an override without decorator switches
 * the handler off (J-24, J-25).
 */
export function handlerMethodsOf(endpointClass: Class, problems: string[]): readonly HandlerMethod[] {
  const methods: HandlerMethod[] = [];
  const seen = new Set<string | symbol>(["constructor"]);
  for (const owner of prototypesOf(endpointClass)) {
    reportMisuses(endpointClass, owner, problems);
    for (const name of Reflect.ownKeys(owner)) {
      if (seen.has(name)) continue;
      seen.add(name);
      methods.push(...marked(endpointClass, owner, name, problems));
    }
  }
  return methods;
}

function* prototypesOf(endpointClass: Class): Generator<object> {
  let prototype = endpointClass.prototype as object | null;
  while (prototype !== null && prototype !== Object.prototype) {
    yield prototype;
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
}

function marked(endpointClass: Class, owner: object, name: string | symbol, problems: string[]): HandlerMethod[] {
  const { handlers, parameters } = marksOf(owner, name);
  const label = labelOf(endpointClass, owner, name);
  if (handlers.length === 0 && parameters.length > 0)
    problems.push(
      `${label}: has a parameter with @${parameters[0]!.decorator}, but is no handler: decorate it with @OnOpen(), @OnMessage(), @OnClose() or @OnError()`,
    );
  const compress = compressOf(owner, name);
  if (compress !== undefined && !handlers.some(({ kind }) => kind === "OnMessage"))
    problems.push(
      `${label}: has @Compress, which is about what an @OnMessage method returns: add @OnMessage(), or remove it`,
    );
  else if (compress !== undefined && typeof compress !== "boolean")
    problems.push(`${label}: @Compress takes true or false, found ${describe(compress)}`);
  const fn = Object.getOwnPropertyDescriptor(owner, name)?.value as { readonly length: number } | undefined;
  return distinct(handlers, label, problems).map(({ kind, options }) => ({
    kind,
    options,
    name,
    label,
    owner,
    length: fn?.length ?? 0,
    parameters,
    compress,
  }));
}

function distinct(handlers: readonly HandlerMark[], label: string, problems: string[]): readonly HandlerMark[] {
  return handlers.filter(({ kind }, index) => {
    const first = handlers.findIndex((other) => other.kind === kind) === index;
    if (!first) problems.push(`${label}: has @${kind} twice: remove one`);
    return first;
  });
}

function labelOf(endpointClass: Class, owner: object, name: string | symbol): string {
  const label = `${endpointClass.name}.${String(name)}`;
  return owner === endpointClass.prototype ? label : `${label} (inherited from ${owner.constructor.name})`;
}

function reportMisuses(endpointClass: Class, owner: object, problems: string[]): void {
  const found = [...misusesOf(owner.constructor), ...misusesOf(owner)];
  for (const misuse of found) if (misuse.place !== "standard") problems.push(misuseOf(endpointClass, misuse));
}

/** Tells that the class was compiled for TC39 decorators, in which case nothing else can be known of it. */
export function usesStandardDecorators(endpointClass: Class): boolean {
  const isStandard = ({ place }: Misuse): boolean => place === "standard";
  if (misusesOf(endpointClass).some(isStandard)) return true;
  return Reflect.ownKeys(endpointClass.prototype as object).some((name) => {
    const value: unknown = Object.getOwnPropertyDescriptor(endpointClass.prototype, name)?.value;
    return typeof value === "function" && name !== "constructor" && misusesOf(value).some(isStandard);
  });
}

function misuseOf(endpointClass: Class, { decorator, member, place }: Misuse): string {
  const label = member === "" ? endpointClass.name : `${endpointClass.name}.${member}`;
  switch (place) {
    case "static":
      return `${label}: @${decorator} on a static method has no effect: handlers belong to an instance, remove "static"`;
    case "accessor":
      return `${label}: @${decorator} on an accessor has no effect: write a method`;
    case "field":
      return `${label}: @${decorator} on a field has no effect: write a method, ${member}(...) { ... }, not a function in a property`;
    case "constructor":
      return `${label}: @${decorator} on a constructor parameter has no effect: take it in a handler, as @OnOpen() opened(@PathParam("room") room: string)`;
    case "member":
      return `${label}: @${decorator} belongs on the class`;
    default:
      return `${label}: has @${decorator} twice: remove one; several paths need several classes`;
  }
}
