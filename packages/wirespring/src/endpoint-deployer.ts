import type { DependencyContainer, InjectionToken } from "tsyringe";
import { DeployedConfig } from "./deployment/deployed-config.js";
import { Deployment } from "./deployment/deployment.js";
import type { DeploymentPlans, DeploymentServices } from "./deployment/live-endpoint.js";
import { dereference } from "./endpoint/class-reference.js";
import {
  givenOptions,
  ServerEndpointConfig,
  ServerEndpointConfigurator,
  type Class,
  type ClassReference,
  type GivenOptions,
} from "./endpoint/endpoint-config.js";
import { modelOf, type EndpointModel } from "./endpoint/endpoint-model.js";
import { InstancePlanner, type InstancePlan } from "./endpoint/instance-plan.js";
import { getServerEndpointMetadata } from "./endpoint/declaration.js";
import { deploymentFailure } from "./errors.js";
import type { Extension } from "./extension.js";
import { limitsOver, type Limits } from "./limits.js";
import { samePath, type Mountable } from "./upgrade/upgrade-router.js";
import { parseTemplate, TemplateTrie, type TemplateProblem, type UriTemplate } from "./upgrade/uri-template.js";

/**
 * Judges endpoint classes and configurations and turns them into deployments, all or none. Called by the server container; asks endpoint model, templates and
 * dependency graph, and collects what each of them finds.
 */

export interface DeployerInit extends DeploymentServices {
  readonly dependencies: DependencyContainer;
  readonly limits: Limits;
  readonly resolve: ((token: InjectionToken<unknown>) => unknown) | undefined;
  readonly encoders: readonly ClassReference[];
  readonly decoders: readonly ClassReference[];
  /** Of an endpoint that says nothing about it; and of one that wants compression. */
  readonly installedExtensions: readonly Extension[];
  readonly compression: readonly Extension[];
}

/** What is deployed: a decorated class, or what `ServerEndpointConfig.create` gave. The identity of a deployment (J-9). */
export type EndpointSource = Class | ServerEndpointConfig;

/** An endpoint as it was declared, not judged yet. */
interface Declared {
  readonly type: Class;
  readonly config: ServerEndpointConfig | undefined;
  readonly given: GivenOptions | undefined;
  /** Anything but a string is told by the endpoint model. */
  readonly path: unknown;
}

/** An endpoint without faults of its own. */
interface Candidate {
  readonly declared: Declared;
  readonly model: EndpointModel;
  readonly plans: DeploymentPlans;
  /** Undefined: the default one. */
  readonly configurator: InstancePlan | undefined;
}

export class EndpointDeployer {
  readonly #init: DeployerInit;

  constructor(init: DeployerInit) {
    this.#init = init;
  }

