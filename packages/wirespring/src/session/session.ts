import { BRAND } from "../brand.js";
import type { CloseReason } from "../close-reason.js";
import type { ClientEndpointConfig } from "../endpoint/client-endpoint-config.js";
import { illegalArgument } from "../errors.js";
import { COMPRESSION, type Extension } from "../extension.js";
import { limitsOver, type Limits } from "../limits.js";
import type { Principal } from "../principal.js";
import type { AnyMessageListener, MessageListener, MessageOf, MessageType, PartType } from "./message-listener.js";
import type { RemoteEndpoint } from "./remote-endpoint.js";

/**
 * One open connection as the application sees it. The same object is given to every handler of the connection (J-103). Jakarta's
 * `Session`.
 *
 * `Data` is the type of `data`, a place for the application beside Jakarta's `userProperties`.
 *
 * As soon as closing has begun (J-128): read-only properties keep their values, sends reject, `close` does nothing, and what would change the
 * session throws `IllegalStateError`, code `WS_SESSION_CLOSED`. Reading `userProperties` does, too, once `@OnClose` and what was disposed after it
 * have ended.
 */
export abstract class Session<Data = unknown> {
  static readonly [BRAND] = "Session";

  /** Unique and hard to guess; stays the same from `@OnOpen` to `@OnClose`. */
  abstract readonly id: string;
  /** Whatever the application keeps for this connection; undefined at first. */
  abstract data: Data;
  /** False as soon as closing has begun on either side. */
  abstract readonly isOpen: boolean;
  /** Whether the connection itself is TLS; false behind a proxy that ends it. */
  abstract readonly isSecure: boolean;
  /** Scheme `ws` or `wss`, host, path and query of the opening request (J-121). */
  abstract readonly requestURI: URL;
  /** Text after the `?`, undecoded; null when there was none (J-123). */
  abstract readonly queryString: string | null;
  /** The query's parameters, each with all its values (J-122). */
  abstract readonly requestParameterMap: ReadonlyMap<string, readonly string[]>;
  /** The variables of the endpoint's path, percent-decoded, in the path's order. */
  abstract readonly pathParameters: ReadonlyMap<string, string>;
  /** A map of this session alone; starts with what the endpoint's configuration and the handshake put there (J-125). */
  abstract readonly userProperties: Map<string, unknown>;
  /** Who `authenticate` said the peer is, else null. Never changes (J-126). */
  abstract readonly userPrincipal: Principal | null;
  /** `"13"`, the only version there is (J-109). */
  abstract readonly protocolVersion: string;
  /** The agreed subprotocol, else the empty string (J-110). */
  abstract readonly negotiatedSubprotocol: string;
  /** The agreed extensions, `permessage-deflate` or none (J-111). */
  abstract readonly negotiatedExtensions: readonly Extension[];
  /** A snapshot of the open sessions of the same endpoint, this one included (J-127). */
  abstract readonly openSessions: ReadonlySet<Session>;
  /** The container this session belongs to. */
  abstract readonly container: WebSocketContainer;
  /** The sending side; always the same object. */
  abstract readonly remote: RemoteEndpoint;
  /**
   * Largest text message this session takes from now on, UTF-8 bytes; a larger one closes it with 1009. Default: the endpoint's. Setting it
   * throws `RangeError` for anything but a whole number from 1 to 2^31-1.
   */
  abstract maxTextMessageSize: number;
  /** Largest binary message this session takes from now on; see `maxTextMessageSize`. */
  abstract maxBinaryMessageSize: number;
  /**
   * Milliseconds without a message, ping or pong in either direction after which the session is closed; 0 or less: never (J-114, J-115). The peer sees
   * 1001, `@OnClose` 1006 with a phrase (J-153). While input is held because handlers are at work, the session is not idle. Default: the container's
   * `defaultMaxSessionIdleTimeout`, 0. Setting it starts the time anew; it throws `TypeError` for anything but a number.
   */
  abstract maxIdleTimeout: number;

