import { AsyncLocalStorage } from "node:async_hooks";
import type { DependencyContainer } from "tsyringe";
import type { DependencyNode } from "../endpoint/dependency-node.js";
import type { Class } from "../endpoint/endpoint-config.js";
import { compile } from "../endpoint/instance-maker.js";
import { DeploymentException, asError, saidBy, illegalArgument, deploymentFailure } from "../errors.js";
import { isThenable } from "../thenable.js";
import type { BeanDefinition } from "./bean-definition.js";
import { beanCycle, type BeanGraph } from "./bean-graph.js";
import type { MadeObjects } from "./made-objects.js";

/**
 * Makes the beans of one application: each once, dependencies first, whoever asks. Used by `WirespringApplication.run`; hands what it made to
 * `MadeObjects`.
 */

/** A bean whose method has been called. */
interface Call {
  /** What the method returned, a promise when it is async; undefined while it has not returned. */
  result?: unknown;
  /** Settles when the bean is in the container. */
  done?: Promise<void>;
  isDone: boolean;
}

export class BeanFactory {
  readonly #container: DependencyContainer;
  readonly #graph: BeanGraph;
  readonly #made: MadeObjects;
  readonly #calls = new Map<BeanDefinition, Call>();
  readonly #configurations = new Map<Class, object>();
  readonly #definitions: readonly BeanDefinition[];
  /** Which bean method is running, across its awaits: `this.other()` does not say who calls. */
  readonly #running = new AsyncLocalStorage<BeanDefinition>();
  /** Who waits for whom, by parameters and by calls. */
  readonly #waits = new Map<BeanDefinition, Set<BeanDefinition>>();

  constructor(
    container: DependencyContainer,
    definitions: readonly BeanDefinition[],
    graph: BeanGraph,
    made: MadeObjects,
  ) {
    this.#container = container;
    this.#definitions = definitions;
    this.#graph = graph;
    this.#made = made;
  }

  /** Makes all beans, one after another. Rejects with a `DeploymentException` that names the bean that failed, once nothing is being made any more. */
  async makeAll(): Promise<void> {
    try {
      for (const definition of this.#definitions) await this.#make(definition);
    } catch (error) {
      // A bean that is still on its way has to arrive before it can be ended.
      await Promise.allSettled([...this.#calls.values()].map(async (call) => call.done));
      throw error;
    }
  }

  async #make(definition: BeanDefinition): Promise<void> {
    for (const need of this.#graph.planned(definition).needs) await this.#make(need);
    await this.#call(definition).done;
  }

  /** Calls the method unless it has been called. Everything it needs through parameters must exist, or be made at once. */
  #call(definition: BeanDefinition): Call {
    const known = this.#calls.get(definition);
    if (known !== undefined) return known;
    const { needs, parameters, configuration } = this.#graph.planned(definition);
    this.#waits.set(definition, new Set(needs));
    const call: Call = { isDone: false };
    this.#calls.set(definition, call);
    try {
      for (const need of needs) this.#makeNow(need, definition);
      const instance = this.#configuration(definition.configuration, configuration);
      const values = parameters.map((parameter) => this.#resolve(parameter));
      call.result = this.#running.run(definition, () => definition.call.apply(instance, values));
      if (isThenable(call.result)) this.#awaitBean(definition, call, call.result);
      else this.#finish(definition, call, call.result);
    } catch (error) {
      call.done = Promise.reject(failure(definition, error));
      // Whoever asked for the bean is told; `makeAll` looks at each of these promises, too.
      call.done.catch(() => {});
      throw failure(definition, error);
    }
    return call;
  }

  #awaitBean(definition: BeanDefinition, call: Call, result: PromiseLike<unknown>): void {
    call.done = Promise.resolve(result).then(
      (value) => this.#finish(definition, call, value),
      (error) => {
        throw failure(definition, error);
      },
    );
    // `makeAll` awaits it when its turn comes, which may be after it has failed.
    call.done.catch(() => {});
    if (result instanceof Promise) result.catch(() => {});
  }

  #finish(definition: BeanDefinition, call: Call, value: unknown): void {
    if (value === undefined || value === null)
      throw failure(definition, illegalArgument(`it returned ${String(value)}, expected the bean`));
    this.#made.add(value, definition);
    this.#graph.fill(definition, value);
    call.isDone = true;
    call.done ??= Promise.resolve();
  }

  /** For a bean that is asked for by a call, when there is no time to wait for what its parameters need. */
  #makeNow(need: BeanDefinition, by: BeanDefinition): void {
    if (this.#call(need).isDone) return;
    throw deploymentFailure(
      `${by.label} needs ${need.label}, which is async and not there yet: whoever calls this.${String(by.name)}() takes that bean as a parameter instead`,
    );
  }

  /** What `this.other()` gives. */
  #asked(definition: BeanDefinition): unknown {
    const caller = this.#running.getStore();
    if (caller !== undefined) {
      const path = this.#calls.get(definition)?.isDone === true ? undefined : this.#path(definition, caller);
      if (path !== undefined) throw deploymentFailure(beanCycle([caller, ...path]));
      this.#waits.get(caller)?.add(definition);
    }
    return this.#call(definition).result;
  }

  /** Who waits for whom, from one bean to another; itself when they are the same. */
  #path(from: BeanDefinition, to: BeanDefinition, seen = new Set<BeanDefinition>()): BeanDefinition[] | undefined {
    if (from === to) return [from];
    if (seen.has(from)) return undefined;
    seen.add(from);
    for (const next of this.#waits.get(from) ?? this.#graph.planned(from).needs) {
      const rest = this.#path(next, to, seen);
      if (rest !== undefined) return [from, ...rest];
    }
    return undefined;
  }

  #configuration(type: Class, node: DependencyNode): object {
    const known = this.#configurations.get(type);
    if (known !== undefined) return known;
    const instance = this.#resolve(node) as object;
    this.#configurations.set(type, instance);
    this.#container.registerInstance(type as never, instance);
    for (const definition of this.#definitions) {
      if (definition.configuration !== type) continue;
      // On the object itself: a proxy would hide private fields from the methods.
      Object.defineProperty(instance, definition.name, { value: () => this.#asked(definition), configurable: true });
    }
    return instance;
  }

  #resolve(node: DependencyNode): unknown {
    this.#made.singletonsOf(node);
    return compile(node, { container: this.#container, connectionScoped: false })(this.#made.source());
  }
}

/** The innermost failure is the one that tells. */
function failure(definition: BeanDefinition, thrown: unknown): DeploymentException {
  if (thrown instanceof DeploymentException) return thrown;
  const error = asError(thrown);
  return deploymentFailure(`${definition.label} failed: ${saidBy(error)}`, { cause: error });
}
