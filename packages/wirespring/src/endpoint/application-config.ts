import type { InjectionToken } from "tsyringe";
import type { Endpoint } from "./endpoint.js";
import type { Class, ServerEndpointConfig } from "./endpoint-config.js";

/**
 * What an application says about its endpoints as a whole. Implemented by applications, asked by the exporter.
 */

/**
 * The token under which `ServerEndpointConfig`s are found that are to be deployed. In an application context, a bean that is one lies
 * there by itself.
 */
export const ENDPOINT_CONFIGS: InjectionToken<ServerEndpointConfig> = Symbol.for("wirespring.endpoint-configs");

/**
 * Decides which endpoints of those that were found are deployed. A bean, or registered under this class in the exporter's container. Where
 * there is one, exactly the union of what all of them give is deployed, and nothing else that was found (J-7). Jakarta's
 * `ServerApplicationConfig`.
 *
 * Without one, all classes with `@ServerEndpoint` are deployed, and every `ServerEndpointConfig` that is a bean or lies under
 * `ENDPOINT_CONFIGS` (J-8).
 * tsyringe takes no abstract class for a token: register one outside of an application context as
 * `container.register(ServerApplicationConfig as never, { useClass: Mine })`.
 */
export abstract class ServerApplicationConfig {
  /**
   * Gives the programmatic endpoints to deploy; null is none.
   *
   * @param found The `Endpoint` subclasses that were listed as endpoints, or that a found configuration names.
   * @param configs The configurations that were found.
   */
  abstract getEndpointConfigs(
    found: ReadonlySet<Class<Endpoint>>,
    configs: ReadonlySet<ServerEndpointConfig>,
  ): Iterable<ServerEndpointConfig> | null | undefined;

  /**
   * Gives the decorated classes to deploy; null is none.
   *
   * @param found The classes that were found.
   */
  abstract getAnnotatedEndpointClasses(found: ReadonlySet<Class>): Iterable<Class> | null | undefined;
}
