import { PathParameters } from "./path-parameters.js";
import type { IncomingMessage, Server as HttpServer } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { DependencyContainer, InjectionToken } from "tsyringe";
import { Broadcaster } from "./broadcast/broadcaster.js";
import { WebSocketContainer } from "./client/web-socket-container.js";
import { CloseCodes, CloseReason, retryLater } from "./close-reason.js";
import type { Clock } from "./clock.js";
import type { Deployment } from "./deployment/deployment.js";
import { routeRecord } from "./deployment/route-record.js";
import { sharedServices, type SharedServices } from "./deployment/shared-services.js";
import type { Diagnostics, Metrics, RefusalReason } from "./diagnostics.js";
import { EndpointDeployer, type EndpointSource } from "./endpoint-deployer.js";
import { ServerEndpointConfig, type Class, type ClassReference } from "./endpoint/endpoint-config.js";
import { describe, illegalArgument, IllegalStateError, deploymentFailure } from "./errors.js";
import { COMPRESSION, type Extension } from "./extension.js";
import { defaultContainerLimits, defaultLimits, limitsOver, type ContainerLimits, type Limits } from "./limits.js";
import type { Logger } from "./logger.js";
import type { Session } from "./session/session.js";
import { Refusal } from "./upgrade/refusal.js";
import { UpgradeAttempt, type UpgradeServices } from "./upgrade/upgrade-attempt.js";
import { UpgradeListener } from "./upgrade/upgrade-listener.js";
import { draining, UpgradeRouter } from "./upgrade/upgrade-router.js";
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
  readonly prepare: ((endpoints: readonly EndpointSource[]) => void) | undefined;
  readonly encoders: readonly ClassReference[];
  readonly decoders: readonly ClassReference[];
  readonly compression: boolean;
  readonly httpSession: ((request: IncomingMessage) => unknown) | undefined;
  readonly trustedProxies: readonly string[];
  readonly allowedHosts: readonly string[] | undefined;
  /** Where beans were given one already. */
  readonly broadcaster: Broadcaster | undefined;
}

/**
 * The container of one application: holds its endpoints, sessions and defaults, and drains them. Jakarta's `ServerContainer`, made by an
 * `EndpointExporter` and registered in its tsyringe container.
 */
export class ServerContainer extends WebSocketContainer {
  /** Topics of this application's sessions; also registered in its tsyringe container. */
  readonly broadcaster: Broadcaster;
  /** Decides who gets an upgrade request; also for tests and other transports. */
  readonly router: UpgradeRouter;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #diagnostics: Diagnostics;
  readonly #deployer: EndpointDeployer;
  readonly #containerLimits: ContainerLimits;
  readonly #contextPath: string;
  readonly #acceptor: WsAcceptor;
  readonly #listeners = new Set<UpgradeListener>();
  readonly #services: UpgradeServices;
  readonly #shared: SharedServices;
  readonly #installed: readonly Extension[];
  /** At their paths. */
  readonly #deployments = new Map<EndpointSource, Deployment>();
  /** Of configurations that only `upgrade` was given. */
  #pathless = new WeakMap<ServerEndpointConfig, Deployment>();
  /** Those of them that have sessions: a program may make a configuration for each request. */
  readonly #livePathless = new Set<Deployment>();
  readonly #closedWith = new WeakSet<object>();
  readonly #prepare: ((endpoints: readonly EndpointSource[]) => void) | undefined;
  /** Until the exporter has exported; a failure until then is the whole application's (J-17). */
  #starting = true;
  #failed = false;
  #closing: Promise<void> | undefined;

