/**
 * Where Wirespring decides otherwise than Jakarta's text or its reference implementation does, on purpose. Read by the page.
 */

/** One decision: what it is about, and what holds. */
export const deviations: readonly (readonly [topic: string, holds: string])[] = [
  [
    "One sending side",
    "`session.remote` is the basic and the asynchronous view in one: every send is a promise. A case of the asynchronous view is the same call, not awaited at once; `SendHandler` and `SendResult` do not exist.",
  ],
  [
    "Types that the compiler erases",
    "`@Arg(type)` says the type of a parameter. `@PathParam(name, converter?)` has a converter of its own.",
  ],
  [
    "No builder",
    "`ServerEndpointConfig.create(Class, path, options?)` returns the frozen configuration. Null and malformed arguments fail as the builder's rules say.",
  ],
  [
    "The instance before the answer",
    "An endpoint instance is made before the 101: a failure is a 500. If the peer leaves first, the instance is disposed and no hook runs.",
  ],
  ["Trailing slash", "Strict, with the option `ignoreTrailingSlash`."],
  ["Dead ends", "Complete matches are ranked, as the reference implementation does."],
  ["Path normalisation", "`.`, `..` and empty segments are refused with 400; nothing is resolved."],
  ["Encoded slash", "`%2F` in a path variable is refused with 400, with an option of the endpoint to allow it."],
  ["Unknown path variable", "A `@PathParam` that names no variable of the endpoint's path is a deployment error."],
  [
    "Exceptions",
    "They keep Jakarta's names and extend `Error`; `IllegalStateException` is `IllegalStateError`, `IllegalArgumentException` a `TypeError` or `RangeError`, each with a stable `code`.",
  ],
  [
    "Errors without a handler",
    "With `@OnError` an error of a handler, codec or path parameter is delivered there and the connection stays. Without it, it is counted and logged, and the session closes with 1007 (decoding) or 1011 (anything else). A case that needs a connection to survive an error declares `@OnError`.",
  ],
  ["No handler for a kind of message", "The session closes with 1003."],
  ["A failure of `@OnOpen`", "The session closes with 1011, after `@OnError`."],
  [
    "Shutdown",
    "`close()`, SIGTERM and SIGINT close sessions with 1012 and `retry=`; `close({ final: true })` with 1001.",
  ],
  [
    "Close codes",
    "`@OnClose` sees the code that was on the wire. Idle expiry is the one exception, which the TCK pins: it sends 1001 and reports 1006.",
  ],
  ["Long close phrases", "A phrase over 123 bytes is cut on a character border instead of refused."],
  [
    "Subprotocol",
    "The server's list decides. `getContainerDefaultConfigurator()` and a configurator with `subprotocolOrder: \"client\"` have Jakarta's order, and the cases of the TCK run with it.",
  ],
  ["Extensions", "`permessage-deflate` is the only one that can be agreed on."],
  [
    "Origin",
    "A request with an `Origin` header has to come from the same host; one without only when it has no cookies.",
  ],
  ["A slow consumer", "The session closes with 1013."],
  ["`maxMessageSize`", "Above the session's limit, it raises the limit for this handler."],
  [
    "Waiting for the peer in `@OnOpen`",
    "Cannot work, because input is held until it has ended: the endpoint keeps a state that `@OnMessage` advances.",
  ],
];
