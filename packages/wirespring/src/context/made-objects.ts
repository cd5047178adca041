import type { DependencyContainer } from "tsyringe";
import type { DependencyNode, SingletonNode } from "../endpoint/dependency-node.js";
import { disposeOf, isDisposable, type InstanceSource, type Maker } from "../endpoint/instance-maker.js";
import { isOwn, type Registration } from "../endpoint/tsyringe-registry.js";
import { DeploymentException, IllegalStateError, asError, describe, saidBy, deploymentFailure } from "../errors.js";
import type { Logger } from "../logger.js";
import type { BeanDefinition } from "./bean-definition.js";

/**
 * Everything that an application has made for itself, in the order it was made: beans, its own singletons, what beans were given. Filled by
 * the bean factory; the application starts it, and its close stops and ends it in reverse.
 */

/** What a bean may have. */
interface Lifecycle {
  afterSingletonsInstantiated?(): unknown;
  start?(): unknown;
  stop?(): unknown;
}

interface MadeBean {
  readonly label: string;
  readonly bean: Lifecycle;
  started: boolean;
}

interface Ending {
  readonly label: string;
  readonly end: () => unknown;
}

export class MadeObjects {
  readonly #container: DependencyContainer;
  readonly #logger: Logger;
  readonly #beans: MadeBean[] = [];
  readonly #endings: Ending[] = [];
  /** One object may be two beans, and is ended once. */
  readonly #known = new Set<unknown>();
  readonly #singletons = new Set<SingletonNode["token"]>();

  constructor(container: DependencyContainer, logger: Logger) {
    this.#container = container;
    this.#logger = logger;
  }

  /** Takes over a bean. Throws when it lacks its `destroyMethod`. */
  add(bean: unknown, { label, destroyMethod }: BeanDefinition): void {
    if (destroyMethod !== undefined && typeof (bean as Record<string, unknown>)[destroyMethod] !== "function")
      throw deploymentFailure(
        `${label}: destroyMethod ${JSON.stringify(destroyMethod)} is not a method of the bean, which is ${describe(bean)}`,
      );
    if (this.#known.has(bean)) return;
    this.#known.add(bean);
    if (destroyMethod !== undefined)
      this.#endings.push({ label, end: () => (bean as Record<string, () => unknown>)[destroyMethod]!() });
    else if (isObject(bean) && isDisposable(bean)) this.#endings.push({ label, end: () => disposeOf(bean) });
    if (isObject(bean)) this.#beans.push({ label, bean, started: false });
  }

  /** Makes the application's own singletons that a node leads to, what a singleton needs before it. Throws `DeploymentException` naming the one that fails. */
  singletonsOf(node: DependencyNode, seen = new Set<DependencyNode>()): void {
    if (seen.has(node)) return;
    seen.add(node);
    for (const edge of node.edges) this.singletonsOf(edge, seen);
    if (node.kind === "singleton") this.#singleton(node);
  }

  #singleton({ token, label, last }: SingletonNode): void {
    if (!last || this.#singletons.has(token) || !isOwn(this.#container, token)) return;
    this.#singletons.add(token);
    try {
      this.#track(label, this.#container.resolve(token));
    } catch (thrown) {
      if (thrown instanceof DeploymentException) throw thrown;
      const error = asError(thrown);
      throw deploymentFailure(`${label} could not be made: ${saidBy(error)}`, { cause: error });
    }
  }

  /** Gives what makers ask for while one object is made. There is no connection. */
  source(): InstanceSource {
    const once = new Map<Registration, unknown>();
    const track = (instance: object): void => this.#track(describe(instance), instance);
    const container = this.#container;
    return {
      container,
      track,
      once(registration: Registration, _lifetime: string, make: Maker): unknown {
        if (!once.has(registration)) once.set(registration, make(this));
        return once.get(registration);
      },
      get session(): never {
        throw noConnection();
      },
      get request(): never {
        throw noConnection();
      },
      get config(): never {
        throw noConnection();
      },
    };
  }

  #track(label: string, instance: unknown): void {
    if (!isObject(instance) || this.#known.has(instance) || !isDisposable(instance)) return;
    this.#known.add(instance);
    this.#endings.push({ label, end: () => disposeOf(instance) });
  }

  /** The beans, in the order they were made. */
  get beans(): readonly unknown[] {
    return this.#beans.map(({ bean }) => bean);
  }

  /** Tells each bean that all singletons exist. Rejects with a `DeploymentException` naming the bean that fails. */
  async announce(): Promise<void> {
    for (const { label, bean } of this.#beans)
      await calling(label, "afterSingletonsInstantiated", () => bean.afterSingletonsInstantiated?.());
  }

  /** Starts the beans in the order they were made. Rejects with a `DeploymentException` naming the bean that fails. */
  async start(): Promise<void> {
    for (const made of this.#beans) {
      await calling(made.label, "start", () => made.bean.start?.());
      made.started = true;
    }
  }

  /** Stops what was started, then ends everything, each in reverse and one after another. Errors are logged. */
  async end(): Promise<void> {
    for (const { label, bean, started } of this.#beans.splice(0).reverse())
      if (started) await this.#attempt("bean.stop.failed", label, () => bean.stop?.());
    for (const { label, end } of this.#endings.splice(0).reverse())
      await this.#attempt("bean.destroy.failed", label, end);
  }

  async #attempt(event: string, bean: string, call: () => unknown): Promise<void> {
    try {
      await call();
    } catch (thrown) {
      this.#logger.error({ event, bean, error: asError(thrown) });
    }
  }
}

async function calling(label: string, name: keyof Lifecycle, call: () => unknown): Promise<void> {
  try {
    await call();
  } catch (thrown) {
    const error = asError(thrown);
    throw deploymentFailure(`${name}() of the bean ${label} failed: ${saidBy(error)}`, { cause: error });
  }
}

function noConnection(): IllegalStateError {
  return new IllegalStateError("there is no connection while an application starts");
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
