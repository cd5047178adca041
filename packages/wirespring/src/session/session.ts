import { BRAND } from "../brand.js";
import type { CloseReason } from "../close-reason.js";
import type { Principal } from "../principal.js";
import type { RemoteEndpoint } from "./remote-endpoint.js";
import type { WebSocketContainer } from "./web-socket-container.js";

/**
 * One open connection as the application sees it. The same object is given to every handler of the connection (J-103). Jakarta's
 * `Session`.
 *
 * `Data` is the type of `data`, a place for the application beside Jakarta's `userProperties`. After the end all read-only properties keep
 * their values; sends reject and `close` does nothing.
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
