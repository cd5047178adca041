import { randomUUID } from "node:crypto";
import { CloseCodes, CloseReason, isSendable } from "../close-reason.js";
import { describe, illegalArgument, IllegalStateError } from "../errors.js";
import type { Extension } from "../extension.js";
import { requestURI, type HandshakeRequest } from "../handshake-request.js";
import { limitsOver } from "../limits.js";
import type { Principal } from "../principal.js";
import { ReadOnlyMap } from "../read-only-map.js";
import { LiveRemote, type RemoteOwner } from "./live-remote.js";
import type { AnyMessageListener } from "./message-listener.js";
import { Session, type WebSocketContainer } from "./session.js";
import type { Transport } from "./transport.js";

/**
 * The session behind the application's `Session`. Made by the deployment before the 101, opened by the dispatcher on a transport; knows neither
 * endpoint nor router. Keeps of the request what its properties need, no more.
 */

/** What a session asks of the deployment and the dispatcher it belongs to. */
export interface SessionOwner extends RemoteOwner {
  readonly container: WebSocketContainer;
  openSessions(): ReadonlySet<Session>;
  /** Closes the session for the application; only the first call counts. */
  close(reason: CloseReason): Promise<void>;
  /** `maxIdleTimeout` was set: milliseconds, 0 or less for never. */
  idleAfter(timeout: number): void;
  /** `expiresAt` was set: milliseconds since the Unix epoch, Infinity for never. */
  expireAt(time: number): void;
  addMessageHandler(type: unknown, handler: AnyMessageListener, partial: boolean): void;
  removeMessageHandler(handler: AnyMessageListener): void;
  messageHandlers(): ReadonlySet<AnyMessageListener>;
}

/** What the handshake has agreed on for a session. */
export interface SessionFacts {
  readonly request: HandshakeRequest;
  readonly principal: Principal | null;
  readonly subprotocol: string;
  /** Default: none. */
  readonly userProperties?: Map<string, unknown> | undefined;
  readonly maxTextMessageSize: number;
  readonly maxBinaryMessageSize: number;
  /** Milliseconds; 0 or less, or left out: never. */
  readonly maxIdleTimeout?: number;
  /** Milliseconds; 0 or less, or left out: any time. */
  readonly sendTimeout?: number;
  /** Default: none. */
  readonly extensions?: readonly Extension[];
}

const NO_EXTENSIONS: readonly Extension[] = Object.freeze([]);

const NORMAL_CLOSURE = new CloseReason(CloseCodes.NORMAL_CLOSURE);

export class LiveSession extends Session<unknown> {
  data: unknown;
  /** Where the peer is, for the log. */
  readonly remoteAddress: string | undefined;
  readonly isSecure: boolean;
  readonly queryString: string | null;
  readonly pathParameters: ReadonlyMap<string, string>;
  readonly userPrincipal: Principal | null;
  readonly negotiatedSubprotocol: string;
  readonly negotiatedExtensions: readonly Extension[];
  readonly remote: LiveRemote;
  /** Made when somebody asks for it. */
  #userProperties: Map<string, unknown> | undefined;
  readonly #owner: SessionOwner;
  readonly #target: string;
  readonly #host: string | undefined;
  #id: string | undefined;
  /** `over`: `@OnClose` and what was disposed after it have ended, too. */
  #state: "new" | "open" | "closed" | "over" = "new";
  #maxIdleTimeout: number;
  #expiresAt: Date | null;
  #maxTextMessageSize: number;
  #maxBinaryMessageSize: number;

  constructor(facts: SessionFacts, owner: SessionOwner) {
    super();
    const { request } = facts;
    this.remoteAddress = request.remoteAddress;
    this.isSecure = request.isSecure;
    this.queryString = request.queryString;
    this.pathParameters = request.pathParameters;
    this.#userProperties = facts.userProperties;
    this.userPrincipal = facts.principal;
    this.negotiatedSubprotocol = facts.subprotocol;
    this.negotiatedExtensions = facts.extensions ?? NO_EXTENSIONS;
    this.#target = request.target;
    this.#host = request.host;
    this.#owner = owner;
    this.#maxTextMessageSize = facts.maxTextMessageSize;
    this.#maxBinaryMessageSize = facts.maxBinaryMessageSize;
    this.#maxIdleTimeout = facts.maxIdleTimeout ?? 0;
    this.#expiresAt = validDate(facts.principal?.expiresAt);
    this.remote = new LiveRemote(this, owner, facts.sendTimeout ?? 0);
  }

