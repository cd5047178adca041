import type { ServerEndpointConfig, ServerEndpointOptions } from "../endpoint/endpoint-config.js";
import type { Extension } from "../extension.js";
import type { HandshakeRequest } from "../handshake-request.js";
import type { Principal } from "../principal.js";
import type { Session } from "../session/session.js";
import type { Transport } from "../session/transport.js";

/**
 * What the router knows of an endpoint that is in service. `Deployment` is the one implementation; the router asks it for nothing
 * but what stands here.
 */
export interface DeployedEndpoint {
  readonly config: ServerEndpointConfig;
  /** What `@ServerEndpoint` was given, for the rules of the handshake: origins, roles, slashes. */
  readonly options: ServerEndpointOptions;
  /** What may be agreed on: the container's extensions, as this endpoint has them, and those of its configuration. */
  readonly installedExtensions: readonly Extension[];
  /**
   * Makes the session, not open yet, and the endpoint instance, before the 101 (J-169). Synchronous unless a hook is not. Throws or rejects
   * with what the application's code threw; it has been counted and reported then.
   */
  reserve(handshake: AcceptedHandshake): Reservation | Promise<Reservation>;
}

/** What the handshake has agreed on. */
export interface AcceptedHandshake {
  readonly request: HandshakeRequest;
  readonly principal: Principal | null;
  /** `""` for none. */
  readonly subprotocol: string;
  readonly extensions: readonly Extension[];
  /** The map that `modifyHandshake` saw; becomes the session's own. */
  readonly userProperties: Map<string, unknown> | undefined;
}

/** A session waiting for its transport. Exactly one of both calls is made, once. */
export interface Reservation {
  /** Whether a handler of the session runs, or something that has arrived waits for one. Asked after `open`. */
  readonly isBusy: boolean;
  /**
   * Starts the session's life on a transport and lets the request go.
   *
   * @param ended Called once when everything of the session has ended.
   */
  open(transport: Transport, ended?: () => void): Session;
  /** The peer has left, or the answer failed: disposes what was made for it; no hook runs. */
  abandon(): void;
}