  /**
   * When the session ends by itself, with 1008: because a token is not valid any longer, for instance. Null: never. Default: what the principal's
   * `expiresAt` says, else null. Set it when the peer has shown that it may stay. It is measured from the moment it is set, so that a change of the
   * system's time moves nothing. Setting it throws `TypeError` for anything but a valid `Date` or null, `IllegalStateError` after close (J-209).
   */
  abstract expiresAt: Date | null;

  /**
   * Calls a handler for every message of the kind that `type` says, from the next message on (J-106). Shares the kinds with `@OnMessage`: one handler for
   * text, one for binary, one for pongs (J-73, J-74). What it returns is not sent; a promise is waited for, an error goes to `@OnError`.
   *
   * ```ts
   * declare const session: Session;
   * session.addMessageHandler(String, (text) => console.log(text.length));
   * session.addMessageHandler(Buffer, (part, last) => console.log(part.length, last), { partial: true });
   * ```
   *
   * Throws `IllegalStateError` for a kind that has a handler, for a type that nothing decodes, and after close; `TypeError` for a handler that is
   * none.
   *
   * @param type `String`, `Number`, `Boolean`, `BigInt`, `Buffer`, `Uint8Array`, `ArrayBuffer`, `PongMessage`, `TextReader`, `Readable`, a class that a
   *   decoder of the endpoint makes, or the decoder itself.
   * @param options `partial`: takes `String`, `Buffer` or `Uint8Array` part by part, one call for each frame.
   */
  abstract addMessageHandler<C extends PartType>(
    type: C,
    handler: MessageListener<[part: MessageOf<C>, last: boolean]>,
    options: { readonly partial: true },
  ): void;
  abstract addMessageHandler<C extends MessageType>(
    type: C,
    handler: MessageListener<[message: MessageOf<C>]>,
    options?: { readonly partial?: false },
  ): void;

  /** A snapshot of the handlers that `addMessageHandler` has added (J-107). */
  abstract readonly messageHandlers: ReadonlySet<AnyMessageListener>;

  /**
   * Takes out a handler that `addMessageHandler` has added, and frees its kind (J-75). A message that it has begun is served to the end (J-76); one that is
   * not there is ignored. Throws `IllegalStateError` after close.
   */
  abstract removeMessageHandler(handler: AnyMessageListener): void;

  /**
   * Closes the connection: sends what is waiting, then the close frame. `@OnClose` gets this reason once the handler that runs now has
   * ended; messages that were not handled yet are dropped and counted. A second call has no effect (J-119).
   *
   * Resolves when the close frame was handed over, at once when the session is closed already; never rejects. Codes that must not
   * appear on the wire are sent as 1000, 1005 as an empty frame (J-158).
   *
   * @param reason Default: code 1000 and no phrase.
   */
  abstract close(reason?: CloseReason): Promise<void>;

  /** Closes the session with 1000, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What may be said for one call of `connectToServer`. */
export interface ConnectOptions {
  /**
   * Aborts the connecting: the promise rejects with the signal's reason. While `@OnOpen` runs, the session closes with 1001, too. Has no effect
   * afterwards.
   */
  readonly signal?: AbortSignal;
}

/** What opens a container's client connections. */
export interface Connector {
  /** See `WebSocketContainer.connectToServer`. */
  connect(
    endpoint: object,
    uri: string | URL,
    config: ClientEndpointConfig | undefined,
    options: ConnectOptions,
  ): Promise<Session>;
  /** Closes all client sessions with 1001 and opens none any more. Resolves when they have ended. */
  close(): Promise<void>;
}

/**
 * What a session's container is to the session: the defaults it started from, and more connections. It lies here because both name each other. The public class of this name extends
 * it, with a constructor for programs that are only clients; `ServerContainer` is one, too.
 */
export abstract class WebSocketContainer {
  static readonly [BRAND] = "WebSocketContainer";
  readonly #connect: () => Connector;
  #connector: Connector | undefined;
  #maxText: number;
  #maxBinary: number;
  #maxIdle = 0;
  #sendTimeout = 0;

