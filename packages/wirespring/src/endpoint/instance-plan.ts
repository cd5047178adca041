import type { DependencyContainer, InjectionToken } from "tsyringe";
import { asError, saidBy, deploymentFailure } from "../errors.js";
import { DependencyGraph, type ForeignResolve } from "./dependency-graph.js";
import { isConnectionScoped, reaches, type DependencyNode } from "./dependency-node.js";
import { captiveShared, labelOf, unsharedSingleton } from "./dependency-problems.js";
import type { Class } from "./endpoint-config.js";
import { compile, type InstanceSource, type Maker } from "./instance-maker.js";
import { registrationsOf, type Registration } from "./tsyringe-registry.js";

/**
 * How the instances of a class are made, decided once at deployment: what is shared is resolved by the container then, the rest is
 * constructed by ourselves, so that tsyringe retains nothing of a connection. Planned by the server container, used by the connection
 * scope.
 */

/** What is registered under a token; `make`: for those of which each connection has one. */
export interface ScopedToken {
  readonly token: InjectionToken<unknown>;
  readonly registrations: readonly { readonly registration: Registration; readonly make: Maker | undefined }[];
}

/**
 * Makes plans for the classes of one deployment and collects what is wrong with them.
 *
 * Use one planner for everything that is judged together: a fault that two classes share is reported once.
 */
export class InstancePlanner {
  readonly container: DependencyContainer;
  readonly #graph: DependencyGraph;
  #scoped: readonly ScopedToken[] | undefined;

  /** @param resolve Asks another container for what tsyringe does not know; it may throw. */
  constructor(container: DependencyContainer, resolve?: ForeignResolve) {
    this.container = container;
    this.#graph = new DependencyGraph(container, resolve);
  }

  /** One sentence for each fault so far: the chain, what was found, the cure. */
  get problems(): readonly string[] {
    return this.#graph.problems;
  }

  /** Plans an endpoint: one instance for each connection or, with `shared`, one for all. Undefined when something is wrong. */
  planEndpoint(type: Class, shared = false): InstancePlan | undefined {
    if (shared) return this.planShared(type);
    const node = this.#graph.root(type);
    if (node.kind !== "singleton" && node.kind !== "value") return this.#plan(type, node);
    this.#graph.problems.push(unsharedSingleton(type));
    return undefined;
  }

  /** Plans a codec: one instance for each connection, or the one there is where it is registered as a singleton. Undefined when something is wrong. */
  plan(type: Class): InstancePlan | undefined {
    return this.#plan(type, this.#graph.root(type));
  }

  /** Plans a class of which there is one instance for all connections, a configurator for instance. Undefined when something is wrong. */
  planShared(type: Class): InstancePlan | undefined {
    const node = this.#graph.root(type);
    const held = node.kind === "singleton" ? undefined : this.#graph.connectionPath(node);
    if (held === undefined) return this.#plan(type, node, true);
    this.#graph.problems.push(captiveShared(held));
    return undefined;
  }

  /** Plans an instance that the application has made itself, and ends itself. */
  planInstance(instance: object): InstancePlan {
    const type = instance.constructor as Class;
    return new InstancePlan(this, type, { kind: "value", label: labelOf(type), value: instance, edges: [] }, [], true);
  }

  /** @internal The tokens of which a connection has its own instances, for its child container. */
  get scoped(): readonly ScopedToken[] {
    return (this.#scoped ??= this.#collectScoped());
  }

  #collectScoped(): readonly ScopedToken[] {
    const makers = new Map<Registration, Maker>();
    const tokens = new Set<InjectionToken<unknown>>();
    for (const node of this.#graph.scoped()) {
      if (node.lifetime !== "connection") continue;
      makers.set(node.registration, compile(node, { container: this.container, connectionScoped: true }));
      tokens.add(node.token);
    }
    return [...tokens].map((token) => {
      const registrations = registrationsOf(this.container, token) ?? [];
      return {
        token,
        registrations: registrations.map((registration) => ({ registration, make: makers.get(registration) })),
      };
    });
  }

