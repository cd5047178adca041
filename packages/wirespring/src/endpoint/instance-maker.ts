import type { DependencyContainer, InjectionToken } from "tsyringe";
import type { HandshakeRequest } from "../handshake-request.js";
import type { Session } from "../session/session.js";
import type { ConnectionRole, DependencyNode, SingletonNode } from "./dependency-node.js";
import type { EndpointConfig } from "./endpoint-config.js";
import type { Registration } from "./tsyringe-registry.js";

/**
 * Turns a dependency graph into closures: nested constructor calls with singletons as constants. Called by the instance plan; the
 * closures ask their source, the connection scope, for what belongs to the connection.
 */

/** Makes, or gives, one instance. */
export type Maker = (source: InstanceSource) => unknown;

/** What the making of an instance may ask for; the connection scope. */
export interface InstanceSource {
  readonly session: Session;
  readonly request: HandshakeRequest | undefined;
  readonly config: EndpointConfig;
  /** The connection's child container; made when it is first asked for. */
  readonly container: DependencyContainer;
  /** Gives the instance that this connection, or this creation, has of a registration; makes it the first time. */
  once(registration: Registration, lifetime: "connection" | "resolution", make: Maker): unknown;
  /** Remembers an instance that has to be disposed when the connection ends. */
  track(instance: object): void;
}

/** Where makers look for what is not constructed by them. */
export interface Surroundings {
  readonly container: DependencyContainer;
  /** Whether factories are given the connection's child container. */
  readonly connectionScoped: boolean;
}

/** Compiles a node. Resolves the singletons it names at once. */
export function compile(node: DependencyNode, around: Surroundings): Maker {
  switch (node.kind) {
    case "framework":
      return providers[node.role];
    case "value":
      return constant(node.value);
    case "singleton":
      return constant(resolveSingleton(node, around.container));
    case "class":
      return constructor(node.type, compileAll(node, around));
    case "scoped": {
      const make = compile(node.edges[0]!, around);
      const { registration, lifetime } = node;
      return (source) => source.once(registration, lifetime, make);
    }
    case "factory": {
      const { make } = node;
      return around.connectionScoped ? (source) => make(source.container) : () => make(around.container);
    }
    case "all": {
      const makers = compileAll(node, around);
      return (source) => makers.map((make) => make(source));
    }
    case "transform": {
      const [transformer, value] = compileAll(node, around);
      const { args } = node;
      return (source) => (transformer!(source) as Transformer).transform(value!(source), ...args);
    }
    case "delayed":
      return delayed(node.token, node.edges[0], around);
    case "faulty":
      throw new Error("a faulty dependency graph has no instances");
  }
}

interface Transformer {
  transform(value: unknown, ...args: readonly unknown[]): unknown;
}

const providers: Readonly<Record<ConnectionRole, Maker>> = {
  Session: (source) => source.session,
  HandshakeRequest: (source) => source.request,
  EndpointConfig: (source) => source.config,
};

function compileAll(node: DependencyNode, around: Surroundings): readonly Maker[] {
  return node.edges.map((edge) => compile(edge, around));
}

function constant(value: unknown): Maker {
  return () => value;
}

function resolveSingleton({ token, index, last }: SingletonNode, container: DependencyContainer): unknown {
  return last ? container.resolve(token) : container.resolveAll(token)[index];
}

/** Fixed arity, because this runs for every connection. */
function constructor(type: new (...args: unknown[]) => object, makers: readonly Maker[]): Maker {
  const [a, b, c, d] = makers as readonly [Maker, Maker, Maker, Maker];
  switch (makers.length) {
    case 0:
      return (source) => tracked(new type(), source);
    case 1:
      return (source) => tracked(new type(a(source)), source);
    case 2:
      return (source) => tracked(new type(a(source), b(source)), source);
    case 3:
      return (source) => tracked(new type(a(source), b(source), c(source)), source);
    case 4:
      return (source) => tracked(new type(a(source), b(source), c(source), d(source)), source);
    default:
      return (source) => tracked(new type(...makers.map((make) => make(source))), source);
  }
}

function tracked(instance: object, source: InstanceSource): object {
  if (isDisposable(instance)) source.track(instance);
  return instance;
}

/** Ways in which an object says that it wants to be told of its end. */
interface Ending {
  readonly [Symbol.asyncDispose]?: unknown;
  readonly [Symbol.dispose]?: unknown;
  readonly dispose?: unknown;
}

/** Tells whether an object has something to do at its end; tsyringe's `dispose` counts when it takes no argument. */
export function isDisposable(instance: Ending): boolean {
  return (
    instance[Symbol.asyncDispose] !== undefined ||
    instance[Symbol.dispose] !== undefined ||
    (typeof instance.dispose === "function" && instance.dispose.length === 0)
  );
}

/** Ends an object by the first of `Symbol.asyncDispose`, `Symbol.dispose`, `dispose()` that it has. Rejects with what that threw. */
export async function disposeOf(instance: Ending): Promise<void> {
  const end = instance[Symbol.asyncDispose] ?? instance[Symbol.dispose] ?? instance.dispose;
  if (typeof end === "function") await end.call(instance);
}

interface Delayed {
  readonly createProxy?: (make: (target: unknown) => unknown) => unknown;
}

/** Resolving a `delay()` by a container would let that retain what it makes; its proxy takes anybody's instance. */
function delayed(token: InjectionToken<unknown>, target: DependencyNode | undefined, around: Surroundings): Maker {
  const handle = token as Delayed;
  if (target === undefined || typeof handle.createProxy !== "function")
    return (source) => source.container.resolve(token);
  // Compiled late: what is delayed may lead back here.
  let make: Maker | undefined;
  return (source) => handle.createProxy!(() => (make ??= compile(target, around))(source));
}
