import { roleOf } from "../brand.js";

/**
 * The words for what is wrong with a dependency graph: the chain that leads there, what was found, the cure. Called by the dependency
 * graph and the instance planner.
 */

/** Names a token as its user wrote it. */
export function labelOf(token: unknown): string {
  if (typeof token === "function") return token.name === "" ? "an anonymous class" : token.name;
  return typeof token === "string" ? JSON.stringify(token) : String(token);
}

type Chain = readonly string[];

/** Nobody says how long an instance of this class lives. */
export function undeclared(chain: Chain, type: Function): string {
  const role = roleOf(type);
  if (role === "WebSocketContainer")
    return `${path(chain)}: ${type.name} exists once the endpoints are exported, which comes later. Take it in a class that only endpoints need, or as @inject(delay(() => ${type.name}))`;
  if (role === "RemoteEndpoint")
    return `${path(chain)}: a RemoteEndpoint belongs to its session. Take the Session and use session.remote`;
  if (role !== undefined)
    return `${path(chain)}: ${type.name} is a parameter of handlers and cannot be injected into a constructor`;
  return `${path(chain)}: nobody declared ${type.name}, so everybody who needs it would get another one. Add @singleton() for one in the application, @scoped(Lifecycle.ContainerScoped) for one in each connection or @injectable() for one each time, or make it a @Bean`;
}

/** A string or symbol that nothing is registered under. */
export function missingToken(chain: Chain, token: unknown): string {
  const label = labelOf(token);
  return `${path(chain)}: nothing is registered under the token ${label}. Register it in the container, declare @Bean({ token: ${label} }), or say @inject(${label}, { isOptional: true })`;
}

/** Something that lives as long as the application needs something that lives as long as a connection. */
export function captive(chain: Chain, holder: string): string {
  const held = chain.at(-1)!;
  return `${path(chain)}: ${holder} is a singleton and would keep the ${held} of one connection for all. Pass the ${held} to the method that needs it, or make ${holder} @scoped(Lifecycle.ContainerScoped)`;
}

/** An endpoint that all connections share, and needs what only one connection has. */
export function captiveShared(chain: Chain): string {
  const held = chain.at(-1)!;
  return `${path(chain)}: ${chain[0]!} is shared by all connections and would keep the ${held} of one. Take the ${held} as a parameter of a handler, or remove shared: true`;
}

/** An endpoint class that is a singleton without saying that it means it. */
export function unsharedSingleton(type: Function): string {
  return `${type.name} is registered as a singleton, so all connections would share one instance. Remove @singleton() from ${type.name}, or say @ServerEndpoint({ value: "/path", shared: true })`;
}

/** Constructors that need each other; first and last of the chain are the same. */
export function cycle(chain: Chain): string {
  const last = chain.at(-2)!;
  return `${path(chain)}: these constructors need each other. Let ${last} take @inject(delay(() => ${chain.at(-1)!}))`;
}

function path(chain: Chain): string {
  return chain.join(" -> ");
}
