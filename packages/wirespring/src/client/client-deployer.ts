import type { DependencyContainer, InjectionToken } from "tsyringe";
import type { Class, ClassReference } from "../endpoint/endpoint-config.js";
import { dereference } from "../endpoint/class-reference.js";
import { ClientEndpointConfig, givenClientOptions, FrozenClientConfig } from "../endpoint/client-endpoint-config.js";
import type { ClientEndpointConfigurator, ClientEndpointOptions } from "../endpoint/client-options.js";
import { clientModelOf, type EndpointModel } from "../endpoint/endpoint-model.js";
import { InstancePlanner, type InstancePlan } from "../endpoint/instance-plan.js";
import { describe, illegalArgument, deploymentFailure } from "../errors.js";
import { limitsOver, type Limits } from "../limits.js";
import { ClientDeployment, type ClientServices } from "./client-deployment.js";

/** A client has chosen its server: what that sends is no flood, unless the endpoint itself says so. */
const UNRATED = { messageRate: 0, controlRate: 2 ** 31 - 1 };

/**
 * Judges a client endpoint and makes it ready to be connected. Called by the connector, once for each endpoint and configuration; asks endpoint
 * model and dependency graph.
 */

export interface ClientDeployerInit {
  readonly dependencies: DependencyContainer;
  readonly limits: Limits;
  readonly resolve: ((token: InjectionToken<unknown>) => unknown) | undefined;
  readonly encoders: readonly ClassReference[];
  readonly decoders: readonly ClassReference[];
}

/**
 * Makes the deployment of an endpoint, a class or an instance. Throws `DeploymentException` with everything that is wrong with it, `TypeError` for
 * a configuration that is none; nothing of the application but constructors of singletons has run then.
 */
export function deployClient(
  endpoint: object,
  config: ClientEndpointConfig | undefined,
  init: ClientDeployerInit,
  services: ClientServices,
): ClientDeployment {
  if (config !== undefined && !(config instanceof ClientEndpointConfig))
    throw illegalArgument(
      `connectToServer takes a configuration made by ClientEndpointConfig.create, found ${describe(config)}`,
    );
  const type = classOf(endpoint);
  const given = config === undefined ? {} : givenClientOptions(config);
  const { model, problems } = clientModelOf(type, given, init);
  if (model === undefined) throw deploymentFailure(problems);
  const planner = new InstancePlanner(init.dependencies, init.resolve);
  const plan = typeof endpoint === "function" ? planner.plan(type) : planner.planInstance(endpoint);
  const coders = new Map(model.codecs.classes.map((coder) => [coder, planner.plan(coder)]));
  const configurator = planConfigurator(model.options, planner);
  if (planner.problems.length > 0) throw deploymentFailure(planner.problems);
  plan!.warmUp();
  for (const coder of coders.values()) coder!.warmUp();
  return new ClientDeployment(
    model,
    effective(model, configurator?.instance as ClientEndpointConfigurator | undefined, config),
    limitsOver({ ...init.limits, ...UNRATED }, model.options),
    { endpoint: plan!, coders: coders as Map<Class, InstancePlan> },
    services,
  );
}

function classOf(endpoint: unknown): Class {
  if (typeof endpoint === "function") return endpoint as Class;
  const type: unknown = typeof endpoint === "object" && endpoint !== null ? endpoint.constructor : undefined;
  if (typeof type === "function") return type as Class;
  throw deploymentFailure(
    `connectToServer was given ${describe(endpoint)}, expected a class with @ClientEndpoint, an Endpoint subclass, or an instance of one`,
  );
}

/** An instance needs no plan. */
function planConfigurator({ configurator }: ClientEndpointOptions, planner: InstancePlanner): InstancePlan | undefined {
  if (typeof configurator !== "function") return undefined;
  const { type } = dereference(configurator);
  return type === undefined ? undefined : planner.planShared(type);
}

/** What the endpoint sees: everything that was said, and the very map of user properties of the configuration that was given (J-125). */
function effective(
  { options }: EndpointModel<ClientEndpointOptions>,
  configurator: ClientEndpointConfigurator | undefined,
  config: ClientEndpointConfig | undefined,
): ClientEndpointConfig {
  return new FrozenClientConfig(options, configurator, config?.userProperties);
}
