import type { DependencyContainer, InjectionToken } from "tsyringe";
import { dereference } from "../endpoint/class-reference.js";
import { getServerEndpointMetadata } from "../endpoint/declaration.js";
import { ENDPOINT_CONFIGS, ServerApplicationConfig } from "../endpoint/application-config.js";
import { ENDPOINTS } from "../endpoint/decorators.js";
import { EndpointConfig, ServerEndpointConfig, type Class, type ClassReference } from "../endpoint/endpoint-config.js";
import { IllegalStateError } from "../errors.js";
import { HandshakeRequest } from "../handshake-request.js";
import { Session } from "../session/session.js";

/**
 * What the container of an application holds beside its beans, and which classes it will have to make for connections. Called by the
 * running application before the first bean is made.
 */

/** Keeps tsyringe from constructing what only a connection has, where a factory or the application asks for it. */
export function refuseConnectionTypes(container: DependencyContainer): void {
  for (const type of [Session, HandshakeRequest, EndpointConfig, ServerEndpointConfig]) {
    const useFactory = (): never => {
      throw new IllegalStateError(
        `${type.name} belongs to a connection and was asked for outside of one: take it in a handler, or in the constructor of a class that is made for a connection`,
      );
    };
    container.register(type as InjectionToken<unknown>, { useFactory });
  }
}

/** Puts the beans that say which endpoints there are where the exporter looks for them, whatever they are found by. */
export function registerEndpointBeans(container: DependencyContainer, beans: Iterable<unknown>): void {
  for (const bean of new Set(beans)) {
    if (bean instanceof ServerEndpointConfig) add(container, ENDPOINT_CONFIGS, bean);
    if (bean instanceof ServerApplicationConfig)
      add(container, ServerApplicationConfig as InjectionToken<ServerApplicationConfig>, bean);
  }
}

function add<T>(container: DependencyContainer, token: InjectionToken<T>, value: T): void {
  const there = container.isRegistered(token, true) ? container.resolveAll(token) : [];
  if (!there.includes(value)) container.registerInstance(token, value);
}

/**
 * Lists endpoint classes, with the codecs and configurators that they name, and those named for all.
 *
 * @param listed The exporter's own list; without one, what the container answers.
 */
export function endpointClasses(
  container: DependencyContainer,
  forAll: { readonly encoders?: readonly ClassReference[]; readonly decoders?: readonly ClassReference[] },
  listed?: readonly Class[],
): readonly Class[] {
  const endpoints = listed ?? (container.isRegistered(ENDPOINTS, true) ? container.resolveAll(ENDPOINTS) : []);
  const configs = container.isRegistered(ENDPOINT_CONFIGS, true) ? container.resolveAll(ENDPOINT_CONFIGS) : [];
  return madeClasses([...endpoints, ...configs], forAll);
}

/** Lists the classes of these endpoints, with the codecs and configurators that they name, and those named for all. */
export function madeClasses(
  sources: readonly (Class | ServerEndpointConfig)[],
  forAll: { readonly encoders?: readonly ClassReference[]; readonly decoders?: readonly ClassReference[] },
): readonly Class[] {
  const configs = sources.filter((source) => source instanceof ServerEndpointConfig);
  const endpoints = sources.map((source) => (source instanceof ServerEndpointConfig ? source.endpointClass : source));
  const named = endpoints.flatMap((endpoint) => {
    const metadata = getServerEndpointMetadata(endpoint);
    return metadata === undefined ? [] : [...metadata.encoders, ...metadata.decoders, metadata.configurator];
  });
  // References that lead nowhere are the exporter's to report.
  const listed = configs.flatMap(({ encoders, decoders }) => [...encoders, ...decoders]);
  const classes = [...named, ...listed, ...(forAll.encoders ?? []), ...(forAll.decoders ?? [])].flatMap((reference) => {
    const { type } = dereference(reference);
    return type === undefined ? [] : [type];
  });
  return [...new Set([...endpoints, ...classes])];
}
