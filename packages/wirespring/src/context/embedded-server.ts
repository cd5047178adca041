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
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "../clock.js";
import { IllegalStateError, asError } from "../errors.js";
import type { Logger } from "../logger.js";

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
  /** Bytes of all headers of a request. */
  readonly maxHeaderBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tells whether an endpoint is at a request target. */
  readonly matches: (target: string) => boolean;
}

/** Where a server listens when nobody says it. */
const DEFAULT_PORT = 8080;

export class EmbeddedServer {
  readonly server: HttpServer | HttpsServer;
  readonly #options: EmbeddedServerOptions;
  readonly #isOwn: boolean;
  #listening = false;
  /** Set when closing has begun; resolves with the last connection. */
  #closed: Promise<void> | undefined;

  constructor(options: EmbeddedServerOptions) {
    this.#options = options;
    this.#isOwn = options.server === undefined;
    this.server = options.server ?? this.#create();
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

  /** Resolves when every connection has ended; those that have not after `patience` milliseconds are destroyed. */
  async end(patience: number): Promise<void> {
    if (this.#closed === undefined) return;
    const { clock, logger } = this.#options;
    const timer = clock.setTimer(() => {
      logger.warn({ event: "http.drain.timeout", patience });
      this.server.closeAllConnections();
    }, patience);
    this.server.closeIdleConnections();
    await this.#closed;
    timer.cancel();
  }

  #create(): HttpServer | HttpsServer {
    const { tls, headersTimeout, maxHeaderBytes } = this.#options;
    const settings = { headersTimeout, maxHeaderSize: maxHeaderBytes, connectionsCheckingInterval: 1_000 };
    const server = tls === undefined ? createServer(settings) : createTlsServer({ ...settings, ...tls });
    server.on("clientError", answerBroken);
    server.on("request", (request: IncomingMessage, response: ServerResponse) => this.#serve(request, response));
    return server;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    // Kept-alive connections would outlive the server.
    if (this.#closed !== undefined) response.setHeader("Connection", "close");
    response.once("close", () => {
      if (this.#closed !== undefined) setImmediate(() => this.server.closeIdleConnections());
    });
    const { handler, matches } = this.#options;
    if (handler === undefined) {
      if (matches(request.url ?? "")) answer(response, 426, { Upgrade: "websocket", Connection: "Upgrade, close" });
      else answer(response, 404);
      return;
    }
    try {
      const result: unknown = handler(request, response);
      if (result instanceof Promise) result.catch((error: unknown) => this.#failed(response, error));
    } catch (error) {
      this.#failed(response, error);
    }
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

/** Nobody else answers a request that cannot be parsed, and a socket without an answer stays open. */
function answerBroken(error: Error & { readonly code?: string }, socket: Duplex): void {
  const status = statusOf(error.code);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]!}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
  if (socket.writable && error.code !== "ECONNRESET") socket.end(head, () => socket.destroy());
  else socket.destroy();
}

function statusOf(code: string | undefined): number {
  if (code === "HPE_HEADER_OVERFLOW") return 431;
  return code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
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
