import type { DependencyContainer, InjectionToken } from "tsyringe";
import { DependencyGraph } from "./dependency-graph.js";
import { isOwn, registrationsOf } from "./tsyringe-registry.js";

/**
 * Gives an application its own singletons: tsyringe's decorators register all of them in the global container, where two applications
 * would share them. Called by the application context.
 */

/** Lists the tokens of all singletons that the given classes, tokens and parameters lead to, what a singleton needs before it. */
export function singletonsReachedBy(
  container: DependencyContainer,
  needs: Iterable<unknown>,
): readonly InjectionToken<unknown>[] {
  const graph = new DependencyGraph(container);
  for (const need of needs)
    if (typeof need === "function") graph.root(need);
    else graph.parameter(need, "");
  return [...new Set([...graph.singletons()].map((singleton) => singleton.token))];
}

/** Registers those singletons anew in a child container, so that its instances are its own. Gives the tokens that were not its own yet. */
export function isolateSingletons(
  container: DependencyContainer,
  needs: Iterable<unknown>,
): readonly InjectionToken<unknown>[] {
  const foreign = singletonsReachedBy(container, needs).filter((token) => !isOwn(container, token));
  for (const token of foreign)
    for (const { provider, options } of registrationsOf(container, token) ?? [])
      container.register(token, provider as never, options);
  return foreign;
}
