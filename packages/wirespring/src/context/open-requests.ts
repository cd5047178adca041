import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import { wasUpgraded } from "../upgrade/peer-socket.js";

/**
 * Keeps account of the connections of an HTTP server that speak HTTP, and of what each has asked for, so that those which ask for nothing do
 * not delay its end: Node's own `closeIdleConnections` leaves one alone that has sent nothing yet, or half a request. Made by the embedded
 * server.
 */

export class OpenRequests {
  /** Requests that are being answered, by connection. */
  readonly #connections = new Map<Socket, number>();
  /** What has not come to the end of its TLS handshake, by both its ends: Node does not tell which connection became secure. */
  readonly #handshakes = new Map<string, Socket>();

  /** To be called before the server listens. */
  constructor(server: HttpServer | HttpsServer) {
    const isSecure = "setSecureContext" in server;
    server.on("connection", (socket: Socket) => (isSecure ? this.#began(socket) : this.#add(socket)));
    if (isSecure) server.on("secureConnection", (socket) => this.#add(socket));
    server.on("request", (request: IncomingMessage, response: ServerResponse) => this.#asked(request.socket, response));
  }

  /** Destroys the connections on which nobody waits for an answer. Those that were upgraded are somebody else's. */
  endSilent(): void {
    for (const socket of this.#handshakes.values()) socket.destroy();
    for (const [socket, requests] of this.#connections) {
      // An answer that ends the connection is on its way.
      if (requests === 0 && !socket.writableEnded && !wasUpgraded(socket)) socket.destroy();
    }
  }

  #began(socket: Socket): void {
    const key = endsOf(socket);
    this.#handshakes.set(key, socket);
    socket.once("close", () => {
      if (this.#handshakes.get(key) === socket) this.#handshakes.delete(key);
    });
  }

  #add(socket: Socket): void {
    // Also keeps the address, for the log: the system does not know it any more once the peer has reset the connection.
    this.#handshakes.delete(endsOf(socket));
    this.#connections.set(socket, 0);
    socket.once("close", () => this.#connections.delete(socket));
  }

  #asked(socket: Socket, response: ServerResponse): void {
    this.#count(socket, 1);
    response.once("close", () => this.#count(socket, -1));
  }

  #count(socket: Socket, by: 1 | -1): void {
    const requests = this.#connections.get(socket);
    if (requests !== undefined) this.#connections.set(socket, requests + by);
  }
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return [remoteAddress, remotePort, localAddress, localPort].join(" ");
}
