import { PROGRAMMATIC } from "../brand.js";
import type { CloseReason } from "../close-reason.js";
import type { Session } from "../session/session.js";
import type { Class, EndpointConfig } from "./endpoint-config.js";

/**
 * The endpoint without decorators, of a server or of a client. Extended by applications; recognised by the exporter and by whoever compiles a
 * model.
 */

/**
 * An endpoint whose methods are called as they are, without decorators. A server needs a path for it: `ServerEndpointConfig.create(Feed,
 * "/feed")`. Messages come through `session.addMessageHandler`, added in `onOpen`. One instance for each connection, made with its
 * dependencies, as for decorated classes. Write the three as methods, not as functions in fields. Jakarta's `Endpoint` (J-11).
 *
 * ```ts
 * class Feed extends Endpoint {
 *   override onOpen(session: Session) {
 *     session.addMessageHandler(String, (text) => session.remote.sendText(text));
 *   }
 * }
 * ```
 */
export abstract class Endpoint {
  static readonly [PROGRAMMATIC] = true;

  /**
   * Is called once when a connection is there, before any of its messages; they wait while it is async. What it throws closes the session
   * with 1011, after `onError`.
   *
   * @param config What the endpoint was declared with; on a server a `ServerEndpointConfig`.
   */
  abstract onOpen(session: Session, config: EndpointConfig): void | Promise<void>;

  /** Is called once when a connection has ended, after its last message. Default: does nothing. */
  onClose(_session: Session, _reason: CloseReason): void | Promise<void> {}

  /**
   * Is called with whatever was thrown by a method of this endpoint, a message handler, a codec or the connection. Overridden, the connection
   * stays open unless it was `onOpen` that failed. Default: the error is logged and the session closes, with 1007 when a message could not be
   * decoded, else with 1011.
   */
  onError(_session: Session, _error: Error): void | Promise<void> {}
}

/** Tells whether a class extends `Endpoint`, of this or another copy of the package. */
export function isEndpointClass(type: unknown): type is Class<Endpoint> {
  return typeof type === "function" && (type as { [PROGRAMMATIC]?: true })[PROGRAMMATIC] === true;
}

/** Tells whether a class that extends `Endpoint` has a method of its own in the place of a default one. */
export function overrides(type: Class<Endpoint>, method: "onClose" | "onError"): boolean {
  let base: unknown = type;
  while (!Object.hasOwn(base as object, PROGRAMMATIC)) base = Object.getPrototypeOf(base);
  return (type.prototype as Endpoint)[method] !== (base as typeof Endpoint).prototype[method];
}
