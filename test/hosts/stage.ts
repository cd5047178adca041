import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { container } from "tsyringe";
import { WebSocket } from "ws";
import { localhostCertificate } from "../integration/localhost-certificate.js";
import type { Host, RunningHost } from "./host.js";
import { Work } from "./work.js";

/** An HTTP answer. */
export interface Answer {
  readonly status: number | undefined;
  readonly body: string;
  /** What a browser would send back. */
  readonly cookies: string;
}

/** A socket that is open, with what has arrived from the first byte on. */
export interface OpenSocket {
  readonly socket: WebSocket;
  /** The next message, as text. */
  readonly next: () => Promise<string>;
  /** Resolves with code and reason when the connection has ended. */
  readonly closed: Promise<string>;
}

/** One host in service, for one case; speaks HTTP and WebSocket to it. */
export class Stage {
  readonly host: RunningHost;
  readonly work: Work;
  readonly #secure: boolean;
  /** Also when nobody listens there any more. */
  readonly #port: number;
  readonly #sockets: WebSocket[] = [];
  #ended: Promise<unknown> | undefined;

  private constructor(host: RunningHost, work: Work, secure: boolean) {
    this.host = host;
    this.work = work;
    this.#secure = secure;
    this.#port = (host.server.address() as AddressInfo).port;
  }

  static async start(host: Host): Promise<Stage> {
    const work = new Work();
    // One of its own for each case, as it is for each program.
    const own = container.createChildContainer().registerInstance(Work, work);
    return new Stage(await host.start(own), work, host.secure === true);
  }

  /** Asks over HTTP, on a connection of its own. Rejects where nobody listens. */
  async ask(path: string, cookie?: string): Promise<Answer> {
    const where = { host: "127.0.0.1", port: this.#port, path, agent: false, headers: cookie ? { cookie } : {} };
    const sent = this.#secure
      ? httpsRequest({ ...where, servername: "localhost", ca: localhostCertificate.cert }).end()
      : httpRequest(where).end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    const cookies = (response.headers["set-cookie"] ?? []).map((line) => line.split(";")[0]).join("; ");
    return { status: response.statusCode, body: await text(response), cookies };
  }

  /**
   * Opens a socket, from the origin of the host itself, as its pages do. Rejects with what was answered instead: `Unexpected server response: 404`, or that
   * nobody listens.
   */
  async open(path: string, cookie?: string, protocol: string[] = []): Promise<OpenSocket> {
    const scheme = this.#secure ? "s" : "";
    const socket = new WebSocket(`ws${scheme}://127.0.0.1:${this.#port}${path}`, protocol, {
      ...(this.#secure && { ca: localhostCertificate.cert, servername: "localhost" }),
      origin: `http${scheme}://127.0.0.1:${this.#port}`,
      headers: cookie ? { cookie } : {},
    });
    this.#sockets.push(socket);
    const arrived: string[] = [];
    socket.on("message", (data) => {
      arrived.push(String(data as Buffer));
      socket.emit("arrived");
    });
    const closed = new Promise<string>((resolve) => {
      socket.once("close", (code, reason) => resolve(`${code} ${String(reason)}`.trim()));
    });
    await once(socket, "open");
    const next = async (): Promise<string> => {
      while (arrived.length === 0) await once(socket, "arrived");
      return arrived.shift()!;
    };
    return { socket, next, closed };
  }

  /** Opens a socket, says something and gives the reply. */
  async say(path: string, words: string): Promise<string> {
    const { socket, next } = await this.open(path);
    socket.send(words);
    const reply = await next();
    socket.close();
    return reply;
  }

  /** Ends the host in its own way; a second call gets the same promise. */
  close(): Promise<unknown> {
    return (this.#ended ??= this.host.close());
  }

  /** After each case: all that is open is ended, and the host with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.work.release();
    for (const socket of this.#sockets) socket.terminate();
    await this.close();
  }
}
