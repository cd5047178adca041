import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type RequestListener,
  type Server as HttpServer,
  type ServerResponse,
} from "node:http";
import {
  createServer as createTlsServer,
  type Server as HttpsServer,
  type ServerOptions as TlsOptions,
} from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "../clock.js";
import type { RefusalReason } from "../diagnostics.js";
import { IllegalStateError, asError } from "../errors.js";
import type { Logger } from "../logger.js";
import { Refusal, writeRefusal } from "../upgrade/refusal.js";
import { connectionsBeside, connectionsFor, descriptorLimit, guardAccepts, sessionsAmong } from "./accept-guard.js";
import { OpenRequests } from "./open-requests.js";

/**
 * The HTTP server of an application: one of its own, or one that the host has made. Made by `WirespringApplication.run`; plain HTTP goes to the
 * application's handler, upgrades to whoever the exporter attached.
 */

/** How the application is reached. */
export interface EmbeddedServerOptions {
  readonly port: number | undefined;
  readonly host: string | undefined;
  readonly tls: TlsOptions | undefined;
  readonly handler: RequestListener | undefined;
  /** The host's own server. */
  readonly server: HttpServer | HttpsServer | undefined;
  /** Milliseconds for all headers of a request. */
  readonly headersTimeout: number;
  /** Sessions that the application takes, where it says so; 0: any. */
  readonly maxConnections: number;
  /** Bytes of all headers of a request. */
  readonly maxHeaderBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tells whether an endpoint is at a request target. */
  readonly matches: (target: string) => boolean;
  /** Told of an upgrade, or of what could not be read, that was refused before any endpoint was asked. */
  readonly refused: (reason: RefusalReason, status: number, remoteAddress: string | undefined) => void;
}

/** Where a server listens when nobody says it. */
const DEFAULT_PORT = 8080;

export class EmbeddedServer {
  readonly server: HttpServer | HttpsServer;
  readonly #options: EmbeddedServerOptions;
  readonly #isOwn: boolean;
  readonly #connections: number;
  /** Undefined for a server that others close. */
  readonly #requests: OpenRequests | undefined;
  #listening = false;
  /** Set when closing has begun; resolves with the last connection. */
  #closed: Promise<void> | undefined;
  /** Nobody is waited for any more but requests that are being answered. */
  #ending = false;

