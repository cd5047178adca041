// Before tsyringe, which needs the metadata that this loads.
import {
  EndpointExporter,
  type Class,
  type EndpointExporterOptions,
  type LogRecord,
  type ServerContainer,
} from "wirespring";
import { memoryPair, upgradeRequest, type MemoryClient, type ReceivedClose } from "@wirespring/testing";
import { container } from "tsyringe";
import { WebSocket } from "ws";
import { Refusal } from "wirespring/spi";
import { serve } from "../integration/served.js";
import type { Carrier } from "./case-list.js";

/**
 * Where a case plays: starts applications, connects plain clients to them over whatever carries the case, and ends everything afterwards. Called
 * by the cases, made by the suite.
 */

/** How a client introduces itself. */
export interface Introduction {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** A plain client, as the TCK's: sends messages and frames, keeps what it receives. */
export interface Peer {
  send(message: string | Uint8Array): void;
  /** Sends a part of a message, in a frame of its own. */
  sendPart(part: string | Uint8Array, last: boolean): void;
  ping(data?: string): void;
  pong(data?: string): void;
  close(code?: number, reason?: string): void;
  /** Ends the connection without a close frame. */
  drop(): void;
  /** The next message. Rejects when the connection ends first. */
  next(): Promise<string | Buffer>;
  /** What the connection ended with; 1006 without a close frame. */
  readonly closed: Promise<ReceivedClose>;
}

/** An application that is in service. */
export interface Application {
  readonly sockets: ServerContainer;
  readonly log: readonly LogRecord[];
  /** Where it listens, for cases that look at bytes; undefined in memory. */
  readonly port: number | undefined;
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
      open: async (target, introduction) => {
        const peer = new SocketPeer(`ws://127.0.0.1:${port}${target}`, introduction);
        this.atEnd(() => peer.drop());
        await peer.opened;
        return peer;
      },
      refusal: async (target, introduction) => {
        const peer = new SocketPeer(`ws://127.0.0.1:${port}${target}`, introduction);
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

class MemoryPeer implements Peer {
  readonly #client: MemoryClient;
  readonly closed: Promise<ReceivedClose>;

  constructor(client: MemoryClient) {
    this.#client = client;
    this.closed = client.closed;
  }

  send(message: string | Uint8Array): void {
    this.#client.send(message);
  }

  sendPart(part: string | Uint8Array, last: boolean): void {
    this.#client.sendPart(part, last);
  }

  ping(data?: string): void {
    this.#client.ping(data);
  }

  pong(data?: string): void {
    this.#client.pong(data);
  }

  close(code?: number, reason?: string): void {
    this.#client.close(code, reason);
  }

  drop(): void {
    this.#client.drop();
  }

  next(): Promise<string | Buffer> {
    return this.#client.next();
  }
}

class SocketPeer implements Peer {
  readonly #socket: WebSocket;
  readonly #received: (string | Buffer)[] = [];
  readonly #waiting: { readonly resolve: (message: string | Buffer) => void; readonly reject: (e: Error) => void }[] =
    [];
  readonly opened: Promise<void>;
  readonly refused: Promise<number>;
  readonly closed: Promise<ReceivedClose>;
  #ended: string | undefined;

  constructor(url: string, { headers = {} }: Introduction = {}) {
    const { "Sec-WebSocket-Protocol": offered = [], ...rest } = headers;
    const protocols = [offered].flat().flatMap((line) => line.split(/,\s*/));
    const sent = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, [value].flat()]));
    const socket = new WebSocket(url, protocols, {
      headers: sent as unknown as Record<string, string>,
      handshakeTimeout: PATIENCE,
      perMessageDeflate: false,
    });
    this.#socket = socket;
    this.opened = new Promise((resolve, reject) => {
      socket.once("open", () => resolve());
      socket.on("error", reject);
    });
    this.refused = new Promise((resolve, reject) => {
      socket.once("unexpected-response", (_request, response) => {
        resolve(response.statusCode!);
        socket.terminate();
      });
      socket.once("open", () => reject(new Error(`${url} was not refused`)));
    });
    this.closed = new Promise((resolve) =>
      socket.once("close", (code, reason) => resolve({ code, reason: String(reason) })),
    );
    // Whoever waits for them is told; nobody has to.
    for (const promise of [this.opened, this.refused]) promise.catch(() => {});
    socket.on("message", (data: Buffer, binary) => this.#take(binary ? data : data.toString()));
    socket.on("close", (code) => this.#over(`the connection is closed (${code})`));
  }

  send(message: string | Uint8Array): void {
    this.#socket.send(message);
  }

  sendPart(part: string | Uint8Array, last: boolean): void {
    this.#socket.send(part, { fin: last });
  }

  ping(data?: string): void {
    this.#socket.ping(data);
  }

  pong(data?: string): void {
    this.#socket.pong(data);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  next(): Promise<string | Buffer> {
    const first = this.#received.shift();
    if (first !== undefined) return Promise.resolve(first);
    if (this.#ended !== undefined) return Promise.reject(new Error(`waited for a message: ${this.#ended}`));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  drop(): void {
    this.#socket.terminate();
  }

  #take(message: string | Buffer): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#received.push(message);
    else waiting.resolve(message);
  }

  #over(why: string): void {
    this.#ended = why;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(`waited for a message: ${why}`));
  }
}
