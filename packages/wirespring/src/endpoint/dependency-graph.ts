import { Lifecycle, type DependencyContainer, type InjectionToken } from "tsyringe";
import { roleOf } from "../brand.js";
import { isDescriptor, parametersOf, type Descriptor } from "./constructor-parameters.js";
import {
  isConnectionBound,
  isConnectionRole,
  pathTo,
  reaches,
  type DependencyNode,
  type ScopedNode,
  type SingletonNode,
} from "./dependency-node.js";
import { captive, cycle, labelOf, missingToken, undeclared } from "./dependency-problems.js";
import { delayedTarget, isDeclared, isDelayed, registrationsOf, type Registration } from "./tsyringe-registry.js";

/**
 * What a class needs, followed through its constructor to the end, once, at deployment. Finds what tsyringe would do silently wrong and
 * collects it as problems. Built by the instance planner and the application context; asks the container what is registered.
 */

/** Asks somebody else for a token; undefined, or a throw, when it is not known there either. */
export type ForeignResolve = (token: InjectionToken<unknown>) => unknown;

interface Step {
  readonly key: unknown;
  readonly label: string;
}

export class DependencyGraph {
  /** Everything wrong so far, each fault once. */
  readonly problems: string[] = [];
  readonly container: DependencyContainer;
  readonly #resolve: ForeignResolve | undefined;
  /** By registration, or by class where nothing is registered. */
  readonly #nodes = new Map<unknown, DependencyNode>();
  readonly #unfinished: { readonly edges: DependencyNode[]; readonly token: unknown; readonly chain: Step[] }[] = [];
  readonly #unjudged: SingletonNode[] = [];
  /** Singletons that would keep what belongs to a connection. */
  readonly #captors = new Set<DependencyNode>();

  constructor(container: DependencyContainer, resolve?: ForeignResolve) {
    this.container = container;
    this.#resolve = resolve;
  }

  /** Follows a class that the framework was told to make. */
  root(type: Function): DependencyNode {
    const node = this.#token(type as InjectionToken<unknown>, [], true);
    this.#settle();
    return node;
  }

  /** Follows what a parameter asks for, a type or what a decorator recorded. `from`: what it is a parameter of. */
  parameter(parameter: unknown, from: string): DependencyNode {
    const node = this.#parameter(parameter, [{ key: undefined, label: from }]);
    this.#settle();
    return node;
  }

  /** The labels from a node to the first thing below that belongs to a connection; undefined when there is none. */
  connectionPath(node: DependencyNode): readonly string[] | undefined {
    if (isConnectionBound(node)) return [node.label, node.label];
    const path = pathTo(node, isConnectionBound);
    return path === undefined ? undefined : [node.label, ...path];
  }

