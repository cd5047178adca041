import { channel, type Channel } from "node:diagnostics_channel";
import { systemClock, type Clock } from "./clock.js";
import { LogThrottle } from "./log-throttle.js";
import type { Logger } from "./logger.js";

/**
 * Where everything that does not end in a delivery or a reply is counted and published. One instance per container; the
 * channels are the process's. A payload is built only when somebody listens.
 */

/** Why an upgrade request was refused; a closed set, fit for a metric's label. */
export type RefusalReason =
  | "address"
  | "authentication"
  | "body"
  | "busy"
  | "connections"
  | "draining"
  | "encoding"
  | "headers"
  | "hook"
  | "host"
  | "instance"
  | "internal"
  | "key"
  | "memory"
  | "method"
  | "origin"
  | "parameters"
  | "path"
  | "principal"
  | "rate"
  | "refused"
  | "role"
  | "secure"
  | "subprotocol"
  | "syntax"
  | "target"
  | "timeout"
  | "upgrade"
  | "version";

/** Which application code an error came from; a closed set. */
export type HookName =
  | "afterResponse"
  | "authenticate"
  | "checkOrigin"
  | "construct"
  | "decode"
  | "dispose"
  | "encode"
  | "getEndpointInstance"
  | "getNegotiatedExtensions"
  | "getNegotiatedSubprotocol"
  | "httpSession"
  | "modifyHandshake"
  | "onClose"
  | "onError"
  | "onMessage"
  | "onOpen"
  | "transport";

/**
 * Why a message that arrived was not handled; a closed set. `full`: a pong that came while a handler read a stream and as many waited as the mailbox
 * takes.
 */
export type DropCause = "closing" | "full" | "no-handler";

/** Which bound a session was ended for, or slowed down by; a closed set. */
export type LimitName =
  | "assembly"
  | "control-rate"
  | "expiry"
  | "handler-time"
  | "heartbeat"
  | "idle"
  | "message-rate"
  | "outbox"
  | "process-outbox"
  | "slow-consumer";

/** What is published on `node:diagnostics_channel`, by channel name. */
export interface DiagnosticEvents {
  "wirespring:upgrade.refused": {
    readonly reason: RefusalReason;
    readonly status: number;
    /** The endpoint's template; undefined when no endpoint matched. */
    readonly endpoint: string | undefined;
    readonly remoteAddress: string | undefined;
  };
  /** The peer left before the handshake was answered. */
  "wirespring:upgrade.abandoned": { readonly endpoint: string | undefined };
  "wirespring:session.opened": { readonly sessionId: string; readonly endpoint: string };
  "wirespring:session.closed": {
    readonly sessionId: string;
    readonly endpoint: string;
    readonly code: number;
    readonly clean: boolean;
  };
  /** An error of application code or of the connection. `handled`: an `@OnError` was given it. */
  "wirespring:error": {
    readonly hook: HookName;
    readonly endpoint: string | undefined;
    readonly sessionId: string | undefined;
    readonly error: Error;
    readonly handled: boolean;
  };
  "wirespring:message.dropped": {
    readonly sessionId: string;
    readonly endpoint: string;
    readonly cause: DropCause;
    readonly bytes: number;
  };
  /** A session is ended because of a bound. */
  "wirespring:limit.hit": { readonly limit: LimitName; readonly sessionId: string; readonly endpoint: string };
  /** A message was not sent because the peer reads too slowly and the endpoint's `slowConsumer` says so. */
  "wirespring:send.dropped": { readonly sessionId: string; readonly endpoint: string; readonly bytes: number };
  "wirespring:send.failed": { readonly sessionId: string; readonly endpoint: string; readonly error: Error };
}

/** Counts since the container was made, and what is open now. Labels are closed sets or endpoint templates. */
export interface Metrics {
  readonly sessionsOpen: number;
  readonly sessionsOpened: number;
  /** By the code that the wire has seen. */
  readonly sessionsClosed: Readonly<Record<number, number>>;
  readonly upgradesRefused: Readonly<Partial<Record<RefusalReason, number>>>;
  readonly upgradesAbandoned: number;
  readonly errors: Readonly<Partial<Record<HookName, number>>>;
  readonly messagesDropped: Readonly<Partial<Record<DropCause, number>>>;
  /** Sessions that were ended because of a bound. */
  readonly limitHits: Readonly<Partial<Record<LimitName, number>>>;
  readonly sendsFailed: number;
  /** Messages that a slow peer was not sent. */
  readonly sendsDropped: number;
  /** Bytes that wait to be sent now, in all sessions together. */
  readonly bufferedBytes: number;
  /** The longest that the event loop was found to stand still while sessions were open, milliseconds. */
  readonly longestStall: number;
}

/** What this file counts; the gauges are the container's to read. */
export type Counters = Omit<Metrics, "bufferedBytes" | "longestStall">;

/** What log and payloads say of a session. */
export interface Subject {
  readonly id: string;
  /** Where its peer is. */
  readonly remoteAddress?: string | undefined;
}

