import { whenAborted } from "../abort-waits.js";
import { CloseCodes, CloseReason } from "../close-reason.js";
import type { DeploymentServices } from "../deployment/live-endpoint.js";
import type { ClientEndpointConfig } from "../endpoint/client-endpoint-config.js";
import type { Class } from "../endpoint/endpoint-config.js";
import { ConnectException, IllegalStateError } from "../errors.js";
import type { Connector, ConnectOptions, Session } from "../session/session.js";
import { verifyWs } from "../upgrade/ws-internals.js";
import { deployClient, type ClientDeployerInit } from "./client-deployer.js";
import type { ClientDeployment, ClientServices } from "./client-deployment.js";
import { serverAddress, shakeHands } from "./client-handshake.js";
import type { Dial } from "./dial.js";

/**
 * Opens the client connections of a container, and keeps account of them. Made by the container with its first connection; asks the client's
 * deployer, handshake and deployment, in this order.
 */

export interface ClientConnectorInit extends DeploymentServices, ClientDeployerInit {
  readonly dial: Dial;
  /** Milliseconds that `close()` gives handlers and peers before it destroys what is left. */
  readonly drainTimeout: number;
}

/** Stands for a configuration where none was given. */
const NO_CONFIG = {};

export class ClientConnector implements Connector, ClientServices {
  readonly container: DeploymentServices["container"];
  readonly clock: DeploymentServices["clock"];
  readonly diagnostics: DeploymentServices["diagnostics"];
  readonly wheel: DeploymentServices["wheel"];
  readonly budget: DeploymentServices["budget"];
  readonly recipients: DeploymentServices["recipients"];
  readonly #init: ClientConnectorInit;
  /** By endpoint, a class or an instance, and by configuration; each lasts as long as both. */
  readonly #deployments = new WeakMap<object, WeakMap<object, ClientDeployment>>();
  /** Those that have sessions. */
  readonly #live = new Set<ClientDeployment>();
  /** What is connecting. */
  readonly #connecting = new Set<AbortController>();
  #closing: Promise<void> | undefined;

  /** Throws `IllegalStateError`, code `WS_UNSUPPORTED_WS`, when the installed `ws` is too old or unknown. */
  constructor(init: ClientConnectorInit) {
    verifyWs();
    this.#init = init;
    this.container = init.container;
    this.clock = init.clock;
    this.diagnostics = init.diagnostics;
    this.wheel = init.wheel;
    this.budget = init.budget;
    this.recipients = init.recipients;
  }

  async connect(
    endpoint: object,
    uri: string | URL,
    config: ClientEndpointConfig | undefined,
    options: ConnectOptions,
  ): Promise<Session> {
    if (this.#closing !== undefined) throw closed();
    const url = serverAddress(uri);
    options.signal?.throwIfAborted();
    const deployment = this.#deploymentOf(endpoint, config);
    const connecting = new AbortController();
    const abort = (): void => connecting.abort(options.signal!.reason);
    const stopWaiting = options.signal && whenAborted(options.signal, abort);
    this.#connecting.add(connecting);
    const { connectTimeout } = deployment.config;
    const timer = this.clock.setTimer(
      () => connecting.abort(timedOut(deployment.path, url, connectTimeout)),
      connectTimeout,
    );
    const agreed = shakeHands({
      label: deployment.path,
      url,
      config: deployment.config,
      dial: this.#init.dial,
      closeTimeout: deployment.limits.closeTimeout,
      maxInflation: deployment.limits.maxInflation,
      clock: this.clock,
      diagnostics: this.diagnostics,
      signal: connecting.signal,
    }).finally(() => {
      timer.cancel();
      stopWaiting?.();
      this.#connecting.delete(connecting);
    });
    const agreement = await agreed;
    // Whoever closed meanwhile found nothing to close.
    if (this.#closing !== undefined) {
      agreement.transport.terminate();
      throw closed();
    }
    return deployment.connect(agreement, options.signal);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#drain());
  }

  openSessions(endpointClass: Class): ReadonlySet<Session> {
    const all = [...this.#live].filter(({ model }) => model.endpointClass === endpointClass);
    return new Set(all.flatMap((deployment) => [...deployment.ownSessions]));
  }

  started(deployment: ClientDeployment): void {
    this.#live.add(deployment);
  }

  emptied(deployment: ClientDeployment): void {
    this.#live.delete(deployment);
  }

  async #drain(): Promise<void> {
    for (const connecting of this.#connecting) connecting.abort(closed());
    const deployments = [...this.#live];
    const { drainTimeout } = this.#init;
    const timer = this.clock.setTimer(() => {
      const left = deployments.reduce((count, deployment) => count + deployment.abort(), 0);
      this.diagnostics.logger.warn({ event: "drain.timeout", drainTimeout, sessions: left });
    }, drainTimeout);
    await Promise.all(deployments.map((deployment) => deployment.drain(() => new CloseReason(CloseCodes.GOING_AWAY))));
    timer.cancel();
  }

  #deploymentOf(endpoint: object, config: ClientEndpointConfig | undefined): ClientDeployment {
    const known = this.#deployments.get(endpoint)?.get(config ?? NO_CONFIG);
    if (known !== undefined) return known;
    const made = deployClient(endpoint, config, this.#init, this);
    let configured = this.#deployments.get(endpoint);
    if (configured === undefined) this.#deployments.set(endpoint, (configured = new WeakMap()));
    configured.set(config ?? NO_CONFIG, made);
    return made;
  }
}

function timedOut(label: string, url: URL, connectTimeout: number): ConnectException {
  return new ConnectException(
    `${label}: no session with ${url.host} within ${connectTimeout} ms (connectTimeout)`,
    "WS_CONNECT_TIMEOUT",
  );
}

function closed(): IllegalStateError {
  return new IllegalStateError("this container was closed: it opens no connection any more", "WS_CONTAINER_CLOSED");
}
