import { declaredParameters, isDeclared } from "./tsyringe-registry.js";

/**
 * What a constructor asks for, as tsyringe reads it, and what keeps it from being read: erased types, metadata that was never emitted,
 * constructors that are inherited unseen. Called by the dependency graph and for bean methods.
 */

/** `@inject`, `@injectAll` and their variants with a transform, as they are recorded. */
export interface Descriptor {
  readonly token: unknown;
  readonly multiple?: boolean;
  readonly isOptional?: boolean;
  readonly transform?: unknown;
  readonly transformArgs?: readonly unknown[];
}

/** Either what a constructor takes, in order, or what is wrong with it: the rest of a sentence about the class. */
export type Parameters = { readonly list: readonly unknown[] } | { readonly gap: string };

const TOKENS = "injectionTokens";
const TYPES = "design:paramtypes";

/** What interfaces, unions, `import type` and primitives leave behind; none of them names a dependency. */
const erased: ReadonlySet<unknown> = new Set([
  Object,
  Function,
  String,
  Number,
  Boolean,
  BigInt,
  Symbol,
  Array,
  Promise,
]);

/** Reads the parameters of a class's constructor, inherited ones included. */
export function parametersOf(type: Function): Parameters {
  const tokens: Record<number, unknown> = Reflect.getOwnMetadata(TOKENS, type) ?? {};
  const types: readonly unknown[] | undefined = Reflect.getMetadata(TYPES, type);
  const declared = declaredParameters(type);
  const length = Math.max(types?.length ?? lengthOf(type), ...Object.keys(tokens).map((index) => Number(index) + 1));
  if (length === 0) return { list: [] };
  if (isDeclared(type) === false) return { gap: undecorated(type, length) };
  const list = Array.from({ length }, (_, index) => tokens[index] ?? declared?.[index] ?? types?.[index]);
  const index = list.findIndex((each) => each === undefined || each === null || erased.has(each));
  return index < 0 ? { list } : { gap: gap(index, list[index], types !== undefined) };
}

/** Tells whether a parameter was recorded by one of tsyringe's parameter decorators. */
export function isDescriptor(parameter: unknown): parameter is Descriptor {
  return typeof parameter === "object" && parameter !== null && "token" in parameter;
}

/** Says what a type that names no dependency is; undefined for one that does. */
export function erasedName(type: unknown): string | undefined {
  return typeof type === "function" && erased.has(type) ? type.name : undefined;
}

/**
 * Without metadata only the functions themselves tell. Old-style functions among the ancestors, such as Node's `EventEmitter`, have
 * parameters that nobody needs to pass.
 */
function lengthOf(type: Function): number {
  let length = type.length;
  for (let owner = parentOf(type); owner !== undefined; owner = parentOf(owner))
    if (/^class\b/.test(Function.prototype.toString.call(owner))) length = Math.max(length, owner.length);
  return length;
}

function parentOf(type: Function): Function | undefined {
  const parent: unknown = Object.getPrototypeOf(type);
  return typeof parent === "function" && parent !== Function.prototype ? parent : undefined;
}

function undecorated(type: Function, length: number): string {
  if (type.length < length)
    return `it inherits a constructor with parameters but carries no decorator of its own: tsyringe would pass it nothing. Add @injectable() to ${type.name}`;
  return `it has constructor parameters but no decorator: their types are unknown at run time. Add @injectable() to ${type.name}`;
}

function gap(index: number, found: unknown, hasTypes: boolean): string {
  const parameter = `parameter ${index + 1} of its constructor`;
  if (!hasTypes)
    return `${parameter} has no type at run time, because the compiler emitted no decorator metadata for it. Compile with "emitDecoratorMetadata" (esbuild and tsx cannot), decorate the class that has the constructor, or say @inject(token) on the parameter`;
  if (found === undefined || found === null)
    return `${parameter} has no type at run time: its class did not exist yet when this one was declared. Break the circular import, or say @inject(delay(() => Class)) on the parameter`;
  return `${parameter} is ${(found as Function).name} at run time: an interface, a union, a primitive or an "import type" leaves no class behind. Import the class as a value, or say @inject(token) on the parameter`;
}
