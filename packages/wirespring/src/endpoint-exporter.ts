import type { IncomingMessage, Server as HttpServer } from "node:http";
import type { Server as HttpsServer } from "node:https";
import { container as globalContainer, type DependencyContainer, type InjectionToken } from "tsyringe";
import { Broadcaster } from "./broadcast/broadcaster.js";
import { systemClock, type Clock } from "./clock.js";
import { ENDPOINTS } from "./endpoint/decorators.js";
import type { Class, ClassReference } from "./endpoint/endpoint-config.js";
import { replaceRegistrations } from "./endpoint/tsyringe-registry.js";
import { describe, IllegalStateError, deploymentFailure } from "./errors.js";
import type { ContainerLimits, Limits } from "./limits.js";
import { jsonLogger, type Logger } from "./logger.js";
import { WebSocketContainer } from "./client/web-socket-container.js";
import { selectEndpoints } from "./endpoint-selection.js";
import type { EndpointSource } from "./endpoint-deployer.js";
import { ServerContainer } from "./server-container.js";
import { exportedBy, exportedTwice } from "./upgrade/upgrade-listener.js";

/** What an exporter may be told; everything has a default. */
export interface EndpointExporterOptions {
  /** Where endpoint classes are found and what constructs them. Default: the application context's, outside of one tsyringe's global container. */
  readonly container?: DependencyContainer;
  /** The endpoint classes of this application, instead of all that were imported. */
  readonly endpoints?: readonly Class[];
  /** Bounds for all endpoints; see `Limits` and `ContainerLimits`. */
  readonly limits?: Partial<Limits & ContainerLimits>;
  /** Path in front of all endpoints, as `/ws`. Default: none. */
  readonly contextPath?: string;
  /**
   * What happens to an upgrade request for a path that no endpoint has: `"refuse"` answers 404, `"ignore"` leaves it to other listeners.
   * Default: 404 when no other `upgrade` listener is there, otherwise left to the others and answered 404 if nobody has within 10 s.
   */
  readonly unmatched?: "refuse" | "ignore";
  /** Exports also when there is no endpoint; they are added later. Default false. */
  readonly allowEmpty?: boolean;
  /** Asks another container, NestJS's for instance, for a token that tsyringe does not know; undefined or a throw means that it does not either. */
  readonly resolve?: (token: InjectionToken<unknown>) => unknown;
  /** Encoders for all endpoints, after their own. */
  readonly encoders?: readonly ClassReference[];
  /** Decoders for all endpoints, after their own. */
  readonly decoders?: readonly ClassReference[];
  /** Whether `permessage-deflate` is agreed on when a client offers it, by endpoints that do not say it themselves. Default false. */
  readonly compression?: boolean;
  /**
   * Gives the HTTP session of an upgrade request, for `HandshakeRequest.httpSession`: runs the host's session middleware, for instance. May be
   * async; what it throws refuses the connection with 500. Default: none.
   */
  readonly httpSession?: (request: IncomingMessage) => unknown;
  /**
   * Proxies in front, by address or network, as `10.0.0.0/8`: what they say in `X-Forwarded-For` and `X-Forwarded-Proto` is the peer's address, for the
   * limits of one address, too, and whether it speaks TLS. Default: none, those fields are not looked at.
   */
  readonly trustedProxies?: readonly string[];
  /** Names under which this application is reached, with or without a port; an upgrade whose `Host` is another is 421. Default: any. */
  readonly allowedHosts?: readonly string[];
  /** Where the log goes. Default: one JSON line an event on standard error. */
  readonly logger?: Logger;
  /** Where time comes from. Default: the system. */
  readonly clock?: Clock;
}

/**
 * Finds the endpoint classes in the container and puts them into service: the bean that makes an application a WebSocket server. Jakarta's
 * scan, Spring's `ServerEndpointExporter`.
 *
 * In an application context it exports by itself once all singletons exist. On a server that exists already, call `export(server)`.
 */
export class EndpointExporter {
  #options: EndpointExporterOptions;
  #exported = false;
  /** What the application context does for endpoints before they are judged, those that are added later, too. */
  #prepare: ((endpoints: readonly EndpointSource[]) => void) | undefined;
  /** The application's, which its beans may have been given before there is a `ServerContainer`. */
  #broadcaster: Broadcaster | undefined;

  constructor(options: EndpointExporterOptions = {}) {
    this.#options = options;
  }

