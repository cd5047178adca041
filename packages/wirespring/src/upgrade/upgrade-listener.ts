import type { IncomingMessage, Server as HttpServer } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "../clock.js";
import type { Diagnostics } from "../diagnostics.js";
import { asError, DeploymentException } from "../errors.js";
import type { Admission } from "./admission.js";
import { judgeSize, judgeWebSocket } from "./gate.js";
import type { Outcome } from "./handshake.js";
import { HeldSocket } from "./held-socket.js";
import { Refusal, writeRefusal } from "./refusal.js";
import { draining, type Route, type UpgradeRouter } from "./upgrade-router.js";

/**
 * The one `upgrade` listener of an HTTP server: takes each request to the router and writes the refusal, or hands the socket to whoever
 * makes a transport of it. Made by the server container. Nothing that a request does gets out of here as an exception.
 */

/** Answers an admitted request with 101 and opens the session; what `WsAcceptor.accept` does. Never throws. */
export type Accept = (request: IncomingMessage, socket: Duplex, head: Buffer, admission: Admission) => void;

/** The servers of both of Node's modules, and whatever is one by its events. */
export type UpgradeServer = HttpServer | HttpsServer;

export interface UpgradeListenerOptions {
  readonly server: UpgradeServer;
  readonly router: UpgradeRouter;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly accept: Accept;
  /** Who exports, for the message to a second one. Default `EndpointExporter`. */
  readonly name?: string;
}

/** How long other listeners may take to answer a request that is not ours, milliseconds. */
const OTHERS_PATIENCE = 10_000;

const MARK = Symbol.for("wirespring.exported");

/**
 * Marks a server as served, by an exporter or by a host that deploys endpoints itself.
 *
 * Throws `DeploymentException` when it is marked already: two would write into each other's connections (T22).
 *
 * @param name Who serves it, for that message.
 */
export function markExported(server: object, name: string): void {
  const owner = exportedBy(server);
  if (owner !== undefined) throw new DeploymentException(exportedTwice(name, owner));
  Object.defineProperty(server, MARK, { value: name, configurable: true });
}

/** Tells who exports on a server; undefined when nobody does. */
export function exportedBy(server: object): string | undefined {
  const mark = (server as { [MARK]?: unknown })[MARK];
  if (mark === undefined) return undefined;
  return typeof mark === "string" ? mark : "another exporter";
}

/** Says that two cannot export on one server. */
export function exportedTwice(name: string, owner: string): string {
  return `${name} cannot export on this server, because ${owner} exports there already: give the endpoints of both to one EndpointExporter; where the host exports by itself, declare none`;
}

/** Serves the upgrade requests of one HTTP server until `detach`. */
export class UpgradeListener {
  readonly #server: UpgradeServer;
  readonly #router: UpgradeRouter;
  readonly #clock: Clock;
  readonly #diagnostics: Diagnostics;
  readonly #accept: Accept;
  #attached = true;

