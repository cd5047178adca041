import { illegalArgument } from "./errors.js";

/**
 * The bounds of one endpoint. Durations are milliseconds, sizes bytes. Set for all endpoints in `run(config, { limits })` or
 * `new EndpointExporter({ limits })`, for one in `@ServerEndpoint({ ... })`.
 */
export interface Limits {
  /** Largest text message, in UTF-8 bytes; a larger one closes with 1009 before it is buffered. Default 65 536. */
  readonly maxTextMessageSize: number;
  /** Largest binary message; a larger one closes with 1009 before it is buffered. Default 65 536. */
  readonly maxBinaryMessageSize: number;
  /** Largest frame of a message that is streamed or taken in parts; a larger one closes with 1009 from its header. Default 1 048 576. */
  readonly maxFrameSize: number;
  /** Largest message that is streamed or taken in parts; beyond, 1009. 0: no limit. Default 0. */
  readonly maxStreamSize: number;
  /** Times its compressed size to which a message may be inflated, beyond 1 MiB; then 1009. 0: any. Default 100. */
  readonly maxInflation: number;
  /** Time without a byte in the middle of a streamed message while its reader has nothing left; then 1008. Default 30 000. */
  readonly streamByteTimeout: number;
  /** Time without a read while bytes of a streamed message wait; then 1011. Default 30 000. */
  readonly streamReadTimeout: number;
  /** Messages of one session that may wait for the handler before its socket is paused. Default 64. */
  readonly mailboxMessages: number;
  /** Bytes of one session that may wait for the handler before its socket is paused; one message always fits. Default 262 144. */
  readonly mailboxBytes: number;
  /** Time from the first frame of a whole message to its last; then 1008. Default 30 000. */
  readonly assemblyTimeout: number;
  /** Time for one message handler, but for those that read a stream: its `AbortSignal` fires, then 1011. The same for `@OnClose` and the disposal. Default 30 000. */
  readonly handlerTimeout: number;
  /** Messages of one session that are handled before everybody else's turn comes; what it publishes counts once for each recipient. Default 1 024. */
  readonly turnMessages: number;
  /** Time that synchronous handlers of one session may take before everybody else's turn comes. Default 2. */
  readonly turnTime: number;
  /** Messages a second of one session; above, input is paused. 0: any. Default 0. */
  readonly messageRate: number;
  /** Messages that may come at once, above `messageRate`. 0: twice the rate. Default 0. */
  readonly messageBurst: number;
  /** Time that a session may stay above its `messageRate`; then 1008. Default 10 000. */
  readonly messageRateTimeout: number;
  /** Pings and pongs a second of one session, with twice as many at once; then 1008. Default 20. */
  readonly controlRate: number;
  /** Bytes that the transport of one session holds, 512 more for each message, before further ones wait in its outbox. Default 262 144. */
  readonly outboxHighMark: number;
  /** Bytes that may wait in the outbox of one session, 512 more for each message; beyond, `slowConsumer` says what happens. Default 1 048 576. */
  readonly outboxLimit: number;
  /** A peer is slow that takes fewer bytes than this in `slowConsumerTimeout`, while more wait; then 1013. Default 65 536. */
  readonly slowConsumerBytes: number;
  /** See `slowConsumerBytes`. Default 10 000. */
  readonly slowConsumerTimeout: number;
  /** Topics that one session may be subscribed to. Default 128. */
  readonly maxTopics: number;
  /** Time without input after which the peer is pinged; jitter takes up to a tenth off. 0: never. Default 25 000. */
  readonly heartbeatInterval: number;
  /** Time for a sign of life after that ping; then the connection is given up, 1006. Default 20 000. */
  readonly heartbeatTimeout: number;
  /** Time for `@OnOpen`, with input paused; then 1011. Default 10 000. */
  readonly openTimeout: number;
  /** Time for all asynchronous handshake hooks together; then 503. Default 10 000. */
  readonly handshakeTimeout: number;
  /** Time the peer has to answer our close frame before its socket is destroyed. Default 5 000. */
  readonly closeTimeout: number;
  /** Longest request target of an upgrade; longer is 414. Default 2 048. */
  readonly maxTargetLength: number;
  /** Largest header block of an upgrade; larger is 431. Default 16 384. */
  readonly maxHeaderBytes: number;
  /** Subprotocols a client may offer; more is 400. Default 16. */
  readonly maxSubprotocols: number;
  /** Query parameters of an upgrade; more is 400. Default 64. */
  readonly maxQueryParameters: number;
}

/** What is done about a session whose outbox is full; see `slowConsumer` of `EndpointOptions`. */
export type SlowConsumerPolicy = "close" | "block" | "drop-newest" | "drop-oldest";

