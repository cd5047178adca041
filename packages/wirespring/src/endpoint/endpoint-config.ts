import type { DependencyContainer } from "tsyringe";
import { BRAND } from "../brand.js";
import { describe, illegalArgument, IllegalStateError } from "../errors.js";
import type { Extension } from "../extension.js";
import type { HandshakeRequest } from "../handshake-request.js";
import type { HandshakeResponse } from "../handshake-response.js";
import { defaultLimits, limitsOver, type Limits, type SlowConsumerPolicy } from "../limits.js";
import { admitsOrigin } from "../origin.js";
import type { Principal } from "../principal.js";

/** A class that can be constructed. */
export type Class<T = object> = new (...args: never[]) => T;

/** A class, or a function that gives it later: for a class declared further down or in a module that imports this one. */
export type ClassReference<T = object> = Class<T> | (() => Class<T>);

/** What an endpoint was declared with. Given to `@OnOpen` and to `getEndpointInstance`; the same object for all connections. */
export abstract class EndpointConfig {
  static readonly [BRAND] = "EndpointConfig";
  abstract readonly encoders: readonly Class[];
  abstract readonly decoders: readonly Class[];
  /** Shared by all connections; each session starts with a shallow copy (J-125). */
  abstract readonly userProperties: Map<string, unknown>;
}

/** Everything a server endpoint was declared with; frozen but for `userProperties`. */
export abstract class ServerEndpointConfig extends EndpointConfig {
  abstract readonly endpointClass: Class;
  /** The path template, as `/chat/{room}`. */
  abstract readonly path: string;
  /** In the order of preference. */
  abstract readonly subprotocols: readonly string[];
  /** What this endpoint adds to the extensions that its container has installed (J-13). Only `permessage-deflate` has an effect. */
  abstract readonly extensions: readonly Extension[];
  /** The one configurator of this endpoint (J-4). */
  abstract readonly configurator: ServerEndpointConfigurator;
  abstract readonly limits: Limits;

  /**
   * Declares an endpoint at a path without a decorator: an `Endpoint` subclass, or a class with `@ServerEndpoint`, at this path then and with
   * whatever its decorator says and `options` does not. Jakarta's `ServerEndpointConfig.Builder` (J-12). Give it to
   * `ServerContainer.addEndpoint`, make it a bean, or register it under `ENDPOINT_CONFIGS`.
   *
   * The lists are copies and cannot be changed; `null` is an empty one. What a handler is given later is another object, with the limits of
   * the application and the same `userProperties`. The form of the path is judged at deployment.
   *
   * Throws, with code `WS_ILLEGAL_ARGUMENT`, `TypeError` for a class that is none, a list that is none or a configurator that is none, and
   * `RangeError` for a limit that is none; `IllegalStateError` for a path that is missing or does not start with `/`.
   */
  static create(
    endpointClass: Class,
    path: string,
    options: ServerEndpointConfigOptions | null = {},
  ): ServerEndpointConfig {
    return new DeclaredConfig(endpointClass, path, options ?? {});
  }
}

/** What endpoints of servers and of clients are both declared with. */
export interface EndpointOptions extends Partial<Limits> {
  /** Subprotocols this endpoint speaks, the preferred one first. Default: none. */
  readonly subprotocols?: readonly string[];
  /** Encoder classes, asked in this order before the application's and the built-in ones. */
  readonly encoders?: readonly ClassReference[];
  /** Decoder classes, asked in this order before the application's and the built-in ones. */
  readonly decoders?: readonly ClassReference[];
  /**
   * Messages of one session that may be handled at one time. Default 1: one after another, in order. Beyond, replies may leave in another
   * order than their messages came. `"unordered"`: up to 1,024. Where several may, their bytes count to `mailboxBytes`.
   */
  readonly concurrency?: number | "unordered";
  /**
   * What happens when a peer reads so slowly that its outbox is full. Default `"close"`: the session ends with 1013. `"block"`: sends and returned
   * values wait, and so do the handlers; a send that nobody awaits is refused when twice as much waits. `"drop-newest"`, `"drop-oldest"`: whole messages
   * are not sent, and counted; their promises resolve with `"dropped"`.
   */
  readonly slowConsumer?: SlowConsumerPolicy;
}

/** What `@ServerEndpoint` takes beside the path. */
export interface ServerEndpointOptions extends EndpointOptions {
  /** The path template: segments that are literal or `{variable}` (RFC 6570 level 1). */
  readonly value: string;
  /** Subprotocols this endpoint speaks; the first one that the client offers, too, is answered. Default: none. */
  readonly subprotocols?: readonly string[];
  /** A `ServerEndpointConfigurator` subclass, constructed by the container, once for this endpoint. */
  readonly configurator?: ClassReference<ServerEndpointConfigurator>;
  /** Origins that may connect beside the endpoint's own host, as `https://app.example`; `"*"` admits all but `null`. */
  readonly allowedOrigins?: readonly string[];
  /** Roles of which the principal needs one: 401 without a principal, 403 without the role. */
  readonly roles?: readonly string[];
  /** Refuses a connection that is not TLS, with 403. Default false. */
  readonly requireSecure?: boolean;
  /** Lets all connections share one instance, which is needed for a class that is `@singleton()`. Default false. */
  readonly shared?: boolean;
  /** Admits `%2F`, `%5C` and `%00` in a path variable. Default false: 400 (T15). */
  readonly allowEncodedSlash?: boolean;
  /** Lets `/chat/` reach `/chat` and the other way round. Default false (J-39). */
  readonly ignoreTrailingSlash?: boolean;
  /** Whether `permessage-deflate` is agreed on when a client offers it. Default: the exporter's `compression`. */
  readonly compression?: boolean;
}

