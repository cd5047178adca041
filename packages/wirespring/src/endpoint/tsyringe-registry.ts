import { createRequire } from "node:module";
import { delay, injectable, Lifecycle, type DependencyContainer, type InjectionToken } from "tsyringe";

/**
 * The one file that looks behind tsyringe's interface: what is registered under a token, how long it lives, and which classes carry one
 * of its decorators. Asked by the dependency graph and the connection scope. Each private is tested for when it is first needed;
 * where one is missing, or where another copy of tsyringe decorates, the answer is "unknown" and the checks that need it are left out.
 */

/** What tsyringe keeps for one registration; the object is the identity of a scoped instance. */
export interface Registration {
  readonly provider: Provider;
  readonly options: { readonly lifecycle: Lifecycle };
}

/** Exactly one is set. */
export interface Provider {
  readonly useValue?: unknown;
  readonly useToken?: InjectionToken<unknown>;
  readonly useClass?: unknown;
  readonly useFactory?: (container: DependencyContainer) => unknown;
}

interface Registry {
  has(token: unknown): boolean;
  getAll(token: unknown): Registration[];
  setAll(token: unknown, registrations: readonly Registration[]): void;
}

interface Internals {
  readonly _registry?: Registry;
  readonly parent?: Internals;
}

/** Lists what a token leads to in this container, or in the nearest ancestor that has it; the last one is what `resolve` takes. */
export function registrationsOf(
  container: DependencyContainer,
  token: InjectionToken<unknown>,
): readonly Registration[] | undefined {
  if (!container.isRegistered(token, true)) return undefined;
  for (let each: Internals | undefined = container as Internals; each !== undefined; each = each.parent) {
    if (!isInspectable(each)) break;
    if (each._registry!.has(token)) return each._registry!.getAll(token);
  }
  // Known to the container and to nobody else: it alone can make one.
  return [{ provider: { useFactory: (asked) => asked.resolve(token) }, options: { lifecycle: Lifecycle.Transient } }];
}

/** Tells whether the container itself, not an ancestor, has registrations for a token. */
export function isOwn(container: DependencyContainer, token: InjectionToken<unknown>): boolean {
  return container.isRegistered(token);
}

/**
 * Replaces all registrations of a token in this container. tsyringe itself can only add, and `resolveAll` would then see both. Adds where it
 * cannot be replaced.
 */
export function replaceRegistrations(
  container: DependencyContainer,
  token: InjectionToken<unknown>,
  registrations: readonly Registration[],
): void {
  const registry = (container as Internals)._registry;
  if (registry !== undefined && isInspectable(container as Internals)) registry.setAll(token, registrations);
  else for (const { provider, options } of registrations) container.register(token, provider as never, options);
}

/** Tells whether a class carries `@injectable()`, `@singleton()` or `@scoped()`; undefined when that cannot be known. */
export function isDeclared(type: object): boolean | undefined {
  return typeInfo()?.has(type);
}

/** Gives the parameter list by which tsyringe constructs a class: classes, tokens and descriptors; undefined when it has none. */
export function declaredParameters(type: object): readonly unknown[] | undefined {
  return typeInfo()?.get(type);
}

const DelayedConstructor: unknown = delay(() => Object).constructor;

/** Tells whether a token was made by `delay()`. */
export function isDelayed(token: unknown): boolean {
  return typeof DelayedConstructor === "function" && token instanceof DelayedConstructor;
}

/** Gives the class that a `delay()` stands for; undefined when it cannot be known. */
export function delayedTarget(token: unknown): InjectionToken<unknown> | undefined {
  const { wrap } = token as { readonly wrap?: () => InjectionToken<unknown> };
  if (typeof wrap !== "function") return undefined;
  try {
    return wrap();
  } catch {
    // tsyringe reports it, when the instance is first used.
    return undefined;
  }
}

function isInspectable(container: Internals): boolean {
  const registry = container._registry;
  return (
    typeof registry?.has === "function" &&
    typeof registry.getAll === "function" &&
    typeof registry.setAll === "function"
  );
}

type TypeInfo = ReadonlyMap<object, readonly unknown[]>;

/** null: looked for, and not there. */
let known: TypeInfo | null | undefined;

function typeInfo(): TypeInfo | undefined {
  known ??= findTypeInfo() ?? null;
  return known ?? undefined;
}

function findTypeInfo(): TypeInfo | undefined {
  let found: unknown;
  try {
    // Not an import: a tsyringe without this file must not keep the package from loading, and bundlers leave it alone.
    found = createRequire(import.meta.url)("tsyringe/dist/cjs/dependency-container.js").typeInfo;
  } catch {
    // Bundled, or another version: nothing is known, and what needs it is not checked.
    return undefined;
  }
  if (!(found instanceof Map)) return undefined;
  // Another copy of tsyringe may lie there than the one that decorates here.
  class Probe {}
  injectable()(Probe);
  const ours = found.has(Probe);
  found.delete(Probe);
  return ours ? found : undefined;
}