/** Safe for a public endpoint with no configuration. */
export const defaultLimits: Limits = Object.freeze({
  maxTextMessageSize: 65_536,
  maxBinaryMessageSize: 65_536,
  maxFrameSize: 1_048_576,
  maxStreamSize: 0,
  maxInflation: 100,
  streamByteTimeout: 30_000,
  streamReadTimeout: 30_000,
  mailboxMessages: 64,
  mailboxBytes: 262_144,
  assemblyTimeout: 30_000,
  handlerTimeout: 30_000,
  turnMessages: 1_024,
  turnTime: 2,
  messageRate: 0,
  messageBurst: 0,
  messageRateTimeout: 10_000,
  controlRate: 20,
  outboxHighMark: 262_144,
  outboxLimit: 1_048_576,
  slowConsumerBytes: 65_536,
  slowConsumerTimeout: 10_000,
  maxTopics: 128,
  heartbeatInterval: 25_000,
  heartbeatTimeout: 20_000,
  openTimeout: 10_000,
  handshakeTimeout: 10_000,
  closeTimeout: 5_000,
  maxTargetLength: 2_048,
  maxHeaderBytes: 16_384,
  maxSubprotocols: 16,
  maxQueryParameters: 64,
});

/** The bounds of a whole application, beside `Limits`, which hold for each endpoint. Milliseconds. */
export interface ContainerLimits {
  /** Upgrades that may wait for their handshake hooks at one time, in the process; more is 503 with `Retry-After`. Default 500. */
  readonly maxPendingUpgrades: number;
  /** Connections that are open or wait for their handshake; on an embedded server not more than the process may have files. More is 503 with `Retry-After`. 0: any. Default 0. */
  readonly maxConnections: number;
  /** Connections of one address, of IPv6 one network of 64 bits; more is 429 with `Retry-After`. 0: any. Default 0. */
  readonly maxConnectionsPerAddress: number;
  /** Connections of one principal, by its name; more is 429 with `Retry-After`. 0: any. Default 0. */
  readonly maxConnectionsPerPrincipal: number;
  /** Upgrades a second of one address, of IPv6 one network of 64 bits; above, 429 with `Retry-After`. 0: any. Default 0. */
  readonly upgradeRate: number;
  /** Upgrades that may come at once, above `upgradeRate`. 0: twice the rate. Default 0. */
  readonly upgradeBurst: number;
  /** Per cent of the heap's limit in use, looked at once a second; above, upgrades are 503 with `Retry-After`. 0: never. Default 85. */
  readonly maxHeapUsage: number;
  /** Bytes that may wait in all outboxes together, 512 more for each message; beyond, the largest are closed: 1013. 0: a quarter of the process's memory. Default 0. */
  readonly maxOutboxBytes: number;
  /** Time for all headers of a request on the embedded server; then 408. Default 10 000. */
  readonly headersTimeout: number;
  /** Time that `close()` gives handlers and peers before it destroys what is left. Default 30 000. */
  readonly drainTimeout: number;
}

export const defaultContainerLimits: ContainerLimits = Object.freeze({
  maxPendingUpgrades: 500,
  maxConnections: 0,
  maxConnectionsPerAddress: 0,
  maxConnectionsPerPrincipal: 0,
  upgradeRate: 0,
  upgradeBurst: 0,
  maxHeapUsage: 85,
  maxOutboxBytes: 0,
  headersTimeout: 10_000,
  drainTimeout: 30_000,
});

/** The names of both tables; anything else in an options object is a mistake worth telling. */
export const limitNames: ReadonlySet<string> = new Set([
  ...Object.keys(defaultLimits),
  ...Object.keys(defaultContainerLimits),
]);

/** ws keeps sizes in 32 bits: 2^31 would turn negative there and mean "no limit". */
const LARGEST = 2 ** 31 - 1;

/** What 0 switches off or leaves to us, and what ws is never told: it may be of any size. */
const OPTIONAL: ReadonlySet<string> = new Set([
  "maxStreamSize",
  "maxInflation",
  "maxOutboxBytes",
  "maxConnections",
  "maxConnectionsPerAddress",
  "maxConnectionsPerPrincipal",
  "maxHeapUsage",
  "upgradeRate",
  "upgradeBurst",
  "messageRate",
  "messageBurst",
  "heartbeatInterval",
]);

/**
 * Lays the given bounds over a base.
 *
 * Throws `RangeError`, code `WS_ILLEGAL_ARGUMENT`, for anything but a whole number from 1 to 2^31-1; what 0 switches off may be 0, and larger.
 */
export function limitsOver<T extends object>(base: T, given: Partial<Record<keyof T, unknown>>): T {
  const merged = { ...base } as Record<string, unknown>;
  for (const name of Object.keys(base)) {
    const value = given[name as keyof T];
    if (value === undefined) continue;
    const [least, most] = OPTIONAL.has(name) ? [0, Number.MAX_SAFE_INTEGER] : [1, LARGEST];
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most)
      throw illegalArgument(
        `${name} must be a whole number from ${least} to ${most}, found ${typeof value === "string" ? JSON.stringify(value) : String(value)}`,
        RangeError,
      );
    merged[name] = value;
  }
  return Object.freeze(merged) as T;
}