/** What `ServerEndpointConfig.create` takes beside class and path. */
export interface ServerEndpointConfigOptions extends Omit<
  ServerEndpointOptions,
  "value" | "subprotocols" | "encoders" | "decoders" | "configurator"
> {
  readonly subprotocols?: readonly string[] | null;
  /** Extensions beside those that the container has installed. Default: none. */
  readonly extensions?: readonly Extension[] | null;
  readonly encoders?: readonly Class[] | null;
  readonly decoders?: readonly Class[] | null;
  /** An object, as Jakarta's builder takes it. Default: what the class's decorator names, else one that changes nothing. */
  readonly configurator?: ServerEndpointConfigurator | null;
}

class DeclaredConfig extends ServerEndpointConfig {
  readonly endpointClass: Class;
  readonly path: string;
  readonly subprotocols: readonly string[];
  readonly extensions: readonly Extension[];
  readonly encoders: readonly Class[];
  readonly decoders: readonly Class[];
  readonly configurator: ServerEndpointConfigurator;
  readonly limits: Limits;
  readonly userProperties = new Map<string, unknown>();
  readonly #given: GivenOptions;

  constructor(endpointClass: unknown, path: unknown, options: ServerEndpointConfigOptions) {
    super();
    if (typeof endpointClass !== "function" || typeof endpointClass.prototype !== "object")
      throw illegalArgument(`ServerEndpointConfig.create takes a class, found ${describe(endpointClass)}`);
    const where = `ServerEndpointConfig.create(${endpointClass.name})`;
    if (typeof path !== "string" || !path.startsWith("/")) {
      const found = typeof path === "string" ? JSON.stringify(path) : describe(path);
      throw new IllegalStateError(`${where} takes a path that starts with "/", as "/chat/{room}", found ${found}`);
    }
    const { configurator, extensions, ...rest } = options;
    if (configurator !== undefined && configurator !== null && !isConfigurator(configurator))
      throw illegalArgument(
        `${where} takes a configurator object, found ${describe(configurator)}: construct it, or let the container`,
      );
    this.endpointClass = endpointClass as Class;
    this.path = path;
    this.extensions = copyOf(where, "extensions", extensions) ?? NONE;
    const lists = {
      subprotocols: copyOf(where, "subprotocols", options.subprotocols),
      encoders: copyOf(where, "encoders", options.encoders),
      decoders: copyOf(where, "decoders", options.decoders),
    };
    this.subprotocols = lists.subprotocols ?? NONE;
    this.encoders = lists.encoders ?? NONE;
    this.decoders = lists.decoders ?? NONE;
    this.configurator = configurator ?? new ServerEndpointConfigurator();
    this.limits = limitsOver(defaultLimits, options);
    const given = Object.entries({ ...rest, ...lists }).filter(([, value]) => value !== undefined);
    const said = Object.freeze({ value: path, ...Object.fromEntries(given) });
    this.#given = { options: said, configurator: configurator ?? undefined };
    Object.freeze(this);
  }

  static given(config: ServerEndpointConfig): GivenOptions | undefined {
    return #given in config ? config.#given : undefined;
  }
}

/** What somebody said of an endpoint by a `ServerEndpointConfig`. */
export interface GivenOptions {
  readonly options: ServerEndpointOptions;
  /** Undefined: whatever the class's decorator names. */
  readonly configurator: ServerEndpointConfigurator | undefined;
}

/** Gives what `ServerEndpointConfig.create` was told; of another kind of configuration, everything that it has. */
export function givenOptions(config: ServerEndpointConfig): GivenOptions {
  const { path: value, subprotocols, encoders, decoders, limits, configurator } = config;
  return (
    DeclaredConfig.given(config) ?? {
      options: Object.freeze({ ...limits, value, subprotocols, encoders, decoders }),
      configurator,
    }
  );
}

const NONE: readonly never[] = Object.freeze([]);

/** Undefined where nothing was said. */
function copyOf<T>(where: string, name: string, list: readonly T[] | null | undefined): readonly T[] | undefined {
  if (list === undefined) return undefined;
  if (list === null) return NONE;
  if (!Array.isArray(list)) throw illegalArgument(`${where} takes an array of ${name}, found ${describe(list)}`);
  return Object.freeze([...(list as readonly T[])]);
}