  get id(): string {
    return (this.#id ??= randomUUID());
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get requestURI(): URL {
    return requestURI(this.isSecure, this.#host, this.#target);
  }

  get requestParameterMap(): ReadonlyMap<string, readonly string[]> {
    const map = new Map<string, string[]>();
    for (const [name, value] of new URLSearchParams(this.queryString ?? "")) {
      const values = map.get(name);
      if (values) values.push(value);
      else map.set(name, [value]);
    }
    return new ReadOnlyMap(map);
  }

  get protocolVersion(): string {
    return "13";
  }

  get openSessions(): ReadonlySet<Session> {
    return this.#owner.openSessions();
  }

  get container(): WebSocketContainer {
    return this.#owner.container;
  }

  get userProperties(): Map<string, unknown> {
    if (this.#state === "over")
      throw new IllegalStateError(
        `session ${this.id} has ended: its userProperties can be read in @OnClose at the latest`,
        "WS_SESSION_CLOSED",
      );
    return (this.#userProperties ??= new Map());
  }

  get maxTextMessageSize(): number {
    return this.#maxTextMessageSize;
  }

  set maxTextMessageSize(maxTextMessageSize: number) {
    this.#mutable("maxTextMessageSize");
    this.#maxTextMessageSize = limitsOver({ maxTextMessageSize: 0 }, { maxTextMessageSize }).maxTextMessageSize;
  }

  get maxBinaryMessageSize(): number {
    return this.#maxBinaryMessageSize;
  }

  set maxBinaryMessageSize(maxBinaryMessageSize: number) {
    this.#mutable("maxBinaryMessageSize");
    this.#maxBinaryMessageSize = limitsOver({ maxBinaryMessageSize: 0 }, { maxBinaryMessageSize }).maxBinaryMessageSize;
  }

  get maxIdleTimeout(): number {
    return this.#maxIdleTimeout;
  }

  set maxIdleTimeout(milliseconds: number) {
    this.#mutable("maxIdleTimeout");
    if (typeof milliseconds !== "number" || Number.isNaN(milliseconds))
      throw illegalArgument(`maxIdleTimeout must be a number of milliseconds, found ${describe(milliseconds)}`);
    this.#maxIdleTimeout = milliseconds;
    if (this.isOpen) this.#owner.idleAfter(milliseconds);
  }

  get expiresAt(): Date | null {
    return this.#expiresAt && new Date(this.#expiresAt);
  }

  set expiresAt(date: Date | null) {
    this.#mutable("expiresAt");
    const valid = validDate(date);
    if (date !== null && valid === null)
      throw illegalArgument(`expiresAt must be a Date or null, found ${describe(date)}`);
    this.#expiresAt = valid;
    if (this.isOpen) this.#owner.expireAt(valid?.getTime() ?? Infinity);
  }

  override addMessageHandler(
    type: unknown,
    handler: AnyMessageListener,
    options?: { readonly partial?: boolean },
  ): void {
    this.#mutable("addMessageHandler");
    this.#owner.addMessageHandler(type, handler, options?.partial === true);
  }

  get messageHandlers(): ReadonlySet<AnyMessageListener> {
    return this.#owner.messageHandlers();
  }

  override removeMessageHandler(handler: AnyMessageListener): void {
    this.#mutable("removeMessageHandler");
    this.#owner.removeMessageHandler(handler);
  }

  override close(reason: CloseReason = NORMAL_CLOSURE): Promise<void> {
    return this.#owner.close(fit(reason));
  }

  /** Called by the dispatcher when the transport is there. */
  open(transport: Transport): void {
    this.remote.connect(transport);
    this.#state = "open";
    if (this.#maxIdleTimeout > 0) this.#owner.idleAfter(this.#maxIdleTimeout);
    if (this.#expiresAt !== null) this.#owner.expireAt(this.#expiresAt.getTime());
  }

  /** Called by the dispatcher as soon as closing has begun on either side. */
  end(): void {
    this.#state = "closed";
    this.remote.end();
  }

  /** Called by the dispatcher when the application has done with it. */
  over(): void {
    this.#state = "over";
  }

  #mutable(member: string): void {
    if (this.#state === "closed" || this.#state === "over")
      throw new IllegalStateError(
        `session ${this.id} has ended: ${member} cannot be used any more`,
        "WS_SESSION_CLOSED",
      );
  }
}

function validDate(value: unknown): Date | null {
  return value instanceof Date && !Number.isNaN(value.getTime()) ? new Date(value) : null;
}

/**
 * The reason that goes on the wire, which `@OnClose` sees, too: a code that no close frame may carry becomes 1000 (J-158). It is made anew,
 * because what is given need not be as `CloseReason` makes it; what cannot be is 1011, because a close that throws leaves the connection open.
 */
function fit(reason: CloseReason): CloseReason {
  try {
    const { code, reasonPhrase } = reason;
    const unfit = !isSendable(code) && code !== CloseCodes.NO_STATUS_CODE && code >= 1000 && code <= 4999;
    return new CloseReason(unfit ? CloseCodes.NORMAL_CLOSURE : code, String(reasonPhrase ?? ""));
  } catch {
    return new CloseReason(CloseCodes.UNEXPECTED_CONDITION);
  }
}