  /**
   * Fills in what this exporter was not told itself.
   *
   * @internal Called by the application context before `export`; `prepare` hears of endpoints before they are judged.
   */
  configure(
    defaults: EndpointExporterOptions,
    prepare?: (endpoints: readonly EndpointSource[]) => void,
    broadcaster?: Broadcaster,
  ): void {
    this.#prepare = prepare;
    this.#broadcaster = broadcaster;
    const given = Object.entries(this.#options).filter(([, value]) => value !== undefined);
    this.#options = {
      ...defaults,
      ...Object.fromEntries(given),
      limits: { ...defaults.limits, ...this.#options.limits },
    };
  }

  /** @internal The classes this exporter was given, if it was. */
  get endpoints(): readonly Class[] | undefined {
    return this.#options.endpoints;
  }

  /**
   * Deploys all endpoints, or none, and attaches them to the server, if one is given. The `ServerContainer` is then registered in the
   * container, too, also as its `WebSocketContainer`.
   *
   * Rejects with `DeploymentException`, naming everything that is wrong at once: no endpoint at all, any mistake in a declaration or in what an
   * endpoint depends on, a server on which somebody exports already. Rejects with `IllegalStateError` on a second call.
   *
   * @param server A server, listening or not yet; without one, only `admit` opens sessions.
   */
  async export(server?: HttpServer | HttpsServer): Promise<ServerContainer> {
    if (this.#exported)
      throw new IllegalStateError(
        "this EndpointExporter has exported already: make one exporter for each server",
        "WS_EXPORTED_ALREADY",
      );
    const options = this.#options;
    const dependencies = this.#container(options);
    const owner = server === undefined ? undefined : exportedBy(server);
    if (owner !== undefined) throw deploymentFailure(exportedTwice("EndpointExporter", owner));
    const container = new ServerContainer({
      dependencies,
      clock: options.clock ?? systemClock,
      logger: options.logger ?? jsonLogger,
      limits: options.limits ?? {},
      contextPath: options.contextPath ?? "",
      unmatched: options.unmatched,
      resolve: options.resolve,
      prepare: this.#prepare,
      encoders: options.encoders ?? [],
      decoders: options.decoders ?? [],
      compression: options.compression === true,
      httpSession: options.httpSession,
      trustedProxies: options.trustedProxies ?? [],
      allowedHosts: options.allowedHosts,
      broadcaster: this.#broadcaster,
    });
    // Before anything of the application runs: a `ServerApplicationConfig` may add endpoints by code. Where the deployment fails, nobody must
    // find it.
    dependencies.registerInstance(ServerContainer, container);
    dependencies.registerInstance(WebSocketContainer, container);
    dependencies.registerInstance(Broadcaster, container.broadcaster);
    try {
      container.deploy(this.#find(dependencies, options, container));
      container.started();
      if (server !== undefined) container.attach(server);
    } catch (error) {
      for (const token of [ServerContainer, WebSocketContainer, Broadcaster])
        replaceRegistrations(dependencies, token as InjectionToken<unknown>, []);
      throw error;
    }
    // A list of its own is in a child: whoever gave the container looks there.
    if (options.container !== undefined && options.container !== dependencies)
      for (const token of [ServerContainer, WebSocketContainer, Broadcaster])
        options.container.registerInstance(
          token as InjectionToken<unknown>,
          token === Broadcaster ? container.broadcaster : container,
        );
    this.#exported = true;
    return container;
  }

  #container({ container = globalContainer, endpoints }: EndpointExporterOptions): DependencyContainer {
    if (endpoints === undefined || endpoints.length === 0) return container;
    const missing = endpoints.findIndex((endpoint) => typeof endpoint !== "function");
    if (missing >= 0)
      throw deploymentFailure(
        `endpoints[${missing}] is ${describe(endpoints[missing])}, expected a class with @ServerEndpoint. Do two modules import each other?`,
      );
    // In a child, so that the list hides the global one here and nowhere else.
    const own = container.createChildContainer();
    for (const endpoint of endpoints) own.registerInstance(ENDPOINTS, endpoint);
    return own;
  }

  #find(
    dependencies: DependencyContainer,
    { endpoints, allowEmpty, logger = jsonLogger }: EndpointExporterOptions,
    container: ServerContainer,
  ): readonly EndpointSource[] {
    // An empty list hides nothing in tsyringe.
    const registered = endpoints === undefined && dependencies.isRegistered(ENDPOINTS, true);
    const found = registered ? dependencies.resolveAll<Class>(ENDPOINTS) : (endpoints ?? []);
    const selection = selectEndpoints(dependencies, [...new Set(found)]);
    for (const { name } of selection.pathless)
      logger.warn({
        event: "endpoint.ignored",
        endpoint: name,
        reason: "it has no path: use ServerEndpointConfig.create",
      });
    if (selection.endpoints.length === 0 && container.paths.length === 0 && allowEmpty !== true)
      throw deploymentFailure(nothingToExport(endpoints, found.length, selection.pathless));
    return selection.endpoints;
  }
}

function nothingToExport(listed: readonly Class[] | undefined, found: number, pathless: readonly Class[]): string {
  if (pathless.length > 0)
    return `there is nothing to export: ${pathless.map(({ name }) => name).join(", ")} extends Endpoint and has no path. Make a bean of ServerEndpointConfig.create(${pathless[0]!.name}, "/path"), or register it under ENDPOINT_CONFIGS`;
  if (found > 0)
    return "there is nothing to export: the ServerApplicationConfigs have chosen none of the endpoints that were found. Let one of them choose some, or set allowEmpty";
  return listed === undefined
    ? "there is nothing to export: no class with @ServerEndpoint was imported before the exporter ran. Import the modules of your endpoints, list the classes in { endpoints: [...] }, or set allowEmpty"
    : "there is nothing to export: { endpoints: [] } is empty. List your endpoint classes, or set allowEmpty";
}