/**
 * The hooks of the opening handshake, in the order they are called: `authenticate`, `checkOrigin`, `getNegotiatedSubprotocol`,
 * `getNegotiatedExtensions`, `modifyHandshake`, `getEndpointInstance`. Extend it, name it in `@ServerEndpoint({ configurator })`; the
 * container constructs it, once for each endpoint. Every hook may be async; one that throws refuses the connection with 500.
 *
 * Jakarta's `ServerEndpointConfig.Configurator`.
 */
export class ServerEndpointConfigurator {
  /**
   * Whose order decides in the default `getNegotiatedSubprotocol`: the endpoint's list, or the client's, as Jakarta has it (J-164). Default
   * `"server"`, because the first name of a client is often a token.
   */
  readonly subprotocolOrder: "server" | "client" = "server";

  /**
   * Says who the peer is; the result is `session.userPrincipal`. Refuse an unknown peer by `roles`, or in `modifyHandshake`.
   *
   * Default: nobody.
   */
  authenticate(_request: HandshakeRequest): Principal | null | Promise<Principal | null> {
    return null;
  }

  /**
   * Decides by the `Origin` header; anything but `true` is refused with 403.
   *
   * Default: the endpoint's own host and `allowedOrigins`; `null` never; no header only when there are no cookies.
   */
  checkOrigin(origin: string | null, request: HandshakeRequest): boolean | Promise<boolean> {
    return admitsOrigin(origin, request);
  }

  /**
   * Chooses the subprotocol; `""` answers none. Called for every handshake, also with an empty `requested`.
   *
   * Default: the first of `supported` that was requested; with `subprotocolOrder: "client"` the first of `requested` that is supported.
   */
  getNegotiatedSubprotocol(supported: readonly string[], requested: readonly string[]): string | Promise<string> {
    return firstCommon(this.subprotocolOrder, supported, requested);
  }

  /**
   * Chooses the extensions. Called for every handshake, also with an empty `requested`. Of what it gives, by name, only that is agreed on
   * which was requested, is installed and can be done: `permessage-deflate`, with parameters that the container decides (J-165).
   *
   * Default: those of `requested` that are installed, in the client's order.
   *
   * @param installed The container's and the endpoint's own.
   * @param requested What the client offers, with its parameters; a name may come several times.
   */
  getNegotiatedExtensions(
    installed: readonly Extension[],
    requested: readonly Extension[],
  ): readonly Extension[] | Promise<readonly Extension[]> {
    return requested.filter(({ name }) => installed.some((each) => each.name === name));
  }

  /** Sees the answer before it is sent and may change its headers, the session's `userProperties`, or refuse. Default: nothing. */
  modifyHandshake(
    _config: ServerEndpointConfig,
    _request: HandshakeRequest,
    _response: HandshakeResponse,
  ): void | Promise<void> {}

  /**
   * Gives the endpoint instance of a connection (J-168).
   *
   * Default: a new one, made with its dependencies; see `usesDefault`.
   *
   * @param container The connection's: knows `Session`, `HandshakeRequest`, `EndpointConfig`.
   */
  getEndpointInstance<T extends object>(endpointClass: Class<T>, container: DependencyContainer): T | Promise<T> {
    return container.resolve(endpointClass as never);
  }

  /**
   * Gives the platform's own configurator, one object for the process, with Jakarta's defaults: the client's order decides the subprotocol
   * (J-5).
   */
  getContainerDefaultConfigurator(): ServerEndpointConfigurator {
    return (containerDefault ??= new ContainerDefaultConfigurator());
  }

  /** What `getContainerDefaultConfigurator` gives. */
  get containerDefault(): ServerEndpointConfigurator {
    return this.getContainerDefaultConfigurator();
  }
}

class ContainerDefaultConfigurator extends ServerEndpointConfigurator {
  override readonly subprotocolOrder = "client";
}

let containerDefault: ContainerDefaultConfigurator | undefined;

/** The hooks of a configurator. */
export type ConfiguratorHook =
  | "authenticate"
  | "checkOrigin"
  | "getNegotiatedSubprotocol"
  | "getNegotiatedExtensions"
  | "modifyHandshake"
  | "getEndpointInstance";

const HOOKS: readonly ConfiguratorHook[] = [
  "authenticate",
  "checkOrigin",
  "getNegotiatedSubprotocol",
  "getNegotiatedExtensions",
  "modifyHandshake",
  "getEndpointInstance",
];

/** Tells whether something has all hooks, a configurator of another copy of the package, too. */
export function isConfigurator(value: object): value is ServerEndpointConfigurator {
  return HOOKS.every((hook) => typeof (value as Partial<ServerEndpointConfigurator>)[hook] === "function");
}

/** Gives the first name of one list that the other has, too; `""` when there is none. */
export function firstCommon(
  order: ServerEndpointConfigurator["subprotocolOrder"],
  supported: readonly string[],
  requested: readonly string[],
): string {
  const [first, second] = order === "client" ? [requested, supported] : [supported, requested];
  return first.find((name) => second.includes(name)) ?? "";
}

/** Tells whether a configurator leaves a hook as it is, so that the router may take its own short way. */
export function usesDefault(configurator: ServerEndpointConfigurator, hook: ConfiguratorHook): boolean {
  return configurator[hook] === ServerEndpointConfigurator.prototype[hook];
}
