// Before tsyringe, which needs the metadata that this loads.
import {
  EndpointExporter,
  type Class,
  type EndpointExporterOptions,
  type LogRecord,
  type ServerContainer,
} from "wirespring";
import { memoryPair, upgradeRequest } from "@wirespring/testing";
import { container } from "tsyringe";
import { WebSocket } from "ws";
import { Refusal } from "wirespring/spi";
import { serve } from "../integration/served.js";
import type { Carrier } from "./case-list.js";
import { MemoryPeer, SocketPeer, type Peer } from "./peer.js";
import { connectTo, memoryServer, socketServer, type Connected, type Connecting } from "./plain-server.js";

/**
 * Where a case plays: starts applications, connects plain clients to them over whatever carries the case, and ends everything afterwards. Called
 * by the cases, made by the suite.
 */

/** How a client introduces itself. */
export interface Introduction {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** An application that is in service. */
export interface Application {
  readonly sockets: ServerContainer;
  readonly log: readonly LogRecord[];
  /** Where it listens, for cases that look at bytes; undefined in memory. */
  readonly port: number | undefined;
  /** The same as the beginning of a URI. */
  readonly url: string | undefined;
  /** Connects a client. Fails when the handshake is refused. */
  open(target: string, introduction?: Introduction): Promise<Peer>;
  /** The status with which a handshake is refused. Fails when it is not. */
  refusal(target: string, introduction?: Introduction): Promise<number>;
}

const PATIENCE = 5_000;

/** One case's stage. */
export class Stage implements AsyncDisposable {
  readonly #carrier: Carrier;
  readonly #ends: (() => void | Promise<void>)[] = [];

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
  }

  /** Puts an application into service. */
  async start(endpoints: readonly Class[], options: EndpointExporterOptions = {}): Promise<Application> {
    return this.#carrier === "ws" ? this.#startOnSocket(endpoints, options) : this.#startInMemory(endpoints, options);
  }

  /** Puts an application into service and connects a client to it. */
  async open(endpoints: readonly Class[], target: string, introduction?: Introduction): Promise<Peer> {
    return (await this.start(endpoints)).open(target, introduction);
  }

  /** Connects a client endpoint of ours to a server that the case plays. Rejects as `connectToServer` does. */
  async connect(endpoint: object, connecting: Connecting = {}): Promise<Connected> {
    const server = this.#carrier === "ws" ? await socketServer(connecting) : memoryServer(connecting, PATIENCE);
    this.atEnd(async () => server[Symbol.asyncDispose]());
    const connected = await connectTo(server, endpoint, connecting);
    this.atEnd(() => connected.sockets.close());
    return connected;
  }

  /** What a client endpoint of ours is told when the server refuses the handshake with a status. */
  async refuse(endpoint: object, status: number, connecting: Connecting = {}): Promise<unknown> {
    return this.connect(endpoint, { ...connecting, status }).then(
      () => {
        throw new Error("the handshake was not refused");
      },
      (error: unknown) => error,
    );
  }

  /** Calls something when the case has ended. */
  atEnd(end: () => void | Promise<void>): void {
    this.#ends.push(end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }

  async #startOnSocket(endpoints: readonly Class[], options: EndpointExporterOptions): Promise<Application> {
    const served = await serve(endpoints, options);
    const { port, sockets, log } = served;
    this.atEnd(async () => served[Symbol.asyncDispose]());
    return {
      sockets,
      log,
      port,
      url: `ws://127.0.0.1:${port}`,
      open: async (target, introduction) => {
        const peer = new SocketPeer(plainClient(port, target, introduction));
        this.atEnd(() => peer.drop());
        await peer.opened;
        return peer;
      },
      refusal: async (target, introduction) => {
        const peer = new SocketPeer(plainClient(port, target, introduction));
        this.atEnd(() => peer.drop());
        return peer.refused;
      },
    };
  }

  async #startInMemory(endpoints: readonly Class[], options: EndpointExporterOptions): Promise<Application> {
    const log: LogRecord[] = [];
    const keep = (record: LogRecord): void => void log.push(record);
    const logger = { debug: keep, info: keep, warn: keep, error: keep };
    const dependencies = options.container ?? container.createChildContainer();
    const sockets = await new EndpointExporter({ logger, ...options, endpoints, container: dependencies }).export();
    this.atEnd(() => sockets.close());
    const admit = (target: string, introduction: Introduction = {}) =>
      sockets.router.admit(upgradeRequest({ path: target, ...introduction }));
    return {
      sockets,
      log,
      port: undefined,
      url: undefined,
      open: async (target, introduction) => {
        const admission = await admit(target, introduction);
        if (admission instanceof Refusal) throw new Error(`${target} was refused with ${admission.status}`);
        const { transport, client } = memoryPair({ patience: PATIENCE });
        admission.open(transport);
        this.atEnd(() => client.end());
        return new MemoryPeer(client);
      },
      refusal: async (target, introduction) => {
        const admission = await admit(target, introduction);
        if (!(admission instanceof Refusal)) throw new Error(`${target} was not refused`);
        return admission.status;
      },
    };
  }
}

/** The `ws` client, with nothing of ours. */
function plainClient(port: number, target: string, { headers = {} }: Introduction = {}): WebSocket {
  const { "Sec-WebSocket-Protocol": offered = [], ...rest } = headers;
  const protocols = [offered].flat().flatMap((line) => line.split(/,\s*/));
  const sent = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, [value].flat()]));
  return new WebSocket(`ws://127.0.0.1:${port}${target}`, protocols, {
    headers: sent as unknown as Record<string, string>,
    handshakeTimeout: PATIENCE,
    perMessageDeflate: false,
  });
}
