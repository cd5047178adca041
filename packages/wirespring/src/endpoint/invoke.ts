import type { HandlerContext, Invoke } from "./handler.js";

/** Compiles a handler method to a closure. Called by the endpoint model. */

/** Gives one argument of a handler. Throws `DecodeException` when a variable of the path is not of its type. */
export type Resolver = (context: HandlerContext, payload: unknown) => unknown;

type Method = (...args: unknown[]) => unknown;

/**
 * Compiles to a closure of fixed arity: up to four parameters take no array for a call. The method is looked up on the instance at every call, so that
 * a configurator may give an instance of a subclass or a wrapper.
 */
export function compile(name: string | symbol, resolvers: readonly Resolver[]): Invoke {
  const [a, b, c, d] = resolvers as readonly [Resolver, Resolver, Resolver, Resolver];
  switch (resolvers.length) {
    case 0:
      return (context) => methods(context)[name]!();
    case 1:
      return (context, payload) => methods(context)[name]!(a(context, payload));
    case 2:
      return (context, payload) => methods(context)[name]!(a(context, payload), b(context, payload));
    case 3:
      return (context, payload) =>
        methods(context)[name]!(a(context, payload), b(context, payload), c(context, payload));
    case 4:
      return (context, payload) =>
        methods(context)[name]!(a(context, payload), b(context, payload), c(context, payload), d(context, payload));
    default:
      return (context, payload) => {
        const args = resolvers.map((resolve) => resolve(context, payload));
        return methods(context)[name]!(...args);
      };
  }
}

function methods(context: HandlerContext): Record<string | symbol, Method | undefined> {
  return context.instance as Record<string | symbol, Method | undefined>;
}
