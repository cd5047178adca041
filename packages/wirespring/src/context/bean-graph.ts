import { Lifecycle, type DependencyContainer } from "tsyringe";
import { DependencyGraph } from "../endpoint/dependency-graph.js";
import { reaches, type DependencyNode } from "../endpoint/dependency-node.js";
import { captive } from "../endpoint/dependency-problems.js";
import { replaceRegistrations } from "../endpoint/tsyringe-registry.js";
import { IllegalStateError } from "../errors.js";
import type { BeanDefinition } from "./bean-definition.js";

/**
 * What each bean needs, other beans and classes of the container, judged before the first is made. Built for the bean factory. In the
 * container each bean is a placeholder until it exists, so that a class that needs it can be followed there.
 */

/** A bean and what has to exist before it. */
export interface PlannedBean {
  readonly definition: BeanDefinition;
  readonly parameters: readonly DependencyNode[];
  readonly configuration: DependencyNode;
  /** Beans that its parameters and its configuration's constructor lead to, at once or through classes. */
  readonly needs: readonly BeanDefinition[];
}

export class BeanGraph {
  readonly problems: string[] = [];
  readonly #container: DependencyContainer;
  readonly #graph: DependencyGraph;
  readonly #placeholders = new Map<unknown, BeanDefinition>();
  readonly #values = new Map<BeanDefinition, unknown>();
  readonly #planned = new Map<BeanDefinition, PlannedBean>();

  constructor(container: DependencyContainer, definitions: readonly BeanDefinition[]) {
    this.#container = container;
    for (const definition of definitions) this.#place(definition);
    this.#graph = new DependencyGraph(container);
    for (const definition of definitions) this.#planned.set(definition, this.#plan(definition));
    this.problems.push(...this.#graph.problems);
    const done = new Set<BeanDefinition>();
    for (const definition of definitions) this.#findCycle(definition, [], done);
  }

  planned(definition: BeanDefinition): PlannedBean {
    return this.#planned.get(definition)!;
  }

  /** Puts a bean in the place that was kept for it. */
  fill(definition: BeanDefinition, value: unknown): void {
    this.#values.set(definition, value);
    const registration = { provider: { useValue: value }, options: { lifecycle: Lifecycle.Transient } };
    replaceRegistrations(this.#container, definition.token, [registration]);
  }

  #place(definition: BeanDefinition): void {
    const useFactory = (): unknown => {
      // Nodes that were followed before the bean existed still lead here.
      if (this.#values.has(definition)) return this.#values.get(definition);
      throw new IllegalStateError(
        `${definition.label} has not been called yet: whatever needs this bean has to say so by a parameter`,
        "WS_BEAN_NOT_READY",
      );
    };
    this.#placeholders.set(useFactory, definition);
    const registration = { provider: { useFactory }, options: { lifecycle: Lifecycle.Transient } };
    replaceRegistrations(this.#container, definition.token, [registration]);
  }

  #plan(definition: BeanDefinition): PlannedBean {
    const configuration = this.#graph.root(definition.configuration);
    const parameters = definition.parameters.map((parameter) => {
      const node = this.#graph.parameter(parameter, definition.label);
      const path = node.kind === "singleton" ? undefined : this.#graph.connectionPath(node);
      if (path !== undefined) this.problems.push(captiveBean(definition.label, path));
      return node;
    });
    const needs = new Set<BeanDefinition>();
    for (const node of [configuration, ...parameters])
      reaches(node, (each) => {
        const bean = each.kind === "factory" ? this.#placeholders.get(each.make) : undefined;
        if (bean !== undefined) needs.add(bean);
        return false;
      });
    return { definition, configuration, parameters, needs: [...needs] };
  }

  #findCycle(definition: BeanDefinition, chain: readonly BeanDefinition[], done: Set<BeanDefinition>): void {
    const start = chain.indexOf(definition);
    if (start >= 0) this.problems.push(beanCycle([...chain.slice(start), definition]));
    if (start >= 0 || done.has(definition)) return;
    for (const need of this.#planned.get(definition)!.needs) this.#findCycle(need, [...chain, definition], done);
    done.add(definition);
  }
}

/** Beans that need each other; the first and the last are the same. */
export function beanCycle(beans: readonly BeanDefinition[]): string {
  return `${beans.map((bean) => bean.label).join(" -> ")}: these beans need each other. Make one of them without the other and hand that over later, in afterSingletonsInstantiated()`;
}

function captiveBean(label: string, path: readonly string[]): string {
  const [first, ...rest] = path;
  return captive([label, ...(first === rest[0] ? rest : path)], label).replace(/, or make .* @scoped\(.*\)$/, "");
}
