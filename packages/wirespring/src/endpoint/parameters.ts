import { describe } from "../errors.js";
import { dereference } from "./class-reference.js";
import type { ParameterMark } from "./declaration.js";
import type { Class } from "./endpoint-config.js";
import type { HandlerMethod } from "./handler-methods.js";

/**
 * Finds out what is known of each parameter of a handler method: an explicit `@Arg`, else what the compiler emitted, else nothing. Called by
 * `arguments`, which gives the parameters their meaning.
 */

/** A parameter of a handler method. */
export interface Parameter {
  /** As error messages call it: `ChatEndpoint.said, parameter 2`. */
  readonly label: string;
  /** What is known of its type. */
  readonly type: ParameterType;
  /** Its `@PathParam`. */
  readonly path: (ParameterMark & { readonly decorator: "PathParam" }) | undefined;
}

/** `erased`: the compiler says `Object`, `refused`: a problem was told already. */
export type ParameterType =
  | { readonly known: Class }
  | { readonly known?: undefined; readonly state: "erased" | "unknown"; readonly reason: string }
  | { readonly known?: undefined; readonly state: "refused" };

/** Lists the parameters of a method, as many as the compiler, `Function.length` or a decorator knows of (T-3). */
export function parametersOf(method: HandlerMethod, problems: string[]): readonly Parameter[] {
  const emitted = Reflect.getOwnMetadata("design:paramtypes", method.owner, method.name) as
    | readonly unknown[]
    | undefined;
  const marked = method.parameters.map(({ index }) => index + 1);
  const count = Math.max(emitted?.length ?? 0, method.length, ...marked);
  return Array.from({ length: count }, (_, index) => {
    const label = `${method.label}, parameter ${index + 1}`;
    const path = only("PathParam", method, index, label, problems);
    const arg = only("Arg", method, index, label, problems);
    const type = arg === undefined ? emittedType(emitted, index) : explicitType(arg.type, label, problems);
    return { label, type, path };
  });
}

/** Names the type for an error message. */
export function nameOf(type: ParameterType): string {
  return type.known?.name ?? "unknown";
}

function only<D extends ParameterMark["decorator"]>(
  decorator: D,
  method: HandlerMethod,
  index: number,
  label: string,
  problems: string[],
): (ParameterMark & { readonly decorator: D }) | undefined {
  const found = method.parameters.filter((mark) => mark.index === index && mark.decorator === decorator);
  if (found.length > 1) problems.push(`${label}: has @${decorator} twice: remove one`);
  return found[0] as (ParameterMark & { readonly decorator: D }) | undefined;
}

function explicitType(given: unknown, label: string, problems: string[]): ParameterType {
  const reference = dereference(given);
  if (reference.type === undefined) {
    problems.push(`${label}: what its @Arg names ${reference.problem}`);
    return { state: "refused" };
  }
  if ((reference.type as unknown) === Object)
    return { state: "erased", reason: "@Arg(Object) says nothing of its type" };
  return { known: reference.type };
}

function emittedType(emitted: readonly unknown[] | undefined, index: number): ParameterType {
  const type = emitted?.[index];
  if (emitted === undefined)
    return {
      state: "unknown",
      reason:
        'its type is not known at run time, because the compiler emitted no metadata (esbuild, tsx and type stripping never do, tsc and SWC only with "emitDecoratorMetadata")',
    };
  if (type === Object)
    return {
      state: "erased",
      reason:
        'its type is not known at run time, where it is Object (an interface, a union, an alias, any, or a class imported with "import type")',
    };
  if (type === Function)
    return {
      state: "unknown",
      reason:
        'its type is not known at run time, where it is Function (a class imported with "import type", or a function)',
    };
  if (typeof type !== "function" || type.prototype === undefined)
    return {
      state: "unknown",
      reason: `its type is not known at run time, where it is ${describe(type)} (an enum, or modules that import each other)`,
    };
  return { known: type as unknown as Class };
}
