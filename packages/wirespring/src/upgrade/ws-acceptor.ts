import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "../clock.js";
import { asError } from "../errors.js";
import { formatExtensions, type Extension } from "../extension.js";
import type { Limits } from "../limits.js";
import { jsonLogger, type Logger } from "../logger.js";
import type { Transport } from "../session/transport.js";
import { DEFLATE_NAME, windowsOf } from "./deflate-offer.js";
import { verifyWs } from "./ws-internals.js";
import { WebSocketServer } from "./ws-package.js";
import { WsSocket } from "./ws-socket.js";
import { WsTransport } from "./ws-transport.js";

/**
 * Answers an admitted upgrade request with 101 and opens its session on the socket. Called by the upgrade listener when every hook has
 * run; synchronous from the last look at the socket to the open session (T-20). Lets `ws` do the handshake.
 */

/** Larger than any wait: what `ws` would time itself, our clock times. */
const NEVER = 2 ** 31 - 1;

/** Small windows that are not kept between messages: a compressed stream would else hold 239 KB for each connection. */
const DEFLATE = {
  threshold: 1_024,
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  zlibDeflateOptions: { level: 3, memLevel: 7 },
};

/** Holds what a `WsAcceptor` works with. */
export interface WsAcceptorOptions {
  readonly clock: Clock;
  /** Told of what should not happen: a session that could not be opened, a handshake that ws refused. Default: JSON lines on standard error. */
  readonly logger?: Logger;
}

/** What the acceptor needs of an admission. */
export interface WsAdmission {
  /** What was agreed on; `""` for none. */
  readonly subprotocol: string;
  /** Name and value of each further line of the answer, fit for HTTP. */
  readonly headers: Iterable<readonly [string, string]>;
  /** What was agreed on: `permessage-deflate`, as `agreeOnDeflate` gives it, or nothing. Default: nothing. */
  readonly extensions?: readonly Extension[];
  readonly endpoint: { readonly config: { readonly limits: Pick<Limits, "closeTimeout" | "maxInflation"> } };
  /** Starts the session. Calls the transport's `listen` before it returns. */
  open(transport: Transport): unknown;
  /** There will be no session. */
  abandon(): void;
}

/** Turns admitted upgrade requests into sessions on their sockets. One for each container. */
export class WsAcceptor {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #server: InstanceType<typeof WebSocketServer>;
  #closed = false;
  /** The admission whose handshake ws is writing; its hooks are called before `handleUpgrade` returns. */
  #current: WsAdmission | undefined;

  /** Throws `IllegalStateError`, code `WS_UNSUPPORTED_WS`, when the installed `ws` is too old or unknown. */
  constructor(options: WsAcceptorOptions) {
    verifyWs();
    this.#clock = options.clock;
    this.#logger = options.logger ?? jsonLogger;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      // The sink says the limit of each message; until then nothing is read.
      maxPayload: NEVER,
      closeTimeout: NEVER,
      WebSocket: WsSocket as never,
      // Always given: without it ws answers the client's first offer, which may be a token.
      handleProtocols: () => this.#current?.subprotocol || false,
    } as ConstructorParameters<typeof WebSocketServer>[0]);
    this.#server.on("headers", (lines) => {
      for (const [name, value] of this.#current?.headers ?? []) lines.push(`${name}: ${value}`);
    });
  }

  /**
   * Answers 101 and opens the session, or abandons the admission when the peer is gone or `close` was called; one of both, once. Never
   * throws.
   */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, admission: WsAdmission): void {
    let switched = false;
    this.#current = admission;
    try {
      this.#server.handleUpgrade(this.#held(request, admission), socket as Socket, head, (ws) => {
        switched = true;
        this.#open(ws as WsSocket, admission);
      });
    } catch (error) {
      socket.destroy();
      this.#report(error);
    } finally {
      this.#current = undefined;
    }
    if (switched) return;
    try {
      admission.abandon();
    } catch (error) {
      this.#report(error);
    }
  }

  /** Answers 503 to whatever is still handed in. Open sessions stay. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#server.close();
  }

  /**
   * Holds ws to what was agreed on: it negotiates by itself, and would answer 400 to an offer that it cannot take. So it sees the agreement
   * for the offer, and settings that fit.
   */
  #held(request: IncomingMessage, { extensions = [] }: WsAdmission): IncomingMessage {
    const agreed = extensions.find(({ name }) => name === DEFLATE_NAME);
    const { options } = this.#server as unknown as { readonly options: { perMessageDeflate: unknown } };
    options.perMessageDeflate = false;
    if (agreed === undefined) return request;
    const { server: serverMaxWindowBits, client: clientMaxWindowBits } = windowsOf(agreed);
    options.perMessageDeflate = { ...DEFLATE, serverMaxWindowBits, clientMaxWindowBits };
    const headers = { ...request.headers, "sec-websocket-extensions": formatExtensions([agreed]) };
    return Object.create(request, { headers: { value: headers } }) as IncomingMessage;
  }

  #open(ws: WsSocket, admission: WsAdmission): void {
    const { closeTimeout, maxInflation } = admission.endpoint.config.limits;
    const transport = new WsTransport(ws, { clock: this.#clock, closeTimeout, maxInflation });
    try {
      admission.open(transport);
    } catch (error) {
      // Nobody would ever close it.
      transport.terminate();
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    this.#logger.error({ event: "error", hook: "transport", error: asError(error) });
  }
}
