import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/**
 * A proxy between peers and a server that can become a hole: then it takes what either side sends, hands nothing on, and does not tell the one that
 * the other has gone, like a network whose cable was pulled. Used by cases about peers that vanish.
 */
export class Hole {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #upstream: Promise<unknown>[] = [];
  #swallows = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens, and hands everything on to this port. */
  static async to(port: number): Promise<Hole> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const hole = new Hole(server);
    server.on("connection", (peer) => hole.#join(peer, connect({ port, host: "127.0.0.1", allowHalfOpen: true })));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return hole;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on nothing gets through. */
  swallow(): void {
    this.#swallows = true;
  }

  /** Resolves when the server has given up each connection that came through here so far. */
  async givenUp(): Promise<void> {
    await Promise.all(this.#upstream);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(peer: Socket, server: Socket): void {
    this.#upstream.push(new Promise<void>((resolve) => server.once("end", resolve).once("close", () => resolve())));
    this.#pass(peer, server);
    this.#pass(server, peer);
  }

  #pass(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on("data", (chunk) => {
      if (!this.#swallows) to.write(chunk);
    });
    from.on("end", () => {
      if (!this.#swallows) to.end();
    });
    from.on("error", () => from.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      if (!this.#swallows) to.destroy();
    });
  }
}