  /**
   * Makes the deployments of these endpoints, in their order. Throws `DeploymentException` with everything that is wrong with any of them, or with their paths
   * beside those that are in service; nothing of the application but constructors of singletons has run then.
   */
  judge(sources: readonly EndpointSource[], inService: readonly Deployment[]): readonly Deployment[] {
    const problems: string[] = [];
    const planner = new InstancePlanner(this.#init.dependencies, this.#init.resolve);
    const declared = sources.map(declaredBy);
    const candidates = declared.map((each) => this.#candidate(each, planner, problems));
    problems.push(...planner.problems, ...collisions(declared, inService));
    // What is wrong with the application's own codecs is found with each endpoint.
    if (problems.length > 0) throw deploymentFailure([...new Set(problems)]);
    return candidates.map((candidate) => this.#deployment(candidate!));
  }

  #candidate(declared: Declared, planner: InstancePlanner, problems: string[]): Candidate | undefined {
    const { type: endpointClass, given } = declared;
    const template = templateOf(declared);
    if (template !== undefined && "problem" in template) problems.push(`${endpointClass.name}: ${template.problem}`);
    const variables = template === undefined || "problem" in template ? undefined : template.variables;
    const { model, problems: faults } = modelOf(endpointClass, this.#init, variables, given?.options);
    problems.push(...faults);
    if (model === undefined) {
      // Nothing comes of it, but what is wrong with its constructor is to be told as well.
      const declares = metadataOf(endpointClass);
      if (declares !== undefined) planner.planEndpoint(endpointClass, declares.shared === true);
      return undefined;
    }
    const endpoint = planner.planEndpoint(endpointClass, model.options.shared === true);
    const coders = new Map(model.codecs.classes.map((coder) => [coder, planner.plan(coder)]));
    const reference = model.options.configurator;
    const named = reference !== undefined && given?.configurator === undefined;
    const configurator = !named ? undefined : this.#planConfigurator(endpointClass, reference, planner, problems);
    // Whatever is missing has left a problem behind.
    if (endpoint === undefined || [...coders.values()].includes(undefined)) return undefined;
    return { declared, model, plans: { endpoint, coders: coders as Map<Class, InstancePlan> }, configurator };
  }

  #planConfigurator(
    endpointClass: Class,
    reference: ClassReference,
    planner: InstancePlanner,
    problems: string[],
  ): InstancePlan | undefined {
    const { type } = dereference(reference);
    if (type === undefined) return undefined;
    if (!(type.prototype instanceof ServerEndpointConfigurator) && (type as unknown) !== ServerEndpointConfigurator) {
      problems.push(
        `${endpointClass.name}: the configurator ${type.name} does not extend ServerEndpointConfigurator: let it extend that class`,
      );
      return undefined;
    }
    return planner.planShared(type);
  }

  #deployment({ declared, model, plans, configurator }: Candidate): Deployment {
    const { config: given } = declared;
    const made = configurator?.instance as ServerEndpointConfigurator | undefined;
    plans.endpoint.warmUp();
    for (const plan of plans.coders.values()) plan.warmUp();
    const config = new DeployedConfig(
      model,
      made ?? declared.given?.configurator ?? new ServerEndpointConfigurator(),
      limitsOver(this.#init.limits, model.options),
      given,
    );
    return new Deployment(model, config, plans, this.#init, this.#extensions(model, config));
  }

  /** J-165: the container's, and those of the endpoint's own configuration. */
  #extensions({ options }: EndpointModel, { extensions }: ServerEndpointConfig): readonly Extension[] {
    const { installedExtensions, compression } = this.#init;
    const wanted = options.compression === undefined ? installedExtensions : options.compression ? compression : [];
    return Object.freeze([...wanted, ...extensions.filter(({ name }) => wanted.every((each) => each.name !== name))]);
  }
}

function declaredBy(source: EndpointSource): Declared {
  if (!(source instanceof ServerEndpointConfig)) {
    // A class that is none is told by the endpoint model.
    return { type: source, config: undefined, given: undefined, path: metadataOf(source)?.value };
  }
  const given = givenOptions(source);
  return { type: source.endpointClass, config: source, given, path: source.path };
}

/** J-32, J-33: no two endpoints at paths that no request can tell apart. */
function collisions(declared: readonly Declared[], inService: readonly Deployment[]): readonly string[] {
  const trie = new TemplateTrie<Mountable>();
  const problems: string[] = [];
  const there = inService.map(({ config, options }) => ({ type: config.endpointClass, path: config.path, options }));
  const added = declared.map(({ type, path, given }) => ({
    type,
    path,
    options: { ...metadataOf(type), ...given?.options },
  }));
  for (const each of [...there, ...added]) {
    const template = templateOf(each);
    if (template === undefined || "problem" in template) continue;
    const endpoint = { config: { path: template.path, endpointClass: each.type }, options: each.options };
    const other = trie.add(template, endpoint, each.options);
    if (other !== undefined) problems.push(samePath(endpoint, other));
  }
  return problems;
}

function metadataOf(type: unknown): ReturnType<typeof getServerEndpointMetadata> {
  return typeof type === "function" ? getServerEndpointMetadata(type as Class) : undefined;
}

function templateOf({ path }: { readonly path: unknown }): UriTemplate | TemplateProblem | undefined {
  return typeof path === "string" ? parseTemplate(path) : undefined;
}
