import type { DependencyContainer } from "tsyringe";
import { BRAND } from "../brand.js";
import type { HandshakeRequest } from "../handshake-request.js";
import type { HandshakeResponse } from "../handshake-response.js";
import type { Limits } from "../limits.js";
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
  /** The one configurator of this endpoint (J-4). */
  abstract readonly configurator: ServerEndpointConfigurator;
  abstract readonly limits: Limits;
}

/** What `@ServerEndpoint` takes beside the path. */
export interface ServerEndpointOptions extends Partial<Limits> {
  /** The path template: segments that are literal or `{variable}` (RFC 6570 level 1). */
  readonly value: string;
  /** Subprotocols this endpoint speaks; the first one that the client offers, too, is answered. Default: none. */
  readonly subprotocols?: readonly string[];
  /** Encoder classes, asked in this order before the application's and the built-in ones. */
  readonly encoders?: readonly ClassReference[];
  /** Decoder classes, asked in this order before the application's and the built-in ones. */
  readonly decoders?: readonly ClassReference[];
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
  /**
   * Messages of one session that may be handled at one time. Default 1: one after another, in order. Beyond, replies may leave in another
   * order than their messages came.
   */
  readonly concurrency?: number | "unordered";
  /** Admits `%2F`, `%5C` and `%00` in a path variable. Default false: 400 (T15). */
  readonly allowEncodedSlash?: boolean;
  /** Lets `/chat/` reach `/chat` and the other way round. Default false (J-39). */
  readonly ignoreTrailingSlash?: boolean;
}

/**
 * The hooks of the opening handshake, in the order they are called: `authenticate`, `checkOrigin`, `getNegotiatedSubprotocol`,
 * `modifyHandshake`, `getEndpointInstance`. Extend it, name it in `@ServerEndpoint({ configurator })`; the container constructs it, once
 * for each endpoint. Every hook may be async; one that throws refuses the connection with 500.
 *
 * Jakarta's `ServerEndpointConfig.Configurator`.
 */
export class ServerEndpointConfigurator {
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
   * Default: the first of `supported` that was requested.
   */
  getNegotiatedSubprotocol(supported: readonly string[], requested: readonly string[]): string | Promise<string> {
    return supported.find((name) => requested.includes(name)) ?? "";
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
}

/** Tells whether a configurator leaves a hook as it is, so that the router may take its own short way. */
export function usesDefault(configurator: ServerEndpointConfigurator, hook: keyof ServerEndpointConfigurator): boolean {
  return configurator[hook] === ServerEndpointConfigurator.prototype[hook];
}
