import type { InjectionToken } from "tsyringe";

/** What `@Bean` takes. */
export interface BeanOptions {
  /**
   * What the bean is found by: a class, abstract ones too, a string or a symbol. Default: the class that is the method's return type. Needed
   * where there is none: async methods, interfaces, unions, no annotation.
   */
  readonly token?: BeanToken;
  /** Name of a method of the bean that ends it when the application closes. Default: `Symbol.asyncDispose`, `Symbol.dispose` or `dispose()`, if it has one. */
  readonly destroyMethod?: string;
}

/** What a bean is found by. */
export type BeanToken<T = unknown> = InjectionToken<T> | (abstract new (...args: never[]) => T);

/**
 * Makes what a method of a `@Configuration` class returns a singleton of the application. It is called once, with its parameters injected
 * by type or by tsyringe's `@inject(token)`; `this.other()` in another bean method gives the same bean. A promise is awaited before anybody
 * is given the bean; to `this.other()` it is given as it is.
 *
 * A bean may have `afterSingletonsInstantiated()`, `start()` and `stop()`, which may be async.
 */
export function Bean(options: BeanOptions = {}): BeanDecorator {
  return ((target: object | undefined, name: string | symbol, descriptor?: PropertyDescriptor) => {
    // A TC39 field gives nothing to record on; its class is told by `@Configuration`.
    if (target === undefined) return;
    const place = placeOf(target, name, descriptor);
    const declaration: BeanDeclaration = { name, options, place, injected: takeInjected(target) };
    Reflect.defineMetadata(BEANS, [...beansOf(target), declaration], target);
  }) as BeanDecorator;
}

/** Decorates a method, and nothing else. */
export type BeanDecorator = <T extends (...args: never[]) => unknown>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<T>,
) => void;

/** One `@Bean`, as recorded. */
export interface BeanDeclaration {
  readonly name: string | symbol;
  readonly options: BeanOptions;
  readonly place: "method" | "static" | "member" | "standard";
  /** What `@inject` and its kin said, by the parameter's place. */
  readonly injected: Readonly<Record<number, unknown>>;
}

const BEANS = Symbol.for("wirespring.beans");
const INJECTED = "injectionTokens";

/** Gives the `@Bean`s of a prototype, or the misplaced ones of a constructor or a function; none is inherited. */
export function beansOf(owner: object): readonly BeanDeclaration[] {
  return (Reflect.getOwnMetadata(BEANS, owner) as readonly BeanDeclaration[] | undefined) ?? [];
}

function placeOf(target: object, name: unknown, descriptor: PropertyDescriptor | undefined): BeanDeclaration["place"] {
  if (typeof name === "object") return "standard";
  if (typeof target === "function") return "static";
  return typeof descriptor?.value === "function" ? "method" : "member";
}

/**
 * tsyringe records `@inject` of a method's parameters on the prototype without the method's name. Parameter decorators run just before those of
 * their own method, so what lies there now is this method's; it is taken away before the next one comes.
 */
function takeInjected(owner: object): Readonly<Record<number, unknown>> {
  const injected = Reflect.getOwnMetadata(INJECTED, owner) as Record<number, unknown> | undefined;
  // On a constructor they belong to the constructor.
  if (injected === undefined || typeof owner === "function") return {};
  Reflect.deleteMetadata(INJECTED, owner);
  return injected;
}
