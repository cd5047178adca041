import type { Server as HttpServer } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { DependencyContainer, InjectionToken } from "tsyringe";
import { CloseCodes, CloseReason } from "./close-reason.js";
import type { Clock } from "./clock.js";
import type { Deployment } from "./deployment/deployment.js";
import { Diagnostics, type Metrics } from "./diagnostics.js";
import { EndpointDeployer } from "./endpoint-deployer.js";
import type { Class, ClassReference } from "./endpoint/endpoint-config.js";
import { DeploymentException, IllegalStateError } from "./errors.js";
import { defaultContainerLimits, defaultLimits, limitsOver, type ContainerLimits, type Limits } from "./limits.js";
import type { Logger } from "./logger.js";
import type { Session } from "./session/session.js";
import { WebSocketContainer } from "./session/web-socket-container.js";
import { UpgradeListener } from "./upgrade/upgrade-listener.js";
import { UpgradeRouter } from "./upgrade/upgrade-router.js";
import { WsAcceptor } from "./upgrade/ws-acceptor.js";

/** What the exporter gives to the container it makes. */
export interface ServerContainerInit {
  readonly dependencies: DependencyContainer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: Partial<Limits & ContainerLimits>;
  readonly contextPath: string;
  readonly unmatched: "refuse" | "ignore" | undefined;
  readonly resolve: ((token: InjectionToken<unknown>) => unknown) | undefined;
  /** Called with classes before they are judged. */
  readonly prepare: ((classes: readonly Class[]) => void) | undefined;
  readonly encoders: readonly ClassReference[];
  readonly decoders: readonly ClassReference[];
}

/** Peers that are told to come back are spread over this time, milliseconds. */
const RETRY_SPREAD = 5_000;

/**
 * The container of one application: holds its endpoints, sessions and defaults, and drains them. Jakarta's `ServerContainer`, made by an
 * `EndpointExporter` and registered in its tsyringe container.
 */
export class ServerContainer extends WebSocketContainer {
  /** Decides who gets an upgrade request; also for tests and other transports. */
  readonly router: UpgradeRouter;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #diagnostics: Diagnostics;
  readonly #deployer: EndpointDeployer;
  readonly #containerLimits: ContainerLimits;
  readonly #acceptor: WsAcceptor;
  readonly #listeners = new Set<UpgradeListener>();
  readonly #deployments = new Map<Class, Deployment>();
  #maxText: number;
  #maxBinary: number;
  readonly #prepare: ((classes: readonly Class[]) => void) | undefined;
  #failed = false;
  #closing: Promise<void> | undefined;

