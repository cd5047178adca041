import { Lifecycle, type DependencyContainer } from "tsyringe";
import { asError } from "../errors.js";
import { HandshakeRequest } from "../handshake-request.js";
import { Session } from "../session/session.js";
import { ClientEndpointConfig } from "./client-endpoint-config.js";
import { EndpointConfig, ServerEndpointConfig } from "./endpoint-config.js";
import { disposeOf, type InstanceSource, type Maker } from "./instance-maker.js";
import type { InstancePlan } from "./instance-plan.js";
import { replaceRegistrations, type Registration } from "./tsyringe-registry.js";

/**
 * The instances of one connection: makes them by their plans, remembers what has to be disposed, and has a child container only where
 * somebody asks for one. Made by the deployment for each connection; the container is dropped with it, never disposed, because tsyringe
 * would dispose singletons that it resolved first.
 */

/** What all connections of an endpoint have in common; the deployment. */
export interface ScopeHome {
  readonly config: EndpointConfig;
  readonly endpointPlan: InstancePlan;
  /** Hears of an instance that failed to be disposed; the others are disposed all the same. Must not throw. */
  disposeFailed(error: Error, session: Session): void;
}

export class ConnectionScope implements InstanceSource {
  readonly session: Session;
  readonly #home: ScopeHome;
  #request: HandshakeRequest | undefined;
  #container: DependencyContainer | undefined;
  /** In the order of construction. */
  #made: object[] | undefined;
  #connection: Map<Registration, unknown> | undefined;
  #resolution: Map<Registration, unknown> | undefined;
  /** Something was made that may make more. */
  #lazy = false;
  #disposal: Promise<void> | undefined;

  constructor(home: ScopeHome, session: Session, request: HandshakeRequest) {
    this.#home = home;
    this.session = session;
    this.#request = request;
  }

  get config(): EndpointConfig {
    return this.#home.config;
  }

  /** Undefined after `release`. */
  get request(): HandshakeRequest | undefined {
    return this.#request;
  }

  /**
   * The container of this connection alone, in which `Session`, `HandshakeRequest` and the endpoint's configuration can be resolved. Made on
   * the first call; do not dispose it.
   */
  get container(): DependencyContainer {
    return (this.#container ??= this.#makeContainer());
  }

  /** Tells whether nothing of this connection has to be kept or disposed, now or later: the scope may be forgotten. */
  get isEmpty(): boolean {
    return !this.#lazy && this.#made === undefined && this.#connection === undefined && this.#container === undefined;
  }

  /**
   * Makes an instance for this connection; the shared one where the plan is shared. Throws what a constructor threw: what was made until
   * then is disposed by `dispose`.
   */
  create(plan: InstancePlan): object {
    if (plan.isLazy) this.#lazy = true;
    if (!plan.isResolutionScoped) return plan.make(this);
    const outer = this.#resolution;
    this.#resolution = new Map();
    try {
      return plan.make(this);
    } finally {
      this.#resolution = outer;
    }
  }

  /** Lets the request go once the handshake was answered, unless something of this connection may still ask for it. */
  release(): void {
    if (!this.#home.endpointPlan.isConnectionScoped && this.#container === undefined) this.#request = undefined;
  }

  /**
   * Disposes what was constructed for this connection, the last first, one after another: by `Symbol.asyncDispose`, else
   * `Symbol.dispose`, else a `dispose()` without arguments. Never singletons, values and what factories made. Never rejects; a second call
   * gets the same promise.
   */
  dispose(): Promise<void> {
    return (this.#disposal ??= this.#disposeAll());
  }

  /** One of them does not end: begins with all that wait behind it, without waiting any more. */
  disposeRest(): void {
    this.#disposal ??= Promise.resolve();
    for (let instance = this.#made?.pop(); instance !== undefined; instance = this.#made?.pop())
      void this.#disposeOne(instance);
  }

  once(registration: Registration, lifetime: "connection" | "resolution", make: Maker): unknown {
    // A creation that goes on after its end, through `delay()`, is one of its own.
    const instances =
      lifetime === "connection"
        ? (this.#connection ??= new Map())
        : (this.#resolution ?? new Map<Registration, unknown>());
    if (instances.has(registration)) return instances.get(registration);
    const instance = make(this);
    instances.set(registration, instance);
    return instance;
  }

  track(instance: object): void {
    // Made late, by a `delay()`, when everything else has been disposed.
    if (this.#disposal !== undefined) void this.#disposeOne(instance);
    else (this.#made ??= []).push(instance);
  }

  async #disposeAll(): Promise<void> {
    const made = this.#made ?? [];
    for (let instance = made.pop(); instance !== undefined; instance = made.pop()) await this.#disposeOne(instance);
  }

  async #disposeOne(instance: object): Promise<void> {
    try {
      await disposeOf(instance);
    } catch (error) {
      this.#home.disposeFailed(asError(error), this.session);
    }
  }

  #makeContainer(): DependencyContainer {
    const { endpointPlan, config } = this.#home;
    const child = endpointPlan.planner.container.createChildContainer();
    child.registerInstance(Session as never, this.session);
    if (this.#request !== undefined) child.registerInstance(HandshakeRequest, this.#request);
    child.registerInstance(EndpointConfig as never, config);
    const side = config instanceof ClientEndpointConfig ? ClientEndpointConfig : ServerEndpointConfig;
    child.registerInstance(side as never, config);
    this.#registerScoped(child);
    // For a configurator that resolves the endpoint itself: made by the plan, it is disposed with the connection.
    if (!endpointPlan.isShared && !child.isRegistered(endpointPlan.type as never, true))
      child.register(endpointPlan.type as never, { useFactory: () => this.create(endpointPlan) });
    return child;
  }

  /** Whoever asks the container gets the same instance as a constructor of the plan. */
  #registerScoped(child: DependencyContainer): void {
    for (const { token, registrations } of this.#home.endpointPlan.planner.scoped) {
      const own = registrations.map(({ registration, make }): Registration => {
        if (make === undefined) return registration;
        const useFactory = (): unknown => make(this);
        return { provider: { useFactory }, options: { lifecycle: Lifecycle.Transient } };
      });
      replaceRegistrations(child, token, own);
    }
  }
}
