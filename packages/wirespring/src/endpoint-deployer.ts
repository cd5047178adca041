import type { DependencyContainer, InjectionToken } from "tsyringe";
import { DeployedConfig } from "./deployment/deployed-config.js";
import { Deployment, type DeploymentPlans, type DeploymentServices } from "./deployment/deployment.js";
import { dereference } from "./endpoint/class-reference.js";
import { ServerEndpointConfigurator, type Class, type ClassReference } from "./endpoint/endpoint-config.js";
import { modelOf, type EndpointModel } from "./endpoint/endpoint-model.js";
import { InstancePlanner, type InstancePlan } from "./endpoint/instance-plan.js";
import { getServerEndpointMetadata } from "./endpoint/declaration.js";
import { DeploymentException } from "./errors.js";
import { limitsOver, type Limits } from "./limits.js";
import { samePath, type Mountable } from "./upgrade/upgrade-router.js";
import { parseTemplate, TemplateTrie, type TemplateProblem, type UriTemplate } from "./upgrade/uri-template.js";

/**
 * Judges endpoint classes and turns them into deployments, all or none. Called by the server container; asks endpoint model, templates and
 * dependency graph, and collects what each of them finds.
 */

export interface DeployerInit extends DeploymentServices {
  readonly dependencies: DependencyContainer;
  readonly limits: Limits;
  readonly resolve: ((token: InjectionToken<unknown>) => unknown) | undefined;
  readonly encoders: readonly ClassReference[];
  readonly decoders: readonly ClassReference[];
}

/** An endpoint without faults of its own. */
interface Candidate {
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
   * Makes the deployments of these classes. Throws `DeploymentException` with everything that is wrong with any of them, or with their paths
   * beside those that are in service; nothing of the application but constructors of singletons has run then.
   */
  judge(classes: readonly Class[], inService: readonly Deployment[]): readonly Deployment[] {
    const problems: string[] = [];
    const planner = new InstancePlanner(this.#init.dependencies, this.#init.resolve);
    const candidates = classes.map((each) => this.#candidate(each, planner, problems));
    problems.push(...planner.problems, ...collisions(classes, inService));
    // What is wrong with the application's own codecs is found with each endpoint.
    if (problems.length > 0) throw new DeploymentException([...new Set(problems)]);
    return candidates.map((candidate) => this.#deployment(candidate!));
  }

  #candidate(endpointClass: Class, planner: InstancePlanner, problems: string[]): Candidate | undefined {
    const template = templateOf(endpointClass);
    if (template !== undefined && "problem" in template) problems.push(`${endpointClass.name}: ${template.problem}`);
    const variables = template === undefined || "problem" in template ? undefined : template.variables;
    const { model, problems: faults } = modelOf(endpointClass, this.#init, variables);
    problems.push(...faults);
    if (model === undefined) return undefined;
    const endpoint = planner.planEndpoint(endpointClass, model.options.shared === true);
    const coders = new Map(model.codecs.classes.map((coder) => [coder, planner.plan(coder)]));
    const reference = model.options.configurator;
    const configurator =
      reference === undefined ? undefined : this.#planConfigurator(endpointClass, reference, planner, problems);
    // Whatever is missing has left a problem behind.
    if (endpoint === undefined || [...coders.values()].includes(undefined)) return undefined;
    return { model, plans: { endpoint, coders: coders as Map<Class, InstancePlan> }, configurator };
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

  #deployment({ model, plans, configurator }: Candidate): Deployment {
    const made = configurator?.instance as ServerEndpointConfigurator | undefined;
    plans.endpoint.warmUp();
    for (const plan of plans.coders.values()) plan.warmUp();
    const config = new DeployedConfig(
      model,
      made ?? new ServerEndpointConfigurator(),
      limitsOver(this.#init.limits, model.options),
    );
    return new Deployment(model, config, plans, this.#init);
  }
}

/** J-32, J-33: no two endpoints at paths that no request can tell apart. */
function collisions(classes: readonly Class[], inService: readonly Deployment[]): readonly string[] {
  const trie = new TemplateTrie<Mountable>();
  const problems: string[] = [];
  for (const endpointClass of [...inService.map(({ config }) => config.endpointClass), ...classes]) {
    const template = templateOf(endpointClass);
    if (template === undefined || "problem" in template) continue;
    const options = getServerEndpointMetadata(endpointClass)!;
    const endpoint = { config: { path: template.path, endpointClass }, options };
    const there = trie.add(template, endpoint, options);
    if (there !== undefined) problems.push(samePath(endpoint, there));
  }
  return problems;
}

function templateOf(endpointClass: Class): UriTemplate | TemplateProblem | undefined {
  const path = pathOf(endpointClass);
  return path === undefined ? undefined : parseTemplate(path);
}

function pathOf(endpointClass: Class): string | undefined {
  const path: unknown = getServerEndpointMetadata(endpointClass)?.value;
  // Anything else is found by the endpoint model.
  return typeof path === "string" ? path : undefined;
}
