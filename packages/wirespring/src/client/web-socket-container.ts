import { container as globalContainer, type DependencyContainer, type InjectionToken } from "tsyringe";
import { systemClock, type Clock } from "../clock.js";
import { sharedServices, type SharedServices } from "../deployment/shared-services.js";
import type { ClassReference } from "../endpoint/endpoint-config.js";
import { defaultContainerLimits, defaultLimits, limitsOver, type ContainerLimits, type Limits } from "../limits.js";
import { jsonLogger, type Logger } from "../logger.js";
import { WebSocketContainer as SessionContainer } from "../session/session.js";
import { ClientConnector } from "./client-connector.js";
import type { Dial } from "./dial.js";
import { dialWs } from "./ws-client.js";

/** What a container may be told; everything has a default. */
export interface WebSocketContainerOptions {
  /** What constructs client endpoints. Default: tsyringe's global container. */
  readonly container?: DependencyContainer;
  /** Bounds for all endpoints; see `Limits` and `ContainerLimits`. */
  readonly limits?: Partial<Limits & ContainerLimits>;
  /** Asks another container for a token that tsyringe does not know; undefined or a throw means that it does not either. */
  readonly resolve?: ((token: InjectionToken<unknown>) => unknown) | undefined;
  /** Encoders for all endpoints, after their own. */
  readonly encoders?: readonly ClassReference[];
  /** Decoders for all endpoints, after their own. */
  readonly decoders?: readonly ClassReference[];
  /** Where the log goes. Default: one JSON line an event on standard error. */
  readonly logger?: Logger;
  /** Where time comes from. Default: the system. */
  readonly clock?: Clock;
  /** What opens connections, for tests without a port and transports of one's own. Default: `ws`. */
  readonly dial?: Dial;
}

/**
 * Opens client connections. Jakarta's `WebSocketContainer`: made by programs that are only clients; where endpoints are exported, the
 * `ServerContainer` is one and tsyringe gives it for this class, too (J-21).
 *
 * ```ts
 * await using sockets = new WebSocketContainer();
 * const session = await sockets.connectToServer(Listener, "wss://chat.example/room/7");
 * await session.remote.sendText("hello");
 * ```
 *
 * Nothing is to be added here: a session's `container` is of the class this one extends, and must fit wherever this one is wanted.
 */
export class WebSocketContainer extends SessionContainer {
  /** @param services Of the server whose container this is. Default: its own. */
  constructor(options: WebSocketContainerOptions = {}, services?: SharedServices) {
    const limits = limitsOver(defaultLimits, options.limits ?? {});
    const containerLimits = limitsOver(defaultContainerLimits, options.limits ?? {});
    const { drainTimeout } = containerLimits;
    const { container: dependencies = globalContainer, clock = systemClock, logger = jsonLogger } = options;
    const { resolve, encoders = [], decoders = [], dial = dialWs } = options;
    const connector = (): ClientConnector =>
      new ClientConnector({
        container: this,
        dependencies,
        dial,
        ...(services ?? sharedServices(clock, logger, containerLimits)),
        limits,
        drainTimeout,
        resolve,
        encoders,
        decoders,
      });
    super(limits, connector);
  }
}
