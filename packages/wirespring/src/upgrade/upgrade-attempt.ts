import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "../clock.js";
import type { Diagnostics } from "../diagnostics.js";
import { asError } from "../errors.js";
import type { Admission } from "./admission.js";
import { judgeSize, judgeWebSocket } from "./gate.js";
import type { Outcome } from "./handshake.js";
import { HeldSocket } from "./held-socket.js";
import { isGone, markUpgraded } from "./peer-socket.js";
import { Refusal, writeRefusal } from "./refusal.js";
import { draining, type Route, type UpgradeRouter } from "./upgrade-router.js";

/**
 * One upgrade request on its socket, from its route to the answer: takes it to the router and writes the refusal, or hands the socket to
 * whoever makes a transport of it. Made by the upgrade listener and by `ServerContainer.upgrade`. Nothing that a request does gets out of here
 * as an exception.
 */

/** Answers an admitted request with 101 and opens the session; what `WsAcceptor.accept` does. Never throws. */
export type Accept = (request: IncomingMessage, socket: Duplex, head: Buffer, admission: Admission) => void;

/** What an attempt needs of its container. */
export interface UpgradeServices {
  readonly router: UpgradeRouter;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly accept: Accept;
}

export class UpgradeAttempt {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly #head: Buffer;
  readonly #services: UpgradeServices;
  /** What earlier requests of this connection were answered. */
  readonly #bytesWritten: number;

  /** Takes care of the socket's errors at once. */
  constructor(request: IncomingMessage, socket: Duplex, head: Buffer, services: UpgradeServices) {
    // First of all: a reset would end the process while nobody else listens (T18).
    socket.on("error", endSocket);
    markUpgraded(socket);
    this.request = request;
    this.socket = socket;
    this.#head = head;
    this.#services = services;
    this.#bytesWritten = (socket as Socket).bytesWritten;
  }

  /** Whether anybody has answered. */
  get wasWritten(): boolean {
    return (this.socket as Socket).bytesWritten !== this.#bytesWritten;
  }

  /** Takes the request where it leads, and answers it. The outcome has been written then; a promise only if a hook's was. Never throws or rejects. */
  run(route: Route | Refusal): Outcome | Promise<Outcome> {
    try {
      // Whoever reset the connection has no address any more to be counted by (T24), and nobody reads an answer.
      if (isGone(this.socket))
        return this.#leave(route instanceof Refusal ? route.endpoint : route.endpoint.config.path);
      if (route instanceof Refusal) return this.refuse(route);
      const { limits, path } = route.endpoint.config;
      const refusal = judgeSize(route.fields, limits) ?? judgeWebSocket(this.request, route.fields);
      if (refusal !== undefined) return this.refuse(refusal.of(path));
      let peer: AbortController | undefined;
      const abandoned = (): AbortSignal => (peer = new AbortController()).signal;
      const outcome = this.#services.router.admit(this.request, { abandoned, route });
      return outcome instanceof Promise ? this.#wait(outcome, peer!) : this.#answer(outcome, this.#head);
    } catch (error) {
      return this.fail(error);
    }
  }

  /** Refuses the request, and counts it. */
  refuse(refusal: Refusal): Refusal {
    const { reason, status, endpoint } = refusal;
    const { clock, diagnostics, router } = this.#services;
    if (reason !== "abandoned") diagnostics.refused(reason, status, endpoint, router.addressOf(this.request));
    writeRefusal(this.socket, refusal, clock);
    return refusal;
  }

  /** A fault of ours, or of whoever accepts: the peer is told if it was told nothing yet, the process lives. */
  fail(error: unknown): Refusal {
    this.#services.diagnostics.logger.error({ event: "upgrade.failed", error: asError(error) });
    // No second answer behind a first one.
    if (this.wasWritten) this.socket.destroy();
    return this.refuse(new Refusal(500, "internal"));
  }

  async #wait(pending: Promise<Outcome>, peer: AbortController): Promise<Outcome> {
    try {
      const held = new HeldSocket(this.socket, this.#head, () => peer.abort());
      const outcome = await pending;
      return this.#answer(outcome, held.release());
    } catch (error) {
      return this.fail(error);
    }
  }

  /** @param head Everything that the peer has sent behind its request. */
  #answer(outcome: Outcome, head: Buffer): Outcome {
    const { clock, router } = this.#services;
    const { socket } = this;
    if (outcome instanceof Refusal) {
      // The router has counted it.
      if (outcome.reason === "abandoned") socket.destroy();
      else writeRefusal(socket, outcome, clock);
      return outcome;
    }
    const { path } = outcome.endpoint.config;
    if (socket.destroyed || !socket.readable || !socket.writable) {
      outcome.abandon();
      return this.#leave(path);
    }
    if (router.draining) {
      outcome.abandon();
      return this.refuse(draining(path));
    }
    this.#handOver(outcome, head);
    return outcome;
  }

  /** The peer is gone. */
  #leave(endpoint: string | undefined): Refusal {
    this.#services.diagnostics.abandoned(endpoint);
    this.socket.destroy();
    return new Refusal(499, "abandoned", { endpoint });
  }

  #handOver(admission: Admission, head: Buffer): void {
    try {
      this.#services.accept(this.request, this.socket, head, admission);
    } catch (error) {
      admission.abandon();
      throw error;
    }
    // What was refused in there has no listener of its own for what may still come.
    if (this.socket.listenerCount("error") > 1) this.socket.off("error", endSocket);
  }
}

/** Closes a socket that failed: the reason is the peer's, the count is that of whatever it interrupts. */
function endSocket(this: Duplex): void {
  this.destroy();
}