  /** @internal Made by the exporter. */
  constructor(init: ServerContainerInit) {
    const { dependencies: container, clock, logger, resolve, encoders, decoders } = init;
    const containerLimits = limitsOver(defaultContainerLimits, init.limits);
    const broadcaster = init.broadcaster ?? new Broadcaster();
    const services = { ...sharedServices(clock, logger, containerLimits), recipients: broadcaster.recipients };
    const { diagnostics } = services;
    super({ container, clock, logger, limits: init.limits, resolve, encoders, decoders }, services);
    this.broadcaster = broadcaster;
    this.#clock = clock;
    this.#prepare = init.prepare;
    this.#contextPath = init.contextPath;
    this.#logger = logger;
    this.#diagnostics = diagnostics;
    this.#shared = services;
    const limits = limitsOver(defaultLimits, init.limits);
    this.#containerLimits = containerLimits;
    this.router = new UpgradeRouter({
      clock: init.clock,
      diagnostics: this.#diagnostics,
      contextPath: init.contextPath,
      unmatched: init.unmatched,
      httpSession: init.httpSession,
      trustedProxies: init.trustedProxies,
      allowedHosts: init.allowedHosts,
      turnstile: containerLimits,
      maxPendingUpgrades: this.#containerLimits.maxPendingUpgrades,
      limits,
    });
    this.#acceptor = new WsAcceptor({ clock, logger: diagnostics.logger });
    this.#installed = init.compression ? COMPRESSION : Object.freeze([]);
    this.#services = {
      router: this.router,
      clock,
      diagnostics,
      accept: (request, socket, head, admission) => this.#acceptor.accept(request, socket, head, admission),
    };
    this.#deployer = new EndpointDeployer({
      ...init,
      ...services,
      container: this,
      limits,
      installedExtensions: this.#installed,
      compression: COMPRESSION,
    });
  }

  /** `permessage-deflate` where the exporter was told `compression: true`, else nothing (J-22). An endpoint may differ. */
  override get installedExtensions(): readonly Extension[] {
    return this.#installed;
  }

  /**
   * Puts an endpoint into service, at any time (J-10): a class with `@ServerEndpoint`, or what `ServerEndpointConfig.create` gave. One that is
   * in service already is ignored (J-9).
   *
   * Throws `DeploymentException` with everything that is wrong with it, or when the deployment of the application has failed before;
   * `IllegalStateError` after `close`. A failure before the exporter's promise has resolved is one of the application, also where it is
   * caught: nothing is served, and the exporter fails, too (J-17). A later one changes nothing.
   */
  addEndpoint(endpoint: Class | ServerEndpointConfig): void {
    this.deploy([endpoint]);
  }

  /**
   * Deploys all of the endpoints or none.
   *
   * @internal Called by the exporter.
   */
  deploy(endpoints: readonly EndpointSource[]): void {
    this.#checkUsable();
    const fresh = endpoints.filter((each) => !this.#deployments.has(each));
    try {
      this.#prepare?.(fresh);
      const made = this.#deployer.judge(fresh, [...this.#deployments.values()]);
      // A constructor that ran meanwhile may have caught the failure of an endpoint that it added.
      this.#checkUsable();
      for (const [index, deployment] of made.entries()) {
        this.router.mount(deployment);
        this.#pathless.set(deployment.config, deployment);
        this.#deployments.set(fresh[index]!, deployment);
        this.#diagnostics.logger.always("debug", routeRecord(this.#contextPath + deployment.path, deployment.model));
      }
    } catch (error) {
      if (this.#starting) this.#fail();
      throw error;
    }
  }

  /**
   * Ends the start: from now on, an endpoint that cannot be deployed is nobody else's trouble. Throws `DeploymentException` when one could not
   * be until now.
   *
   * @internal Called by the exporter.
   */
  started(): void {
    this.#checkUsable();
    this.#starting = false;
  }

  #checkUsable(): void {
    if (this.#closing !== undefined)
      throw new IllegalStateError(
        "this ServerContainer was closed: no endpoint can be added any more",
        "WS_CONTAINER_CLOSED",
      );
    if (this.#failed)
      throw deploymentFailure(
        "the deployment of this application has failed before: nothing more is deployed. Mend what that failure named and start again",
      );
  }

  /** J-15: takes out of service whatever was in it. */
  #fail(): void {
    this.#failed = true;
    for (const deployment of this.#deployments.values()) this.router.unmount(deployment);
    this.#deployments.clear();
    this.#pathless = new WeakMap();
  }

  /**
   * Upgrades a request that the host got, to an endpoint that need not be in service at any path, with the same checks and hooks as one that
   * is (J-20). Call it in the `upgrade` event itself. Resolves when the 101 was handed over; the session is open then.
   *
   * Rejects with `IllegalStateError`, code `WS_UPGRADE_REFUSED`, when the handshake is invalid or was refused, or the peer has left; with
   * `DeploymentException` when the endpoint is declared wrongly; with `TypeError` for a configuration that is none. In all cases the peer
   * was answered, and the socket is not the caller's any more.
   *
   * @param pathParameters What `session.pathParameters` and `@PathParam` give. Default: none.
   */
  async upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    config: ServerEndpointConfig,
    pathParameters: Readonly<Record<string, string>> | ReadonlyMap<string, string> = {},
  ): Promise<void> {
    const attempt = new UpgradeAttempt(request, socket, head, this.#services);
    let deployment: Deployment;
    try {
      deployment = this.#deploymentOf(config);
    } catch (error) {
      attempt.refuse(this.#closing === undefined ? new Refusal(500, "internal") : draining(config?.path));
      throw error;
    }
    const variables = isMap(pathParameters) ? pathParameters : Object.entries(pathParameters);
    const outcome = await attempt.run(this.router.routeTo(deployment, request, PathParameters.of(new Map(variables))));
    if (outcome instanceof Refusal)
      throw new IllegalStateError(
        `the upgrade to ${config.endpointClass.name} was refused with ${outcome.status} (${outcome.reason}); the peer was answered`,
        "WS_UPGRADE_REFUSED",
      );
  }

  #deploymentOf(config: ServerEndpointConfig): Deployment {
    if (!(config instanceof ServerEndpointConfig))
      throw illegalArgument(`upgrade takes a ServerEndpointConfig, found ${describe(config)}`);
    const known = this.#deployments.get(config) ?? this.#pathless.get(config);
    if (known !== undefined) return known;
    this.#checkUsable();
    const made = this.#deployer.judge([config], [])[0]!;
    made.populated = (isPopulated) => {
      if (isPopulated) this.#livePathless.add(made);
      else this.#livePathless.delete(made);
    };
    // What its handlers are given is another object, which may come back here.
    for (const key of [config, made.config]) this.#pathless.set(key, made);
    return made;
  }

  /**
   * Serves the upgrade requests of an HTTP server. Throws `DeploymentException` when somebody does that already.
   *
   * @internal Called by the exporter.
   */
  attach(server: HttpServer | HttpsServer): void {
    this.#listeners.add(new UpgradeListener({ server, ...this.#services }));
  }

  /**
   * Makes `server.close()` of the host drain this container, too: without it, open sessions keep a closed server from ending. The server
   * accepts no connection any more at once; its callback is called, and its `close` event emitted, when all sessions have ended. A second
   * call for the same server does nothing.
   */
  closeWith(server: HttpServer | HttpsServer): void {
    if (this.#closedWith.has(server)) return;
    this.#closedWith.add(server);
    const close = server.close.bind(server);
    server.close = (callback) => {
      void this.close();
      return close(callback);
    };
  }

  /**
   * The classes of the endpoints in service, by their paths with the application's context path, for the log.
   *
   * @internal Called by the application.
   */
  get routes(): Readonly<Record<string, string>> {
    const deployments = [...this.#deployments.values()];
    return Object.fromEntries(
      deployments.map(({ path, config }) => [this.#contextPath + path, config.endpointClass.name]),
    );
  }

  /** The paths in service, as templates. */
  get paths(): readonly string[] {
    return [...this.#deployments.values()].map((deployment) => deployment.path);
  }

  /** Tells whether a request target leads to an endpoint. */
  matches(target: string): boolean {
    return this.router.matches(target);
  }

  /**
   * Counts an upgrade request that the HTTP server itself has refused.
   *
   * @internal Called by the embedded server.
   */
  refused(reason: RefusalReason, status: number, remoteAddress: string | undefined): void {
    this.#diagnostics.refused(reason, status, undefined, remoteAddress);
  }

  /** A snapshot of the open sessions, of all endpoints or of one. */
  sessions(endpointClass?: Class): ReadonlySet<Session> {
    const wanted = this.#all().filter(
      ({ config }) => endpointClass === undefined || config.endpointClass === endpointClass,
    );
    return new Set(wanted.flatMap((deployment) => [...deployment.openSessions()]));
  }

  #all(): readonly Deployment[] {
    return [...this.#deployments.values(), ...this.#livePathless];
  }

  /**
   * Closes the open sessions that a predicate picks, of all endpoints, and tells how many: when somebody has lost their rights, for instance (J-209). Each
   * closes as by `session.close`. A handshake that is not answered yet has no session. What the predicate throws is thrown, and no session
   * closes then.
   *
   * @param reason Default: code 1008 and no phrase.
   */
  closeSessions(
    predicate: (session: Session) => boolean,
    reason: CloseReason = new CloseReason(CloseCodes.VIOLATED_POLICY),
  ): number {
    const picked = [...this.sessions()].filter((session) => predicate(session));
    for (const session of picked) void session.close(reason);
    return picked.length;
  }

  /** Counts since this container was made; see `Metrics`. */
  metrics(): Metrics {
    const { budget, diagnostics, wheel } = this.#shared;
    return { ...diagnostics.metrics(), bufferedBytes: budget.bufferedAmount, longestStall: wheel.longestStall };
  }

  /**
   * Drains: new upgrades are refused with 503; each session handles what has arrived, then closes with 1012 and a `retry=<ms>` that spreads
   * the peers' return. What has not ended after `drainTimeout` is destroyed and logged. Resolves when every session has ended; a second
   * call gets the same promise. The HTTP server stays open. Client sessions are closed with 1001.
   *
   * @param options `final`: the application does not come back: 1001 without `retry=`.
   */
  override close(options: { readonly final?: boolean } = {}): Promise<void> {
    return (this.#closing ??= this.#drain(options.final === true, super.close()));
  }

  async #drain(final: boolean, clients: Promise<void>): Promise<void> {
    this.router.drain();
    const deployments = this.#all();
    const ended = Promise.all(deployments.map((deployment) => deployment.drain(() => farewell(final))));
    const { drainTimeout } = this.#containerLimits;
    const timer = this.#clock.setTimer(() => {
      const left = deployments.reduce((count, deployment) => count + deployment.abort(), 0);
      this.#logger.warn({ event: "drain.timeout", drainTimeout, sessions: left });
    }, drainTimeout);
    await ended;
    timer.cancel();
    await clients;
    for (const listener of this.#listeners) listener.detach();
    this.#acceptor.close();
    this.#diagnostics.logger.flush();
  }
}

function farewell(final: boolean): CloseReason {
  if (final) return new CloseReason(CloseCodes.GOING_AWAY);
  return retryLater(CloseCodes.SERVICE_RESTART);
}

function isMap(value: object): value is ReadonlyMap<string, string> {
  return Symbol.iterator in value;
}