  /** Attaches and marks the server. Throws `DeploymentException` when somebody exports there already. */
  constructor({ server, router, clock, diagnostics, accept, name = "EndpointExporter" }: UpgradeListenerOptions) {
    markExported(server, name);
    this.#server = server;
    this.#router = router;
    this.#clock = clock;
    this.#diagnostics = diagnostics;
    this.#accept = accept;
    server.on("upgrade", this.#upgrade);
  }

  /** Takes listener and mark away. Handshakes that have begun are finished. A second call does nothing. */
  detach(): void {
    if (!this.#attached) return;
    this.#attached = false;
    this.#server.off("upgrade", this.#upgrade);
    Reflect.deleteProperty(this.#server, MARK);
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // First of all: a reset would end the process while nobody else listens (T18).
    socket.on("error", endSocket);
    const arrival = { request, socket, head, bytesWritten: (socket as Socket).bytesWritten };
    try {
      const route = this.#router.route(request);
      if (!(route instanceof Refusal)) this.#admit(route, arrival);
      else if (route.endpoint === undefined) this.#unmatched(route, arrival);
      else this.#refuse(route, arrival);
    } catch (error) {
      this.#fail(error, arrival);
    }
  };

  #admit(route: Route, arrival: Arrival): void {
    const { limits, path } = route.endpoint.config;
    const refusal = judgeSize(route.fields, limits) ?? judgeWebSocket(arrival.request, route.fields);
    if (refusal !== undefined) {
      this.#refuse(refusal.of(path), arrival);
      return;
    }
    const peer = new AbortController();
    const outcome = this.#router.admit(arrival.request, { abandoned: peer.signal, route });
    if (outcome instanceof Promise) void this.#wait(outcome, peer, arrival);
    else this.#answer(outcome, arrival, arrival.head);
  }

  async #wait(pending: Promise<Outcome>, peer: AbortController, arrival: Arrival): Promise<void> {
    try {
      const held = new HeldSocket(arrival.socket, arrival.head, () => peer.abort());
      const outcome = await pending;
      this.#answer(outcome, arrival, held.release());
    } catch (error) {
      this.#fail(error, arrival);
    }
  }

  /** @param head Everything that the peer has sent behind its request. */
  #answer(outcome: Outcome, arrival: Arrival, head: Buffer): void {
    const { socket } = arrival;
    if (outcome instanceof Refusal) {
      // The router has counted it.
      if (outcome.reason === "abandoned") socket.destroy();
      else writeRefusal(socket, outcome, this.#clock);
      return;
    }
    const { path } = outcome.endpoint.config;
    if (socket.destroyed || !socket.readable || !socket.writable) {
      outcome.abandon();
      this.#diagnostics.abandoned(path);
      socket.destroy();
    } else if (this.#router.draining) {
      outcome.abandon();
      this.#refuse(draining(path), arrival);
    } else {
      this.#handOver(outcome, arrival, head);
    }
  }

  #handOver(admission: Admission, { request, socket }: Arrival, head: Buffer): void {
    try {
      this.#accept(request, socket, head, admission);
    } catch (error) {
      admission.abandon();
      throw error;
    }
    // What was refused in there has no listener of its own for what may still come.
    if (socket.listenerCount("error") > 1) socket.off("error", endSocket);
  }

  /** Nobody's here. Other listeners of the server may know it, unless the application has said otherwise. */
  #unmatched(refusal: Refusal, arrival: Arrival): void {
    const { unmatched } = this.#router;
    // The error listener stays: should nobody take the socket, a reset must not end the process.
    if (unmatched === "ignore") return;
    if (unmatched === "refuse" || this.#server.listenerCount("upgrade") === 1) {
      this.#refuse(refusal, arrival);
      return;
    }
    const { socket } = arrival;
    const timer = this.#clock.setTimer(() => {
      socket.off("close", cancel);
      if (!socket.destroyed && !wasWritten(arrival)) this.#refuse(refusal, arrival);
    }, OTHERS_PATIENCE);
    const cancel = (): void => timer.cancel();
    socket.once("close", cancel);
  }

  #refuse(refusal: Refusal, { request, socket }: Arrival): void {
    const { reason, status, endpoint } = refusal;
    if (reason !== "abandoned") this.#diagnostics.refused(reason, status, endpoint, request.socket.remoteAddress);
    writeRefusal(socket, refusal, this.#clock);
  }

  /** A fault of ours, or of whoever accepts: the peer is told if it was told nothing yet, the process lives. */
  #fail(error: unknown, arrival: Arrival): void {
    this.#diagnostics.logger.error({ event: "upgrade.failed", error: asError(error) });
    // No second answer behind a first one.
    if (wasWritten(arrival)) arrival.socket.destroy();
    this.#refuse(new Refusal(500, "internal"), arrival);
  }
}

/** One `upgrade` event. */
interface Arrival {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  /** What earlier requests of this connection were answered. */
  readonly bytesWritten: number;
}

/** Tells whether anybody has answered. */
function wasWritten({ socket, bytesWritten }: Arrival): boolean {
  return (socket as Socket).bytesWritten !== bytesWritten;
}

/** Closes a socket that failed: the reason is the peer's, the count is that of whatever it interrupts. */
function endSocket(this: Duplex): void {
  this.destroy();
}