  /** Tells whether something is wrong with a node, or with anything it needs. */
  isFaulty(node: DependencyNode): boolean {
    return reaches(node, (each) => each.kind === "faulty" || this.#captors.has(each));
  }

  /** Every scoped registration found so far, by its token. */
  *scoped(): Iterable<ScopedNode> {
    for (const node of this.#nodes.values()) if (node.kind === "scoped") yield node;
  }

  /** Every singleton found so far, what it needs before it. */
  *singletons(): Iterable<SingletonNode> {
    for (const node of this.#nodes.values()) if (node.kind === "singleton") yield node;
  }

  #settle(): void {
    for (let next = this.#unfinished.shift(); next !== undefined; next = this.#unfinished.shift())
      next.edges.push(this.#token(next.token as InjectionToken<unknown>, next.chain));
    for (const singleton of this.#unjudged.splice(0)) {
      const path = pathTo(singleton, (node) => isConnectionBound(node));
      if (path === undefined) continue;
      this.problems.push(captive([...singleton.chain, ...path], singleton.label));
      this.#captors.add(singleton);
    }
  }

  #token(token: InjectionToken<unknown>, chain: Step[], isRoot = false): DependencyNode {
    const role = roleOf(token);
    if (isConnectionRole(role)) return { kind: "framework", label: labelOf(token), role, edges: [] };
    if (isDelayed(token)) return this.#delayed(token, chain);
    const registrations = registrationsOf(this.container, token);
    if (registrations !== undefined) return this.#registered(token, registrations, registrations.length - 1, chain);
    return this.#unregistered(token, chain, isRoot);
  }

  #unregistered(token: InjectionToken<unknown>, chain: Step[], isRoot: boolean): DependencyNode {
    const label = labelOf(token);
    const declared = typeof token === "function" ? isDeclared(token) : false;
    if (declared !== true) {
      const value = this.#ask(token);
      if (value !== undefined) return { kind: "value", label, value, foreign: token, edges: [] };
    }
    if (typeof token !== "function") return this.#fault(token, missingToken(labels(chain, label), token));
    // A class that is named in a decorator, a configurator for instance, is declared by that.
    if (declared === false && !isRoot) return this.#fault(token, undeclared(labels(chain, label), token));
    return this.#construct(token, token, chain);
  }

  #registered(
    token: InjectionToken<unknown>,
    registrations: readonly Registration[],
    index: number,
    chain: Step[],
  ): DependencyNode {
    const registration = registrations[index]!;
    const { provider } = registration;
    const { lifecycle } = registration.options;
    const label = labelOf(token);
    if (provider.useValue !== undefined && provider.useValue !== null)
      return { kind: "value", label, value: provider.useValue, edges: [] };
    if (lifecycle === Lifecycle.Transient) return this.#provided(registration, token, chain);
    const known = this.#nodes.get(registration) ?? this.#cycle(registration, chain);
    if (known !== undefined) return known;
    const here = [...chain, { key: registration, label }];
    if (lifecycle === Lifecycle.Singleton) {
      const made = this.#provided(registration, token, here, chain);
      const edges = made.kind === "class" ? made.edges : [made];
      const last = index === registrations.length - 1;
      const singleton: SingletonNode = {
        kind: "singleton",
        label,
        token,
        index,
        last,
        chain: labels(chain, label),
        edges,
      };
      this.#unjudged.push(singleton);
      return this.#keep(registration, singleton);
    }
    const lifetime = lifecycle === Lifecycle.ContainerScoped ? "connection" : "resolution";
    const edges = [this.#provided(registration, token, here, chain)];
    return this.#keep(registration, { kind: "scoped", label, lifetime, registration, token, edges });
  }

  /** `outside`: the chain without this very registration, for a class that is registered as itself. */
  #provided(
    { provider }: Registration,
    token: InjectionToken<unknown>,
    chain: Step[],
    outside: Step[] = chain,
  ): DependencyNode {
    if (provider.useFactory !== undefined)
      return { kind: "factory", label: labelOf(token), make: provider.useFactory, edges: [] };
    if (provider.useToken !== undefined) return this.#token(provider.useToken, chain);
    if (isDelayed(provider.useClass)) return this.#delayed(provider.useClass as InjectionToken<unknown>, chain);
    const type = provider.useClass as Function;
    return this.#construct(type, provider, type === token ? outside : chain);
  }

  /** `key`: what its node is kept under: the class itself, or the provider that names it. */
  #construct(type: Function, key: unknown, chain: Step[]): DependencyNode {
    const known = this.#nodes.get(key) ?? this.#cycle(type, chain);
    if (known !== undefined) return known;
    const here = [...chain, { key: type, label: type.name }];
    const parameters = parametersOf(type);
    if ("gap" in parameters) return this.#fault(key, `${labels(chain, type.name).join(" -> ")}: ${parameters.gap}`);
    const edges = parameters.list.map((parameter) => this.#parameter(parameter, here));
    return this.#keep(key, { kind: "class", label: type.name, type: type as never, edges });
  }

  #parameter(parameter: unknown, chain: Step[]): DependencyNode {
    if (!isDescriptor(parameter)) return this.#token(parameter as InjectionToken<unknown>, chain);
    const value = this.#described(parameter, chain);
    if (parameter.transform === undefined) return value;
    const transformer = this.#token(parameter.transform as InjectionToken<unknown>, chain);
    return {
      kind: "transform",
      label: transformer.label,
      args: parameter.transformArgs ?? [],
      edges: [transformer, value],
    };
  }

  #described(descriptor: Descriptor, chain: Step[]): DependencyNode {
    const token = descriptor.token as InjectionToken<unknown>;
    const label = labelOf(token);
    const registrations = isDelayed(token) ? undefined : registrationsOf(this.container, token);
    if (registrations === undefined && typeof token !== "function" && !isDelayed(token) && descriptor.isOptional) {
      const value = this.#ask(token);
      if (descriptor.multiple !== true || value !== undefined) return { kind: "value", label, value, edges: [] };
      return { kind: "all", label, edges: [] };
    }
    if (descriptor.multiple !== true) return this.#token(token, chain);
    const edges = registrations?.map((_, index) => this.#registered(token, registrations, index, chain)) ?? [
      this.#token(token, chain),
    ];
    return { kind: "all", label, edges };
  }

  /** What is delayed may need what it is needed by: it is followed when everything else is known. */
  #delayed(token: InjectionToken<unknown>, chain: Step[]): DependencyNode {
    const known = this.#nodes.get(token);
    if (known !== undefined) return known;
    const edges: DependencyNode[] = [];
    const target = delayedTarget(token);
    if (target !== undefined) this.#unfinished.push({ edges, token: target, chain: chain.slice(0, 1) });
    const label = target === undefined ? "delay()" : labelOf(target);
    return this.#keep(token, { kind: "delayed", label, token, edges });
  }

  #cycle(key: unknown, chain: readonly Step[]): DependencyNode | undefined {
    const start = chain.findIndex((step) => step.key === key);
    if (start < 0) return undefined;
    const round = chain.slice(start).map((step) => step.label);
    return this.#fault(undefined, cycle([...round, round[0]!]));
  }

  #ask(token: InjectionToken<unknown>): unknown {
    try {
      return this.#resolve?.(token) ?? undefined;
    } catch {
      // Containers throw for a token they do not know; the missing token is reported by us then.
      return undefined;
    }
  }

  #keep<N extends DependencyNode>(key: unknown, node: N): N {
    this.#nodes.set(key, node);
    return node;
  }

  #fault(key: unknown, problem: string): DependencyNode {
    if (!this.problems.includes(problem)) this.problems.push(problem);
    const node: DependencyNode = { kind: "faulty", label: "", edges: [] };
    return key === undefined ? node : this.#keep(key, node);
  }
}

function labels(chain: readonly Step[], last: string): readonly string[] {
  return [...chain.map((step) => step.label), last];
}
