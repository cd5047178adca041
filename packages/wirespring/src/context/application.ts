import { container as globalContainer, type DependencyContainer, type InjectionToken } from "tsyringe";
import { Broadcaster } from "../broadcast/broadcaster.js";
import { WebSocketContainer } from "../client/web-socket-container.js";
import { systemClock, type Clock } from "../clock.js";
import { DependencyGraph } from "../endpoint/dependency-graph.js";
import { ENDPOINTS } from "../endpoint/decorators.js";
import type { Class, ServerEndpointConfig } from "../endpoint/endpoint-config.js";
import { isolateSingletons } from "../endpoint/singleton-isolation.js";
import { EndpointExporter } from "../endpoint-exporter.js";
import { asError, deploymentFailure } from "../errors.js";
import { defaultContainerLimits, defaultLimits, limitsOver } from "../limits.js";
import { jsonLogger, type Logger } from "../logger.js";
import { ServerContainer } from "../server-container.js";
import { ApplicationContext, type ApplicationHandle } from "./application-context.js";
import { endpointClasses, madeClasses, refuseConnectionTypes, registerEndpointBeans } from "./application-container.js";
import { readDefinitions, type BeanDefinition } from "./bean-definition.js";
import { BeanFactory } from "./bean-factory.js";
import { BeanGraph } from "./bean-graph.js";
import { EmbeddedServer } from "./embedded-server.js";
import { MadeObjects } from "./made-objects.js";
import { checkRunOptions, type RunOptions } from "./run-options.js";
import { unwatchSignals, watchSignals } from "./signals.js";

/** Runs applications made of `@Configuration` classes. */
export abstract class WirespringApplication {
  /**
   * Starts an application: makes its beans and singletons, deploys its endpoints, starts the beans, listens. Several applications in
   * one process share nothing but what the caller gives to both.
   *
   * Rejects with `DeploymentException` naming everything that is wrong with the declarations, or the bean that failed; with
   * `IllegalStateError` when the address cannot be had; with `TypeError` or `RangeError` for wrong options. What was started until then is
   * stopped again. Where the application is closed while it starts, by a signal or by a bean, it goes no further and resolves with a context
   * that is closed: its `url` then throws.
   */
  static async run(configurations: Class | readonly Class[], options: RunOptions = {}): Promise<ApplicationContext> {
    checkRunOptions(options);
    const application = new RunningApplication(options);
    await application.start(typeof configurations === "function" ? [configurations] : configurations);
    return application.context;
  }
}

