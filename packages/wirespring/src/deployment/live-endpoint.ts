import { setImmediate } from "node:timers";
import type { CloseReason } from "../close-reason.js";
import type { Clock } from "../clock.js";
import { CodecChain } from "../codec/codec-chain.js";
import type { Diagnostics } from "../diagnostics.js";
import { ConnectionScope, type ScopeHome } from "../endpoint/connection-scope.js";
import type { Class, EndpointConfig, EndpointOptions } from "../endpoint/endpoint-config.js";
import type { EndpointModel } from "../endpoint/endpoint-model.js";
import type { InstancePlan } from "../endpoint/instance-plan.js";
import { asError } from "../errors.js";
import type { Limits } from "../limits.js";
import type { SessionFacts } from "../session/live-session.js";
import type { OutboxBudget } from "../session/outbox-budget.js";
import type { RecipientCount } from "../session/recipient-count.js";
import type { Session, WebSocketContainer } from "../session/session.js";
import type { TimerWheel } from "../timer-wheel.js";
import type { SharedServices } from "./shared-services.js";
import { Dispatcher, type DispatcherHome, type Equipment } from "./dispatcher.js";

/**
 * What a server's and a client's endpoint have in common once they are in use: makes the session of a connection and what belongs to it, and
 * keeps account of the sessions. Extended by `Deployment` and the client's deployment; asks the dispatcher.
 */

/** What a container gives to each of its endpoints. */
export interface DeploymentServices extends SharedServices {
  readonly container: WebSocketContainer;
}

/** How the instances of a connection are made. */
export interface DeploymentPlans {
  readonly endpoint: InstancePlan;
  readonly coders: ReadonlyMap<Class, InstancePlan>;
}

/** What a handshake has agreed on; the rest a session has from its container. */
export type AgreedFacts = Omit<
  SessionFacts,
  "maxTextMessageSize" | "maxBinaryMessageSize" | "maxIdleTimeout" | "sendTimeout"
>;

/** What was made for a connection so far. */
export interface Crew {
  readonly dispatcher: Dispatcher;
  readonly scope: ConnectionScope;
  codecs: CodecChain | undefined;
}

/** So many sessions are drained before everybody else's turn comes. */
const DRAINED_AT_ONCE = 100;

export abstract class LiveEndpoint<Options extends EndpointOptions> implements DispatcherHome, ScopeHome {
  readonly model: EndpointModel<Options>;
  abstract readonly config: EndpointConfig;
  /** What log and measurements call it. */
  abstract readonly path: string;
  abstract readonly limits: Limits;
  readonly endpointPlan: InstancePlan;
  readonly #services: DeploymentServices;
  readonly #plans: DeploymentPlans;
  /** Codecs that need nothing of a connection, in one chain for all. */
  readonly #sharedCodecs: CodecChain | undefined;
  /** From the 101 until everything has ended. */
  readonly #dispatchers = new Set<Dispatcher>();
  /** Told when the first session begins and when the last has ended. */
  populated: ((isPopulated: boolean) => void) | undefined;
  #farewell: (() => CloseReason) | undefined;
  #emptied: (() => void) | undefined;

  constructor(model: EndpointModel<Options>, plans: DeploymentPlans, services: DeploymentServices) {
    this.model = model;
    this.endpointPlan = plans.endpoint;
    this.#plans = plans;
    this.#services = services;
    this.#sharedCodecs = model.codecs.shared ? new CodecChain(model.codecs, unneeded) : undefined;
  }

  get options(): Options {
    return this.model.options;
  }

  get clock(): Clock {
    return this.#services.clock;
  }

  get diagnostics(): Diagnostics {
    return this.#services.diagnostics;
  }

  get wheel(): TimerWheel {
    return this.#services.wheel;
  }

  get budget(): OutboxBudget {
    return this.#services.budget;
  }

  get recipients(): RecipientCount {
    return this.#services.recipients;
  }

  get container(): WebSocketContainer {
    return this.#services.container;
  }

  openSessions(): ReadonlySet<Session> {
    const open = new Set<Session>();
    for (const { session } of this.#dispatchers) if (session.isOpen) open.add(session);
    return open;
  }

  /** Makes the session of a connection, not open yet. */
  protected muster(facts: AgreedFacts): Crew {
    const { maxTextMessageSize, maxBinaryMessageSize } = this.options;
    const { container } = this.#services;
    const dispatcher = new Dispatcher(this, {
      ...facts,
      maxTextMessageSize: maxTextMessageSize ?? container.defaultMaxTextMessageSize,
      maxBinaryMessageSize: maxBinaryMessageSize ?? container.defaultMaxBinaryMessageSize,
      maxIdleTimeout: container.defaultMaxSessionIdleTimeout,
      sendTimeout: container.defaultSendTimeout,
    });
    const scope = new ConnectionScope(this, dispatcher.session, facts.request);
    return { dispatcher, scope, codecs: this.#sharedCodecs };
  }

  /** Adds the codecs, and says how all of it ends. */
  protected equip(crew: Crew, instance: object): Equipment {
    crew.codecs ??= new CodecChain(this.model.codecs, (coder) => crew.scope.create(this.#plans.coders.get(coder)!));
    const idle = crew.codecs === this.#sharedCodecs && crew.scope.isEmpty;
    if (idle) return { instance, codecs: crew.codecs, dispose: undefined };
    const dispose = (): Promise<void> => this.disband(crew);
    const { codecs, dispatcher, scope } = crew;
    const disposeRest = (): void => {
      if (codecs !== this.#sharedCodecs) codecs.destroyRest((error) => this.disposeFailed(error, dispatcher.session));
      scope.disposeRest();
    };
    return { instance, codecs, dispose, disposeRest };
  }

  /** Ends what was made for a connection: codecs first, which were made last. Never rejects. */
  protected async disband({ codecs, dispatcher, scope }: Crew): Promise<void> {
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
    if (this.#dispatchers.size === 1) this.populated?.(true);
    this.diagnostics.opened(dispatcher.session, this.path);
    // It was admitted before the drain began.
    if (this.#farewell !== undefined) dispatcher.drain(this.#farewell());
  }

  ended(dispatcher: Dispatcher, reason: CloseReason, clean: boolean): void {
    this.#dispatchers.delete(dispatcher);
    dispatcher.whenEnded?.();
    this.diagnostics.closed(dispatcher.session, this.path, reason.code, clean);
    if (this.#dispatchers.size > 0) return;
    this.populated?.(false);
    this.#emptied?.();
  }

  /** Lets every session end what it handles, then closes it, in batches: the event loop goes on meanwhile. Resolves when all have ended. */
  drain(farewell: () => CloseReason): Promise<void> {
    this.#farewell = farewell;
    if (this.#dispatchers.size === 0) return Promise.resolve();
    const emptied = new Promise<void>((resolve) => {
      this.#emptied = resolve;
    });
    this.#drainBatch([...this.#dispatchers], farewell);
    return emptied;
  }

  #drainBatch(left: Dispatcher[], farewell: () => CloseReason): void {
    // One that has ended meanwhile is not drained.
    for (const dispatcher of left.splice(-DRAINED_AT_ONCE)) dispatcher.drain(farewell());
    if (left.length > 0) setImmediate(() => this.#drainBatch(left, farewell));
  }

  /** Destroys the sessions that are left, and tells how many. Their `@OnClose` is called, not waited for. */
  abort(): number {
    const left = [...this.#dispatchers];
    for (const dispatcher of left) dispatcher.abort();
    this.#emptied?.();
    return left.length;
  }
}

function unneeded(): never {
  throw new Error("a shared chain makes no codec");
}