  #plan(type: Class, node: DependencyNode, shared = false): InstancePlan | undefined {
    return this.#graph.isFaulty(node)
      ? undefined
      : new InstancePlan(this, type, node, [...this.#graph.singletons()], shared);
  }
}

/** Makes the instances of one class. Made by a planner; `ConnectionScope.create` calls it for each connection. */
export class InstancePlan {
  readonly planner: InstancePlanner;
  readonly type: Class;
  /** Whether an instance needs its connection: `Session`, `HandshakeRequest`, `EndpointConfig`, or a class that is container-scoped. */
  readonly isConnectionScoped: boolean;
  /** Whether some class is to be made once in each creation. */
  readonly isResolutionScoped: boolean;
  /** Whether something may be made after the creation, by a `delay()`. */
  readonly isLazy: boolean;
  /** Whether all connections get the same instance. */
  readonly isShared: boolean;
  readonly #node: DependencyNode;
  readonly #singletons: readonly DependencyNode[];
  #make: Maker | undefined;

  /** @internal Made by the planner. `singletons`: in the order in which they can be made. */
  constructor(
    planner: InstancePlanner,
    type: Class,
    node: DependencyNode,
    singletons: readonly DependencyNode[],
    shared: boolean,
  ) {
    this.planner = planner;
    this.type = type;
    this.isShared = shared || node.kind === "singleton" || node.kind === "value";
    this.isConnectionScoped = isConnectionScoped(node);
    this.isResolutionScoped = reaches(node, (each) => each.kind === "scoped" && each.lifetime === "resolution");
    this.isLazy = reaches(node, (each) => each.kind === "delayed");
    this.#node = node;
    this.#singletons = singletons.filter((singleton) => reaches(node, (each) => each === singleton));
  }

  /**
   * Makes the singletons that this class needs, dependencies first, and the class itself where it is shared; a second call does nothing.
   *
   * Throws `DeploymentException` naming the class whose constructor threw, with the `cause`.
   */
  warmUp(): void {
    if (this.#make !== undefined) return;
    const { container } = this.planner;
    if (this.isShared || this.#singletons.length > 0) this.#lendForeign(container);
    for (const singleton of this.#singletons)
      attempt(this.type, singleton.label, () => compile(singleton, { container, connectionScoped: false }));
    if (this.isShared && this.#node.kind !== "singleton" && this.#node.kind !== "value") {
      const instance = attempt(this.type, labelOf(this.type), () => container.resolve(this.type as never));
      this.#make = () => instance;
    } else {
      this.#make = compile(this.#node, { container, connectionScoped: this.isConnectionScoped });
    }
  }

  /** Gives the one instance of a plan that is shared. Throws as `warmUp` does. */
  get instance(): object {
    if (!this.isShared) throw new Error(`${labelOf(this.type)} has an instance for each connection`);
    this.warmUp();
    return this.#make!(undefined as never) as object;
  }

  /** @internal Called by `ConnectionScope.create`. Throws what a constructor threw. */
  make(source: InstanceSource): object {
    if (this.#make === undefined) this.warmUp();
    return this.#make!(source) as object;
  }

  /** tsyringe makes the singletons, so it has to know what another container gave for them. */
  #lendForeign(container: DependencyContainer): void {
    reaches(this.#node, (each) => {
      if (each.kind === "value" && each.foreign !== undefined && !container.isRegistered(each.foreign, true))
        container.registerInstance(each.foreign, each.value);
      return false;
    });
  }
}

function attempt<T>(type: Class, label: string, make: () => T): T {
  try {
    return make();
  } catch (thrown) {
    const error = asError(thrown);
    const needed = label === labelOf(type) ? label : `${labelOf(type)} -> ... -> ${label}`;
    throw deploymentFailure(`${needed}: ${label} could not be made: ${saidBy(error)}`, { cause: error });
  }
}
