import type { CloseReason } from "../close-reason.js";
import type { Clock } from "../clock.js";
import { CodecChain } from "../codec/codec-chain.js";
import type { Diagnostics, HookName } from "../diagnostics.js";
import { ConnectionScope, type ScopeHome } from "../endpoint/connection-scope.js";
import {
  usesDefault,
  type Class,
  type ServerEndpointConfig,
  type ServerEndpointOptions,
} from "../endpoint/endpoint-config.js";
import type { EndpointModel } from "../endpoint/endpoint-model.js";
import type { InstancePlan } from "../endpoint/instance-plan.js";
import { asError } from "../errors.js";
import type { Limits } from "../limits.js";
import type { Session } from "../session/session.js";
import type { WebSocketContainer } from "../session/web-socket-container.js";
import { isThenable, settled } from "../thenable.js";
import type { AcceptedHandshake, DeployedEndpoint, Reservation } from "./deployed-endpoint.js";
import { Dispatcher, type DispatcherHome, type Equipment } from "./dispatcher.js";

/**
 * An endpoint in service at its path: makes session and instance of each connection, and keeps account of the sessions. Made by the
 * endpoint deployer when everything was judged, asked by the router, asks the dispatcher.
 */

/** What the server container gives to each of its deployments. */
export interface DeploymentServices {
  readonly container: WebSocketContainer;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
}

/** How the instances of a connection are made. */
export interface DeploymentPlans {
  readonly endpoint: InstancePlan;
  readonly coders: ReadonlyMap<Class, InstancePlan>;
}

/** What was made for a connection so far. */
interface Crew {
  readonly dispatcher: Dispatcher;
  readonly scope: ConnectionScope;
  codecs: CodecChain | undefined;
}

export class Deployment implements DeployedEndpoint, DispatcherHome, ScopeHome {
  readonly model: EndpointModel;
  readonly config: ServerEndpointConfig;
  readonly endpointPlan: InstancePlan;
  readonly #services: DeploymentServices;
  readonly #plans: DeploymentPlans;
  /** Codecs that need nothing of a connection, in one chain for all. */
  readonly #sharedCodecs: CodecChain | undefined;
  /** From the 101 until everything has ended. */
  readonly #dispatchers = new Set<Dispatcher>();
  #farewell: (() => CloseReason) | undefined;
  #emptied: (() => void) | undefined;

  constructor(
    model: EndpointModel,
    config: ServerEndpointConfig,
    plans: DeploymentPlans,
    services: DeploymentServices,
  ) {
    this.model = model;
    this.config = config;
    this.endpointPlan = plans.endpoint;
    this.#plans = plans;
    this.#services = services;
    this.#sharedCodecs = model.codecs.shared ? new CodecChain(model.codecs, unneeded) : undefined;
  }

  get path(): string {
    return this.config.path;
  }

  get options(): ServerEndpointOptions {
    return this.model.options;
  }

  get limits(): Limits {
    return this.config.limits;
  }

  get clock(): Clock {
    return this.#services.clock;
  }

  get diagnostics(): Diagnostics {
    return this.#services.diagnostics;
  }

  get container(): WebSocketContainer {
    return this.#services.container;
  }