type EventName = keyof DiagnosticEvents;

const channels = Object.fromEntries(
  (
    [
      "wirespring:upgrade.refused",
      "wirespring:upgrade.abandoned",
      "wirespring:session.opened",
      "wirespring:session.closed",
      "wirespring:error",
      "wirespring:message.dropped",
      "wirespring:limit.hit",
      "wirespring:send.dropped",
      "wirespring:send.failed",
    ] satisfies EventName[]
  ).map((name) => [name, channel(name)]),
) as Record<EventName, Channel>;

export class Diagnostics {
  /** The container's, behind a throttle: never throws. */
  readonly logger: LogThrottle;
  #sessionsOpened = 0;
  #sessionsOpen = 0;
  #upgradesAbandoned = 0;
  #sendsFailed = 0;
  #sendsDropped = 0;
  readonly #closed = new Map<number, number>();
  readonly #refused = new Map<RefusalReason, number>();
  readonly #errors = new Map<HookName, number>();
  readonly #dropped = new Map<DropCause, number>();
  readonly #limits = new Map<LimitName, number>();

  constructor(logger: Logger, clock: Clock = systemClock) {
    this.logger = new LogThrottle(logger, clock);
  }

  refused(reason: RefusalReason, status: number, endpoint?: string, remoteAddress?: string): void {
    increment(this.#refused, reason);
    this.logger.warn({ event: "upgrade.refused", reason, status, endpoint, ip: remoteAddress });
    publish("wirespring:upgrade.refused", () => ({ reason, status, endpoint, remoteAddress }));
  }

  abandoned(endpoint?: string): void {
    this.#upgradesAbandoned++;
    publish("wirespring:upgrade.abandoned", () => ({ endpoint }));
  }

  opened(session: Subject, endpoint: string): void {
    this.#sessionsOpened++;
    this.#sessionsOpen++;
    publish("wirespring:session.opened", () => ({ sessionId: session.id, endpoint }));
  }

  closed(session: Subject, endpoint: string, code: number, clean: boolean): void {
    this.#sessionsOpen--;
    increment(this.#closed, code);
    publish("wirespring:session.closed", () => ({ sessionId: session.id, endpoint, code, clean }));
  }

  /**
   * Counts an error; one that no `@OnError` was given is logged, too (J-194).
   *
   * @param about What `@OnError` was told when it failed itself.
   */
  error(hook: HookName, error: Error, handled: boolean, endpoint?: string, session?: Subject, about?: Error): void {
    increment(this.#errors, hook);
    const sessionId = session?.id;
    if (!handled) {
      // A peer that breaks the protocol or is gone is news about the peer, not a fault of the application: one line, no stack.
      const ip = session?.remoteAddress;
      if (hook === "transport")
        this.logger.warn({ event: "transport.failed", endpoint, sessionId, ip, problem: error.message });
      else this.logger.error({ event: "error", hook, endpoint, sessionId, ip, error, about });
    }
    publish("wirespring:error", () => ({ hook, endpoint, sessionId, error, handled }));
  }

  dropped(cause: DropCause, session: Subject, endpoint: string, bytes: number): void {
    increment(this.#dropped, cause);
    publish("wirespring:message.dropped", () => ({ sessionId: session.id, endpoint, cause, bytes }));
  }

  sendFailed(session: Subject, endpoint: string, error: Error): void {
    this.#sendsFailed++;
    publish("wirespring:send.failed", () => ({ sessionId: session.id, endpoint, error }));
  }

  /** A session is ended because of a bound. */
  limitHit(limit: LimitName, session: Subject, endpoint: string): void {
    increment(this.#limits, limit);
    const { id: sessionId, remoteAddress: ip } = session;
    this.logger.warn({ event: "limit.hit", limit, endpoint, sessionId, ip });
    publish("wirespring:limit.hit", () => ({ limit, sessionId, endpoint }));
  }

  sendDropped(session: Subject, endpoint: string, bytes: number): void {
    this.#sendsDropped++;
    publish("wirespring:send.dropped", () => ({ sessionId: session.id, endpoint, bytes }));
  }

  /** What was counted so far. */
  metrics(): Counters {
    return {
      sessionsOpen: this.#sessionsOpen,
      sessionsOpened: this.#sessionsOpened,
      sessionsClosed: Object.fromEntries(this.#closed),
      upgradesRefused: Object.fromEntries(this.#refused),
      upgradesAbandoned: this.#upgradesAbandoned,
      errors: Object.fromEntries(this.#errors),
      messagesDropped: Object.fromEntries(this.#dropped),
      limitHits: Object.fromEntries(this.#limits),
      sendsFailed: this.#sendsFailed,
      sendsDropped: this.#sendsDropped,
    };
  }
}

/** A subscriber that throws is Node's to report; it cannot reach us. */
function publish<N extends EventName>(name: N, event: () => DiagnosticEvents[N]): void {
  const target = channels[name];
  if (target.hasSubscribers) target.publish(event());
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
