import { randomUUID } from "node:crypto";
import { CloseCodes, CloseReason, isSendable } from "../close-reason.js";
import { requestURI, type HandshakeRequest } from "../handshake-request.js";
import { limitsOver } from "../limits.js";
import type { Principal } from "../principal.js";
import { LiveRemote, type RemoteOwner } from "./live-remote.js";
import { Session } from "./session.js";
import type { Transport } from "./transport.js";
import type { WebSocketContainer } from "./web-socket-container.js";

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
}

/** What the handshake has agreed on for a session. */
export interface SessionFacts {
  readonly request: HandshakeRequest;
  readonly principal: Principal | null;
  readonly subprotocol: string;
  readonly userProperties: Map<string, unknown>;
  readonly maxTextMessageSize: number;
  readonly maxBinaryMessageSize: number;
}

const NORMAL_CLOSURE = new CloseReason(CloseCodes.NORMAL_CLOSURE);

export class LiveSession extends Session<unknown> {
  data: unknown;
  readonly isSecure: boolean;
  readonly queryString: string | null;
  readonly pathParameters: ReadonlyMap<string, string>;
  readonly userProperties: Map<string, unknown>;
  readonly userPrincipal: Principal | null;
  readonly negotiatedSubprotocol: string;
  readonly remote: LiveRemote;
  readonly #owner: SessionOwner;
  readonly #target: string;
  readonly #host: string | undefined;
  #id: string | undefined;
  #state: "new" | "open" | "closed" = "new";
  #maxTextMessageSize: number;
  #maxBinaryMessageSize: number;

  constructor(facts: SessionFacts, owner: SessionOwner) {
    super();
    const { request } = facts;
    this.isSecure = request.isSecure;
    this.queryString = request.queryString;
    this.pathParameters = request.pathParameters;
    this.userProperties = facts.userProperties;
    this.userPrincipal = facts.principal;
    this.negotiatedSubprotocol = facts.subprotocol;
    this.#target = request.target;
    this.#host = request.host;
    this.#owner = owner;
    this.#maxTextMessageSize = facts.maxTextMessageSize;
    this.#maxBinaryMessageSize = facts.maxBinaryMessageSize;
    this.remote = new LiveRemote(this, owner);
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
    return map;
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

  get maxTextMessageSize(): number {
    return this.#maxTextMessageSize;
  }

  set maxTextMessageSize(maxTextMessageSize: number) {
    this.#maxTextMessageSize = limitsOver({ maxTextMessageSize: 0 }, { maxTextMessageSize }).maxTextMessageSize;
  }

  get maxBinaryMessageSize(): number {
    return this.#maxBinaryMessageSize;
  }

  set maxBinaryMessageSize(maxBinaryMessageSize: number) {
    this.#maxBinaryMessageSize = limitsOver({ maxBinaryMessageSize: 0 }, { maxBinaryMessageSize }).maxBinaryMessageSize;
  }

  override close(reason: CloseReason = NORMAL_CLOSURE): Promise<void> {
    return this.#owner.close(fit(reason));
  }

  /** Called by the dispatcher when the transport is there. */
  open(transport: Transport): void {
    this.remote.connect(transport);
    this.#state = "open";
  }

  /** Called by the dispatcher as soon as closing has begun on either side. */
  end(): void {
    this.#state = "closed";
  }
}

/**
 * The reason that goes on the wire, which `@OnClose` sees, too: a code that no close frame may carry becomes 1000 (J-158). What was not made
 * by `CloseReason`, or by another copy of it, is made anew; what cannot be is 1011, because a close that throws leaves the connection open.
 */
function fit(reason: CloseReason): CloseReason {
  try {
    const { code, reasonPhrase } = reason;
    if (!isSendable(code) && code !== CloseCodes.NO_STATUS_CODE && code >= 1000 && code <= 4999)
      return new CloseReason(CloseCodes.NORMAL_CLOSURE, reasonPhrase);
    return reason instanceof CloseReason ? reason : new CloseReason(code, String(reasonPhrase ?? ""));
  } catch {
    return new CloseReason(CloseCodes.UNEXPECTED_CONDITION);
  }
}
