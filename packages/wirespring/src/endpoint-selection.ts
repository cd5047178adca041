import type { DependencyContainer, InjectionToken } from "tsyringe";
import { ENDPOINT_CONFIGS, ServerApplicationConfig } from "./endpoint/application-config.js";
import { getServerEndpointMetadata } from "./endpoint/declaration.js";
import { isEndpointClass, type Endpoint } from "./endpoint/endpoint.js";
import { ServerEndpointConfig, type Class } from "./endpoint/endpoint-config.js";
import { registrationsOf } from "./endpoint/tsyringe-registry.js";
import type { EndpointSource } from "./endpoint-deployer.js";
import { asError, describe, saidBy, deploymentFailure } from "./errors.js";

/**
 * Finds the endpoints of an application in its container, and asks its `ServerApplicationConfig`s which of them are meant (J-6 to J-8). Called
 * by the exporter; judges no endpoint.
 */

/** What is to be deployed, and what was found and is not. */
export interface Selection {
  readonly endpoints: readonly EndpointSource[];
  /** `Endpoint` subclasses without a configuration, in an application that has no `ServerApplicationConfig` to give them one. */
  readonly pathless: readonly Class[];
}

/**
 * Selects among these classes and the configurations that the container has. Throws `DeploymentException` naming the `ServerApplicationConfig`
 * that failed.
 */
export function selectEndpoints(dependencies: DependencyContainer, classes: readonly Class[]): Selection {
  const programmatic = classes.filter(isProgrammatic);
  // What is no endpoint at all is told at deployment.
  const annotated = new Set(classes.filter((each) => !isProgrammatic(each)));
  const configs = new Set(configsOf(dependencies));
  const deciders = all(dependencies, ServerApplicationConfig as InjectionToken<ServerApplicationConfig>);
  if (deciders.length === 0) {
    const named = new Set<Class>([...configs].map(({ endpointClass }) => endpointClass));
    return { endpoints: [...annotated, ...configs], pathless: programmatic.filter((each) => !named.has(each)) };
  }
  const found = new Set<Class<Endpoint>>([
    ...programmatic,
    ...[...configs].map(({ endpointClass }) => endpointClass).filter(isProgrammatic),
  ]);
  const union = new Set<EndpointSource>();
  for (const decider of deciders) {
    // Copies: what one decider does to its sets is not another's business.
    const chosen = ask(decider, "getEndpointConfigs", (each) =>
      each.getEndpointConfigs(new Set(found), new Set(configs)),
    );
    for (const config of chosen) union.add(checked(decider, config));
    const kept = ask(decider, "getAnnotatedEndpointClasses", (each) =>
      each.getAnnotatedEndpointClasses(new Set(annotated)),
    );
    for (const each of kept) union.add(each);
  }
  return { endpoints: [...union], pathless: [] };
}

function isProgrammatic(type: Class): type is Class<Endpoint> {
  return isEndpointClass(type) && getServerEndpointMetadata(type) === undefined;
}

/** Under the token, and what the application has registered under the class itself. */
function configsOf(dependencies: DependencyContainer): readonly ServerEndpointConfig[] {
  const byType = registrationsOf(dependencies, ServerEndpointConfig as never) ?? [];
  const values = byType.map(({ provider }) => provider.useValue).filter((each) => each instanceof ServerEndpointConfig);
  return [...all(dependencies, ENDPOINT_CONFIGS), ...values];
}

function all<T>(dependencies: DependencyContainer, token: InjectionToken<T>): readonly T[] {
  return dependencies.isRegistered(token, true) ? [...new Set(dependencies.resolveAll(token))] : [];
}

function ask<T>(
  decider: ServerApplicationConfig,
  method: string,
  call: (decider: ServerApplicationConfig) => Iterable<T> | null | undefined,
): Iterable<T> {
  const label = `${describe(decider).replace(/^an instance of /, "")}.${method}`;
  let chosen: Iterable<T>;
  try {
    chosen = call(decider) ?? [];
  } catch (thrown) {
    const error = asError(thrown);
    throw deploymentFailure(`${label} failed: ${saidBy(error)}`, { cause: error });
  }
  if (typeof chosen !== "object" || !(Symbol.iterator in chosen))
    throw deploymentFailure(`${label} must give a list or null, found ${describe(chosen)}`);
  return chosen;
}

function checked(decider: ServerApplicationConfig, config: unknown): ServerEndpointConfig {
  if (config instanceof ServerEndpointConfig) return config;
  throw deploymentFailure(
    `${decider.constructor.name}.getEndpointConfigs must give what ServerEndpointConfig.create gives, found ${describe(config)}`,
  );
}