  /** @internal `connect`: makes what opens client connections, when the first one is asked for. */
  constructor(limits: Limits, connect: () => Connector) {
    this.#maxText = limits.maxTextMessageSize;
    this.#maxBinary = limits.maxBinaryMessageSize;
    this.#connect = connect;
  }

  /**
   * Largest text message of sessions opened from now on, UTF-8 bytes. Default 65 536 (J-22). Setting it throws `RangeError` for anything but a
   * whole number from 1 to 2^31-1.
   */
  get defaultMaxTextMessageSize(): number {
    return this.#maxText;
  }

  set defaultMaxTextMessageSize(maxTextMessageSize: number) {
    this.#maxText = limitsOver({ maxTextMessageSize: 0 }, { maxTextMessageSize }).maxTextMessageSize;
  }

  /** Largest binary message of sessions opened from now on. Default 65 536; see `defaultMaxTextMessageSize`. */
  get defaultMaxBinaryMessageSize(): number {
    return this.#maxBinary;
  }

  set defaultMaxBinaryMessageSize(maxBinaryMessageSize: number) {
    this.#maxBinary = limitsOver({ maxBinaryMessageSize: 0 }, { maxBinaryMessageSize }).maxBinaryMessageSize;
  }

  /**
   * Milliseconds without a message, ping or pong after which a session opened from now on is closed. Default 0: never; negative values, too
   * (J-22). Setting it throws `TypeError` for anything but a number.
   */
  get defaultMaxSessionIdleTimeout(): number {
    return this.#maxIdle;
  }

  set defaultMaxSessionIdleTimeout(milliseconds: number) {
    this.#maxIdle = duration("defaultMaxSessionIdleTimeout", milliseconds);
  }

  /**
   * Milliseconds that a send of a session opened from now on may take. Default 0: any; negative values, too (J-22). Setting it throws
   * `TypeError` for anything but a number.
   */
  get defaultSendTimeout(): number {
    return this.#sendTimeout;
  }

  set defaultSendTimeout(milliseconds: number) {
    this.#sendTimeout = duration("defaultSendTimeout", milliseconds);
  }

  /** What this container can agree on with its peers (J-22). A client offers `permessage-deflate` where its configuration lists it. */
  get installedExtensions(): readonly Extension[] {
    return COMPRESSION;
  }

  /**
   * Opens a connection to a server and gives its session when `@OnOpen` has run (J-180, J-181); what the server sends meanwhile waits. When
   * `@OnOpen` failed, `@OnError` was told and the session that is given is closed.
   *
   * Rejects with `DeploymentException` when the endpoint is declared wrongly, cannot be made, or the server refuses the handshake or
   * answers it wrongly (`status` has the HTTP status); with `ConnectException` when the network fails or `connectTimeout` is over; with
   * `TypeError` for a URI that is none; with `IllegalStateError` after `close`. Nothing is left open then.
   *
   * Redirects are not followed. A proxy is the business of the configuration's `agent`.
   *
   * @param endpoint A class with `@ClientEndpoint` or an `Endpoint` subclass, constructed with its dependencies for this connection; or an
   *   instance of one, used as it is and never disposed, for one connection after another (J-190).
   * @param uri `ws:` or `wss:`, without user, password and fragment.
   * @param config Holds over what the decorator says, in everything it was made with.
   */
  async connectToServer(
    endpoint: object,
    uri: string | URL,
    config?: ClientEndpointConfig | null,
    options: ConnectOptions = {},
  ): Promise<Session> {
    this.#connector ??= this.#connect();
    return this.#connector.connect(endpoint, uri, config ?? undefined, options);
  }

  /**
   * Closes all client sessions with 1001 and opens none any more. Resolves when each has ended, after `drainTimeout` at the latest; a
   * second call gets the same promise.
   */
  close(): Promise<void> {
    this.#connector ??= this.#connect();
    return this.#connector.close();
  }

  /** Closes the container, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function duration(name: string, milliseconds: unknown): number {
  if (typeof milliseconds === "number" && !Number.isNaN(milliseconds)) return milliseconds;
  throw illegalArgument(`${name} must be a number of milliseconds, 0 or less for none, found ${String(milliseconds)}`);
}
