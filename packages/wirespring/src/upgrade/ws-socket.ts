import type { Socket } from "node:net";
import { asError } from "../errors.js";
import type { TransportSink } from "../session/transport.js";
import type { WebSocketInternals } from "./ws-internals.js";
import { WebSocket } from "./ws-package.js";
import { FrameGate } from "./ws-receiver.js";

/**
 * ws's own class of a connection, as the acceptor has ws make it. Hands what ws reports to the transport that has taken it.
 */

/** The transport, as its socket sees it. */
export interface WsSocketOwner {
  readonly sink: TransportSink | undefined;
  /** ws has refused the peer's bytes, and has sent its close frame. */
  refused(error: Error): void;
  /** The socket is closed and its input given. */
  gone(): void;
  /** Something else is to be written: what waits for the end of the tick goes before it. */
  pour(): void;
}

/** ws's class with our parser, and its events taken directly: no listener, and so no `error` event without one (T35). */
export class WsSocket extends WebSocket {
  transport: WsSocketOwner | undefined;
  /** Set when ws gives the socket, before anything of it is read. */
  frames!: FrameGate;

  setSocket(socket: Socket, head: Buffer, options: object): void {
    const internals = this as unknown as WebSocketInternals;
    (WebSocket.prototype as unknown as WebSocketInternals).setSocket.call(this, socket, head, options);
    this.frames = new FrameGate(internals._receiver, internals._isServer);
    this.pause();
  }

  // ws answers pings and close frames itself.
  override pong(...rest: unknown[]): void {
    this.transport?.pour();
    super.pong(...(rest as []));
  }

  override ping(...rest: unknown[]): void {
    this.transport?.pour();
    super.ping(...(rest as []));
  }

  override close(code?: number, reason?: string | Buffer): void {
    this.transport?.pour();
    super.close(code, reason);
  }

  override emit(event: string | symbol, first?: unknown, second?: unknown): boolean {
    const { transport } = this;
    if (transport === undefined) return super.emit(event as "open", first as never, second as never);
    const { sink } = transport;
    if (event === "message") sink?.message(first as Buffer, second as boolean);
    else if (event === "ping") sink?.ping(first as Buffer);
    else if (event === "pong") sink?.pong(first as Buffer);
    else if (event === "error") transport.refused(asError(first));
    else if (event === "close") transport.gone();
    return true;
  }
}