  constructor(options: EmbeddedServerOptions) {
    this.#options = options;
    this.#isOwn = options.server === undefined;
    this.#connections = this.#isOwn ? connectionsFor(descriptorLimit()) : 0;
    this.server = options.server ?? this.#create();
    if (this.#isOwn || options.port !== undefined) this.#requests = new OpenRequests(this.server);
  }

  /**
   * Listens: on the port given, or on 8080 when the server is our own. The host's own server is left alone when no port is given.
   *
   * Rejects with `IllegalStateError`, code `WS_LISTEN_FAILED`, when the address cannot be had.
   */
  async listen(): Promise<void> {
    const { port, host } = this.#options;
    if (!this.#isOwn && port === undefined) return;
    await new Promise<void>((resolve, reject) => {
      const failed = (error: Error): void => reject(listenError(error, port ?? DEFAULT_PORT, host));
      this.server.once("error", failed);
      this.server.listen({ port: port ?? DEFAULT_PORT, host }, () => {
        this.server.off("error", failed);
        resolve();
      });
    });
    this.#listening = true;
    if (this.#isOwn)
      guardAccepts(this.server, connectionsBeside(this.#options.maxConnections, this.#connections), this.#options);
  }

  /** Sessions for which this server has room beside plain HTTP; 0: any, or not ours to say. */
  get sessions(): number {
    return sessionsAmong(this.#connections);
  }

  /** The address as a URL, without a path; undefined while the server does not listen on a port. */
  get url(): string | undefined {
    const address = this.server.address() as AddressInfo | string | null;
    if (address === null || typeof address === "string") return undefined;
    const scheme = "setSecureContext" in this.server ? "https" : "http";
    return `${scheme}://${hostOf(address.address)}:${address.port}`;
  }

  /** Accepts no connection any more, if this server listens because of us. Connections that are open stay. */
  stopAccepting(): void {
    if (!this.#listening || this.#closed !== undefined) return;
    // Also called when the host has closed the server itself.
    this.#closed = new Promise((resolve) => this.server.close(() => resolve()));
  }

  /**
   * Ends the connections that wait for no answer, and resolves when the others have ended, too; those that have not after `patience`
   * milliseconds are destroyed.
   */
  async end(patience: number): Promise<void> {
    if (this.#closed === undefined) return;
    const { clock, logger } = this.#options;
    const timer = clock.setTimer(() => {
      logger.warn({ event: "http.drain.timeout", patience });
      this.server.closeAllConnections();
    }, patience);
    this.#ending = true;
    this.#requests?.endSilent();
    await this.#closed;
    timer.cancel();
  }

  #endIdle(): void {
    if (this.#ending) this.#requests?.endSilent();
    else this.server.closeIdleConnections();
  }

  #create(): HttpServer | HttpsServer {
    const { tls, headersTimeout, maxHeaderBytes } = this.#options;
    const settings = { headersTimeout, maxHeaderSize: maxHeaderBytes, connectionsCheckingInterval: 1_000 };
    const server =
      tls === undefined
        ? createServer(settings)
        : createTlsServer({ ...settings, handshakeTimeout: headersTimeout, ...tls });
    server.on("clientError", (error: Error, socket: Duplex) => this.#answerBroken(error, socket as Socket));
    server.on("request", (request: IncomingMessage, response: ServerResponse) => this.#serve(request, response));
    return server;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    // Kept-alive connections would outlive the server.
    if (this.#closed !== undefined) response.setHeader("Connection", "close");
    response.once("close", () => {
      if (this.#closed !== undefined) setImmediate(() => this.#endIdle());
    });
    const { handler, matches, refused } = this.#options;
    // Without `Connection: Upgrade` Node takes it for plain HTTP; the handler would, too (T03).
    const isUpgrade = request.headers.upgrade?.toLowerCase() === "websocket";
    if ((handler === undefined || isUpgrade) && matches(request.url ?? "")) {
      if (isUpgrade) refused("upgrade", 426, request.socket.remoteAddress);
      answer(response, 426, { Upgrade: "websocket", Connection: "Upgrade, close" });
      return;
    }
    if (handler === undefined) {
      answer(response, 404);
      return;
    }
    try {
      const result: unknown = handler(request, response);
      if (result instanceof Promise) result.catch((error: unknown) => this.#failed(response, error));
    } catch (error) {
      this.#failed(response, error);
    }
  }

  /** Nobody else answers a request that cannot be parsed, and a socket without an answer stays open (T08). */
  #answerBroken(error: Error & { readonly code?: string }, socket: Socket): void {
    // It was answered; what still comes cannot be read either.
    if (socket.writableEnded) return;
    const refusal = broken(error.code);
    // A handshake of TLS that failed, a reset: nobody to answer. In the middle of an answer, a second one would be part of the first.
    const { _httpMessage: answering } = socket as Socket & { readonly _httpMessage?: ServerResponse | null };
    if (refusal === undefined || !socket.writable || answering?.headersSent === true) {
      socket.destroy();
      return;
    }
    this.#options.refused(refusal.reason as RefusalReason, refusal.status, socket.remoteAddress);
    writeRefusal(socket, refusal, this.#options.clock);
  }

  #failed(response: ServerResponse, thrown: unknown): void {
    this.#options.logger.error({ event: "http.handler.failed", error: asError(thrown) });
    if (response.headersSent) response.destroy();
    else answer(response, 500);
  }
}

function answer(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  const body = `${STATUS_CODES[status]!}\n`;
  response.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

/** What a request is answered that Node's parser has given up; undefined when it was no request. */
function broken(code = ""): Refusal | undefined {
  if (code === "HPE_HEADER_OVERFLOW") return new Refusal(431, "headers");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return new Refusal(408, "timeout");
  return code.startsWith("HPE_") ? new Refusal(400, "syntax") : undefined;
}

function listenError(error: Error & { readonly code?: string }, port: number, host: string | undefined): Error {
  const address = host === undefined ? `port ${port}` : `${host}:${port}`;
  const cure =
    error.code === "EADDRINUSE"
      ? "another process listens there: stop it, or run with another { port }"
      : error.code === "EACCES"
        ? "this user may not: run with a { port } above 1023"
        : error.message;
  return new IllegalStateError(`cannot listen on ${address}: ${cure}`, "WS_LISTEN_FAILED", { cause: error });
}

/** What a person can open: a server on all addresses is reached on this machine by its name. */
function hostOf(address: string): string {
  if (address === "::" || address === "0.0.0.0") return "localhost";
  return address.includes(":") ? `[${address}]` : address;
}