  /** @internal Made by the exporter. */
  constructor(init: ServerContainerInit) {
    super();
    this.#clock = init.clock;
    this.#prepare = init.prepare;
    this.#logger = init.logger;
    this.#diagnostics = new Diagnostics(init.logger);
    const limits = limitsOver(defaultLimits, init.limits);
    this.#containerLimits = limitsOver(defaultContainerLimits, init.limits);
    this.#maxText = limits.maxTextMessageSize;
    this.#maxBinary = limits.maxBinaryMessageSize;
    this.router = new UpgradeRouter({
      clock: init.clock,
      diagnostics: this.#diagnostics,
      contextPath: init.contextPath,
      unmatched: init.unmatched,
      maxPendingUpgrades: this.#containerLimits.maxPendingUpgrades,
      limits,
    });
    this.#acceptor = new WsAcceptor({ clock: init.clock });
    this.#deployer = new EndpointDeployer({
      ...init,
      container: this,
      diagnostics: this.#diagnostics,
      limits,
    });
  }

  get defaultMaxTextMessageSize(): number {
    return this.#maxText;
  }

  set defaultMaxTextMessageSize(maxTextMessageSize: number) {
    this.#maxText = limitsOver({ maxTextMessageSize: 0 }, { maxTextMessageSize }).maxTextMessageSize;
  }

  get defaultMaxBinaryMessageSize(): number {
    return this.#maxBinary;
  }

  set defaultMaxBinaryMessageSize(maxBinaryMessageSize: number) {
    this.#maxBinary = limitsOver({ maxBinaryMessageSize: 0 }, { maxBinaryMessageSize }).maxBinaryMessageSize;
  }

  /**
   * Puts an endpoint class into service, at any time (J-10). A class that is in service already is ignored (J-9).
   *
   * Throws `DeploymentException` with everything that is wrong with it, or when the deployment of the application has failed before;
   * `IllegalStateError` after `close`.
   */
  addEndpoint(endpointClass: Class): void {
    this.deploy([endpointClass]);
  }

  /**
   * Deploys all of the classes or none.
   *
   * @internal Called by the exporter; the first failure leaves the container without endpoints for good (J-15, J-17).
   */
  deploy(classes: readonly Class[], initial = false): void {
    if (this.#closing !== undefined)
      throw new IllegalStateError(
        "this ServerContainer was closed: no endpoint can be added any more",
        "WS_CONTAINER_CLOSED",
      );
    if (this.#failed)
      throw new DeploymentException(
        "the deployment of this application has failed before: nothing more is deployed. Mend what that failure named and start again",
      );
    const fresh = classes.filter((each) => !this.#deployments.has(each));
    try {
      this.#prepare?.(fresh);
      for (const deployment of this.#deployer.judge(fresh, [...this.#deployments.values()])) {
        this.router.mount(deployment);
        this.#deployments.set(deployment.config.endpointClass, deployment);
      }
    } catch (error) {
      this.#failed = initial;
      throw error;
    }
  }

  /**
   * Serves the upgrade requests of an HTTP server. Throws `DeploymentException` when somebody does that already.
   *
   * @internal Called by the exporter.
   */
  attach(server: HttpServer | HttpsServer): void {
    const listener = new UpgradeListener({
      server,
      router: this.router,
      clock: this.#clock,
      diagnostics: this.#diagnostics,
      accept: (request, socket, head, admission) => this.#acceptor.accept(request, socket, head, admission),
    });
    this.#listeners.add(listener);
  }

  /** The paths in service, as templates. */
  get paths(): readonly string[] {
    return [...this.#deployments.values()].map((deployment) => deployment.path);
  }

  /** Tells whether a request target leads to an endpoint. */
  matches(target: string): boolean {
    return this.router.matches(target);
  }

  /** A snapshot of the open sessions, of all endpoints or of one. */
  sessions(endpointClass?: Class): ReadonlySet<Session> {
    const all = endpointClass === undefined ? [...this.#deployments.values()] : [this.#deployments.get(endpointClass)];
    return new Set(all.flatMap((deployment) => [...(deployment?.openSessions() ?? [])]));
  }

  /** Counts since this container was made; see `Metrics`. */
  metrics(): Metrics {
    return this.#diagnostics.metrics();
  }

  /**
   * Drains: new upgrades are refused with 503; each session handles what has arrived, then closes with 1012 and a `retry=<ms>` that spreads
   * the peers' return. What has not ended after `drainTimeout` is destroyed and logged. Resolves when every session has ended; a second
   * call gets the same promise. The HTTP server stays open.
   *
   * @param options `final`: the application does not come back: 1001 without `retry=`.
   */
  close(options: { readonly final?: boolean } = {}): Promise<void> {
    return (this.#closing ??= this.#drain(options.final === true));
  }

  async #drain(final: boolean): Promise<void> {
    this.router.drain();
    const deployments = [...this.#deployments.values()];
    const ended = Promise.all(deployments.map((deployment) => deployment.drain(() => farewell(final))));
    const { drainTimeout } = this.#containerLimits;
    const timer = this.#clock.setTimer(() => {
      const left = deployments.reduce((count, deployment) => count + deployment.abort(), 0);
      this.#logger.warn({ event: "drain.timeout", drainTimeout, sessions: left });
    }, drainTimeout);
    await ended;
    timer.cancel();
    for (const listener of this.#listeners) listener.detach();
    this.#acceptor.close();
  }
}

function farewell(final: boolean): CloseReason {
  if (final) return new CloseReason(CloseCodes.GOING_AWAY);
  return new CloseReason(CloseCodes.SERVICE_RESTART, `retry=${1_000 + Math.floor(Math.random() * RETRY_SPREAD)}`);
}
