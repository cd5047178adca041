import type { Handler } from "../endpoint/handler.js";
import type { EndpointModel } from "../endpoint/endpoint-model.js";
import type { LogRecord } from "../logger.js";

/**
 * What the log says of an endpoint that was put into service: a row of the route table. Written by the server container, at the level debug.
 */

/** The events of a connection that a handler takes, as `EndpointModel` calls them. */
const EVENTS = ["open", "text", "binary", "pong", "close", "error"] as const;

/**
 * Tells which handler takes what, and what each of its parameters is bound to: `"text": "said(message: String, {room}: String)"`.
 *
 * @param path With the application's context path.
 */
export function routeRecord(path: string, { endpointClass, ...model }: EndpointModel): LogRecord {
  const handlers = EVENTS.flatMap((event) => {
    const handler = model[event];
    return handler === undefined ? [] : [[event, signatureOf(handler)] as const];
  });
  return {
    event: "endpoint.deployed",
    endpoint: path,
    class: endpointClass.name,
    handlers: Object.fromEntries(handlers),
  };
}

function signatureOf({ method, bindings = [] }: Handler): string {
  return `${method}(${bindings.join(", ")})`;
}
