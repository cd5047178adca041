import type { IncomingMessage, Server as HttpServer } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { systemClock } from "../clock.js";
import { deploymentFailure } from "../errors.js";
import { Refusal, writeRefusal } from "./refusal.js";
import { UpgradeAttempt, type UpgradeServices } from "./upgrade-attempt.js";

/**
 * The one `upgrade` listener of an HTTP server: asks the router where each request leads and makes an attempt of it, or leaves
 * it to others. Made by the server container. Nothing that a request does gets out of here as an exception.
 */

/** The servers of both of Node's modules, and whatever is one by its events. */
export type UpgradeServer = HttpServer | HttpsServer;

export interface UpgradeListenerOptions extends UpgradeServices {
  readonly server: UpgradeServer;
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
  if (owner !== undefined) throw deploymentFailure(exportedTwice(name, owner));
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

/** Answers what comes when nobody exports any more, unless somebody else listens. */
function refuseAll(this: unknown, _request: IncomingMessage, socket: Duplex): void {
  if ((this as UpgradeServer).listenerCount("upgrade") === 1)
    writeRefusal(socket, new Refusal(503, "draining"), systemClock);
}

/** Serves the upgrade requests of one HTTP server until `detach`. */
export class UpgradeListener {
  readonly #server: UpgradeServer;
  readonly #services: UpgradeServices;
  #attached = true;

  /** Attaches and marks the server. Throws `DeploymentException` when somebody exports there already. */
  constructor({ server, name = "EndpointExporter", ...services }: UpgradeListenerOptions) {
    markExported(server, name);
    this.#server = server;
    this.#services = services;
    server.off("upgrade", refuseAll);
    server.on("upgrade", this.#upgrade);
  }

  /** Takes listener and mark away. Handshakes that have begun are finished. A second call does nothing. */
  detach(): void {
    if (!this.#attached) return;
    this.#attached = false;
    this.#server.off("upgrade", this.#upgrade);
    Reflect.deleteProperty(this.#server, MARK);
    // Node gives an upgrade that nobody listens for to the listener of requests; without one it would wait for ever.
    const isMute = (["request", "upgrade"] as const).every((event) => this.#server.listenerCount(event) === 0);
    if (isMute) this.#server.on("upgrade", refuseAll);
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const attempt = new UpgradeAttempt(request, socket, head, this.#services);
    try {
      const route = this.#services.router.route(request);
      if (route instanceof Refusal && route.endpoint === undefined) this.#unmatched(route, attempt);
      else void attempt.run(route);
    } catch (error) {
      attempt.fail(error);
    }
  };

  /** Nobody's here. Other listeners of the server may know it, unless the application has said otherwise. */
  #unmatched(refusal: Refusal, attempt: UpgradeAttempt): void {
    const { unmatched } = this.#services.router;
    // The error listener stays: should nobody take the socket, a reset must not end the process.
    if (unmatched === "ignore") return;
    if (unmatched === "refuse" || this.#server.listenerCount("upgrade") === 1) {
      void attempt.run(refusal);
      return;
    }
    const { socket } = attempt;
    const timer = this.#services.clock.setTimer(() => {
      socket.off("close", cancel);
      if (!socket.destroyed && !attempt.wasWritten) attempt.refuse(refusal);
    }, OTHERS_PATIENCE);
    const cancel = (): void => timer.cancel();
    socket.once("close", cancel);
  }
}