class RunningApplication implements ApplicationHandle {
  readonly container: DependencyContainer = globalContainer.createChildContainer();
  readonly context = new ApplicationContext(this);
  readonly logger: Logger;
  readonly #options: RunOptions;
  readonly #clock: Clock;
  readonly #drainTimeout: number;
  readonly #made: MadeObjects;
  /** There from the beginning: a bean may take it, and beans are made before the container of the sessions. */
  readonly #broadcaster = new Broadcaster();
  #embedded: EmbeddedServer | undefined;
  #sockets: ServerContainer | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
    this.logger = options.logger ?? jsonLogger;
    this.#clock = options.clock ?? systemClock;
    this.#drainTimeout = limitsOver(defaultContainerLimits, options.limits ?? {}).drainTimeout;
    this.#made = new MadeObjects(this.container, this.logger);
  }

  get server(): ApplicationHandle["server"] {
    return this.#embedded?.server;
  }

  get url(): string | undefined {
    return this.#embedded?.url;
  }

  async start(configurations: readonly Class[]): Promise<void> {
    const definitions = this.#prepare(configurations);
    const graph = new BeanGraph(this.container, definitions);
    if (graph.problems.length > 0) throw deploymentFailure(graph.problems);
    if (this.#options.signals !== false) watchSignals(this);
    try {
      let exporter!: EndpointExporter;
      const stages: readonly (() => void | Promise<void>)[] = [
        () => new BeanFactory(this.container, definitions, graph, this.#made).makeAll(),
        () => {
          this.#adoptEndpointBeans();
          exporter = this.#exporter();
          this.#makeSingletons(this.#endpointClasses(exporter.endpoints));
        },
        () => this.#made.announce(),
        () => this.#export(exporter),
        () => this.#made.start(),
        () => this.#embedded!.listen(),
      ];
      for (const stage of stages) {
        // By a signal, or by a bean: what has not started yet must not start any more.
        if (this.#closing !== undefined) break;
        await stage();
      }
    } catch (error) {
      await this.close();
      throw error;
    }
    if (this.#closing !== undefined) {
      // What the last stage has started while the rest was ended.
      await this.#closing;
      await this.#close();
      return;
    }
    this.logger.info({ event: "application.started", url: this.url, endpoints: this.#sockets!.routes });
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#embedded?.stopAccepting();
    try {
      await this.#sockets?.close();
    } catch (thrown) {
      // The rest has to end all the same.
      this.logger.error({ event: "application.drain.failed", error: asError(thrown) });
    }
    await this.#embedded?.end(this.#drainTimeout);
    await this.#made.end();
    unwatchSignals(this);
  }

  /** Fills the container with everything but the beans, and gives those that are to be made. */
  #prepare(configurations: readonly Class[]): readonly BeanDefinition[] {
    const { endpoints, beans = [] } = this.#options;
    const problems: string[] = [];
    const definitions = readDefinitions(configurations, problems);
    if (problems.length > 0) throw deploymentFailure(problems);
    refuseConnectionTypes(this.container);
    this.container.registerInstance(ApplicationContext, this.context);
    this.container.registerInstance(Broadcaster, this.#broadcaster);
    for (const endpoint of endpoints ?? []) this.container.registerInstance(ENDPOINTS, endpoint);
    const given = new Set<unknown>();
    for (const [token, value] of beans) {
      this.container.registerInstance(token as InjectionToken<unknown>, value);
      given.add(token);
    }
    const wanted = definitions.filter((definition) => !given.has(definition.token));
    const needs = wanted.flatMap((definition) => [definition.configuration, ...definition.parameters]);
    isolateSingletons(this.container, [...needs, ...this.#endpointClasses()]);
    return wanted;
  }

  #adoptEndpointBeans(): void {
    const given = (this.#options.beans ?? []).map(([, value]) => value);
    registerEndpointBeans(this.container, [...this.#made.beans, ...given]);
    isolateSingletons(this.container, this.#endpointClasses());
  }

  #endpointClasses(listed = this.#options.endpoints): readonly Class[] {
    return endpointClasses(this.container, this.#options, listed);
  }

  /** Makes what endpoints need and can be made already; the rest needs what the exporter registers, or is judged by it. */
  #makeSingletons(classes: readonly Class[]): void {
    const graph = new DependencyGraph(this.container);
    for (const type of classes) graph.root(type);
    for (const singleton of graph.singletons()) if (!graph.isFaulty(singleton)) this.#made.singletonsOf(singleton);
  }

  /** Endpoints of any time get singletons of this application alone. */
  #prepareEndpoints(sources: readonly (Class | ServerEndpointConfig)[]): void {
    const classes = madeClasses(sources, this.#options);
    isolateSingletons(this.container, classes);
    this.#makeSingletons(classes);
  }

  #exporter(): EndpointExporter {
    const given = (this.#options.beans ?? []).map(([, value]) => value);
    const found = [...new Set([...this.#made.beans, ...given])].filter((bean) => bean instanceof EndpointExporter);
    if (found.length === 0)
      throw deploymentFailure(
        "no configuration has an EndpointExporter, so nothing would serve the endpoints. Declare one: @Bean() endpointExporter(): EndpointExporter { return new EndpointExporter(); }",
      );
    if (found.length > 1)
      throw deploymentFailure(
        `the configurations have ${found.length} beans that are an EndpointExporter: an application has one server, and one of them for it. Give all endpoints to one`,
      );
    return found[0]!;
  }

  async #export(exporter: EndpointExporter): Promise<void> {
    const { port, host, tls, handler, server, limits = {}, encoders, decoders, compression } = this.#options;
    const { trustedProxies, allowedHosts } = this.#options;
    const { logger } = this;
    const { headersTimeout, maxConnections } = limitsOver(defaultContainerLimits, limits);
    this.#embedded = new EmbeddedServer({
      port,
      host,
      tls,
      handler,
      server,
      logger,
      clock: this.#clock,
      headersTimeout,
      maxConnections,
      maxHeaderBytes: limitsOver(defaultLimits, limits).maxHeaderBytes,
      matches: (target) => this.#sockets?.matches(target) === true,
      refused: (reason, status, remoteAddress) => this.#sockets?.refused(reason, status, remoteAddress),
    });
    const { endpoints } = this.#options;
    const defaults = {
      container: this.container,
      // Others are registered in the container; an empty list would leave the global one in force.
      ...(endpoints?.length === 0 ? { endpoints } : {}),
      limits: { ...limits, maxConnections: limits.maxConnections ?? this.#embedded.sessions },
      logger,
      clock: this.#clock,
      ...(encoders === undefined ? {} : { encoders }),
      ...(decoders === undefined ? {} : { decoders }),
      ...(compression === undefined ? {} : { compression }),
      ...(trustedProxies === undefined ? {} : { trustedProxies }),
      ...(allowedHosts === undefined ? {} : { allowedHosts }),
    };
    exporter.configure(defaults, (sources) => this.#prepareEndpoints(sources), this.#broadcaster);
    this.#sockets = await exporter.export(this.#embedded.server);
    if (!this.container.isRegistered(ServerContainer)) this.container.registerInstance(ServerContainer, this.#sockets);
    if (!this.container.isRegistered(WebSocketContainer))
      this.container.registerInstance(WebSocketContainer, this.#sockets);
  }
}
