/**
 * Marks the classes of this package that a handler may name as a parameter type.
 *
 * Binding reads the mark instead of comparing classes, so that a second copy of the package in one process
 * (two versions, or ESM beside CommonJS) still binds. Written by the classes themselves, read by `endpoint/arguments`.
 */
export const BRAND: unique symbol = Symbol.for("wirespring.parameter") as never;

/** Marks `Endpoint`, so that a subclass of another copy's is known as an endpoint, too. */
export const PROGRAMMATIC: unique symbol = Symbol.for("wirespring.programmatic-endpoint") as never;

/** What a branded class stands for in a handler's parameter list. */
export type Role =
  | "Session"
  | "EndpointConfig"
  | "CloseReason"
  | "HandshakeRequest"
  | "PongMessage"
  | "RemoteEndpoint"
  | "TextReader"
  | "WebSocketContainer";

/** Reads the brand of a class; undefined for anything that is not one of ours. Inherited, as `instanceof` would be. */
export function roleOf(type: unknown): Role | undefined {
  return typeof type === "function" ? (type as { [BRAND]?: Role })[BRAND] : undefined;
}