  openSessions(): ReadonlySet<Session> {
    const open = new Set<Session>();
    for (const { session } of this.#dispatchers) if (session.isOpen) open.add(session);
    return open;
  }

  reserve(handshake: AcceptedHandshake): Reservation | Promise<Reservation> {
    const { maxTextMessageSize, maxBinaryMessageSize } = this.options;
    const { container } = this.#services;
    const dispatcher = new Dispatcher(this, {
      ...handshake,
      maxTextMessageSize: maxTextMessageSize ?? container.defaultMaxTextMessageSize,
      maxBinaryMessageSize: maxBinaryMessageSize ?? container.defaultMaxBinaryMessageSize,
    });
    const scope = new ConnectionScope(this, dispatcher.session, handshake.request);
    const crew: Crew = { dispatcher, scope, codecs: this.#sharedCodecs };
    const { configurator } = this.config;
    const ready = (instance: unknown): Reservation => this.#reservation(crew, this.#checked(instance), handshake);
    const failed = (hook: HookName) => (thrown: unknown) => this.#reserveFailed(crew, hook, thrown);
    if (usesDefault(configurator, "getEndpointInstance"))
      return attempt(() => ready(scope.create(this.endpointPlan)), failed("construct"));
    return attempt(() => {
      const instance = configurator.getEndpointInstance(this.config.endpointClass, scope.container);
      if (!isThenable(instance)) return ready(instance);
      return settled(instance).then(ready).catch(failed("getEndpointInstance"));
    }, failed("getEndpointInstance"));
  }

  #reservation(crew: Crew, instance: object, { request }: AcceptedHandshake): Reservation {
    const { dispatcher, scope } = crew;
    crew.codecs ??= new CodecChain(this.model.codecs, (coder) => scope.create(this.#plans.coders.get(coder)!));
    const equipment: Equipment = {
      instance,
      codecs: crew.codecs,
      dispose: crew.codecs === this.#sharedCodecs && scope.isEmpty ? undefined : () => this.#dispose(crew),
    };
    return {
      open: (transport) => {
        request.release();
        scope.release();
        dispatcher.start(transport, equipment);
        return dispatcher.session;
      },
      abandon: () => void equipment.dispose?.(),
    };
  }

  #checked(instance: unknown): object {
    if (typeof instance === "object" && instance !== null) return instance;
    const { configurator, endpointClass } = this.config;
    throw new TypeError(
      `${configurator.constructor.name}.getEndpointInstance must give an instance of ${endpointClass.name}, found ${String(instance)}`,
    );
  }

  #reserveFailed(crew: Crew, hook: HookName, thrown: unknown): never {
    const error = asError(thrown);
    this.diagnostics.error(hook, error, false, this.path);
    void this.#dispose(crew);
    throw error;
  }

  /** Codecs first, which were made last. Never rejects. */
  async #dispose({ codecs, dispatcher, scope }: Crew): Promise<void> {
    try {
      if (codecs !== this.#sharedCodecs) await codecs?.destroy();
    } catch (error) {
      this.disposeFailed(asError(error), dispatcher.session);
    }
    await scope.dispose();
  }

  disposeFailed(error: Error, session: Session): void {
    this.diagnostics.error("dispose", error, false, this.path, session);
  }

  opened(dispatcher: Dispatcher): void {
    this.#dispatchers.add(dispatcher);
    this.diagnostics.opened(dispatcher.session, this.path);
    // It was admitted before the drain began.
    if (this.#farewell !== undefined) dispatcher.drain(this.#farewell());
  }

  ended(dispatcher: Dispatcher, reason: CloseReason, clean: boolean): void {
    this.#dispatchers.delete(dispatcher);
    this.diagnostics.closed(dispatcher.session, this.path, reason.code, clean);
    if (this.#dispatchers.size === 0) this.#emptied?.();
  }

  /** Lets every session end what it handles, then closes it. Resolves when all have ended. */
  drain(farewell: () => CloseReason): Promise<void> {
    this.#farewell = farewell;
    if (this.#dispatchers.size === 0) return Promise.resolve();
    const emptied = new Promise<void>((resolve) => {
      this.#emptied = resolve;
    });
    for (const dispatcher of this.#dispatchers) dispatcher.drain(farewell());
    return emptied;
  }

  /** Destroys the sessions that are left, and tells how many. Their `@OnClose` is called, not waited for. */
  abort(): number {
    const left = [...this.#dispatchers];
    for (const dispatcher of left) dispatcher.abort();
    this.#emptied?.();
    return left.length;
  }
}

function attempt<T>(call: () => T, failed: (thrown: unknown) => never): T {
  try {
    return call();
  } catch (thrown) {
    return failed(thrown);
  }
}

function unneeded(): never {
  throw new Error("a shared chain makes no codec");
}
