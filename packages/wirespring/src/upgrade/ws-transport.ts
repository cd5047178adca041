import { CloseCodes, CloseReason, isSendable } from "../close-reason.js";
import type { Clock, Timer } from "../clock.js";
import { illegalArgument, IllegalStateError } from "../errors.js";
import {
  Prepared,
  type SendCallback,
  type SendOptions,
  type Transport,
  type TransportSink,
} from "../session/transport.js";
import { PING, PONG } from "./ws-frame.js";
import { WebSocket } from "./ws-package.js";
import type { WebSocketInternals } from "./ws-internals.js";
import { EMPTIED } from "./ws-receiver.js";
import type { WsSocket, WsSocketOwner } from "./ws-socket.js";
import { WsWrites } from "./ws-writes.js";

/**
 * The transport over a socket of the `ws` package. Made by the acceptor, driven by its session; calls the session's sink. ws keeps the
 * protocol: parsing, pongs, the closing handshake. Here are the true close codes, holding input inside a chunk, one write per tick, and times
 * by our clock.
 */

/** RFC 6455 section 5.5. */
const MAX_CONTROL_BYTES = 125;

/** What ws's parser refuses bytes with, where it is not a protocol error (1002). ws reports 1006 in all cases. */
const CLOSE_CODES: Readonly<Record<string, number>> = {
  [EMPTIED]: CloseCodes.UNEXPECTED_CONDITION,
  WS_ERR_INVALID_UTF8: CloseCodes.NOT_CONSISTENT,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: CloseCodes.VIOLATED_POLICY,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: CloseCodes.TOO_BIG,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: CloseCodes.TOO_BIG,
  Z_BUF_ERROR: CloseCodes.NOT_CONSISTENT,
  Z_DATA_ERROR: CloseCodes.NOT_CONSISTENT,
};

/** So many bytes are read, and thrown away, after the closing handshake has begun: what an honest peer had sent by then. */
const MOST_AFTER_CLOSE = 4_194_304;

/** The same for a peer that has broken the protocol or a policy: its answer to our close frame is in there, if it gives one. */
const MOST_OF_HOSTILE = 131_072;

/** Of those, so many at once: as many as Node reads with one call. */
const AT_ONCE = 65_536;

/** Milliseconds that the rest is not read: what is thrown away takes memory until it is collected. */
const LINGER = 1_000;

const OWNER = Symbol("wirespring.ws.owner");

interface Owned {
  [OWNER]?: WsTransport;
}

export interface WsTransportOptions {
  readonly clock: Clock;
  /** Milliseconds that the peer has to answer our close frame, and its socket to end after the closing handshake. */
  readonly closeTimeout: number;
  /** See `Limits`. Default 0: any. */
  readonly maxInflation?: number;
}

export class WsTransport implements Transport, WsSocketOwner {
  /** @internal */
  sink: TransportSink | undefined;
  readonly #ws: WsSocket;
  readonly #internals: WebSocketInternals;
  readonly #options: WsTransportOptions;
  readonly #writes: WsWrites;
  /** `close` or `terminate` was called. */
  #closing = false;
  /** Our close frame was written before the peer's arrived. */
  #closeSent = false;
  #closeTimer: Timer | undefined;
  /** It was closed for what it has sent. */
  #isHostile = false;
  /** What it goes on to send is not read for a while. */
  #lingers = false;
  /** What `closed` was called with, or will be as soon as there is a sink. Set once. */
  #end: { readonly reason: CloseReason; readonly clean: boolean; readonly error: Error | undefined } | undefined;

  constructor(ws: WsSocket, options: WsTransportOptions) {
    this.#ws = ws;
    this.#internals = ws as unknown as WebSocketInternals;
    this.#options = options;
    const { _receiver, _socket } = this.#internals;
    this.#writes = new WsWrites(ws, this.#internals);
    ws.transport = this;
    ws.frames.clock = options.clock;
    ws.frames.maxInflation = options.maxInflation ?? 0;
    ws.frames.heardAt = options.clock.now();
    (_receiver as Owned)[OWNER] = this;
    (_socket as Owned)[OWNER] = this;
    _receiver.on("conclude", concluded);
    _receiver.on("finish", finished);
    _socket.on("error", socketFailed);
  }

  get bufferedAmount(): number {
    return this.#internals._socket.destroyed ? 0 : this.#ws.bufferedAmount + this.#writes.gathered;
  }

  get bytesRead(): number {
    return this.#internals._socket.bytesRead;
  }

  get heardAt(): number {
    return this.#ws.frames.heardAt;
  }

  get bytesWritten(): number {
    const { _handle: handle, bytesWritten } = this.#internals._socket;
    // Of what one write has, Node knows only whether all of it has left; libuv knows how much, also of what TLS has made of it.
    const wire = handle?._parent ?? handle;
    if (typeof wire?.bytesWritten !== "number" || typeof wire.writeQueueSize !== "number")
      return bytesWritten - this.bufferedAmount;
    return wire.bytesWritten - wire.writeQueueSize;
  }

  listen(sink: TransportSink): void {
    this.sink = sink;
    this.#ws.frames.sink = sink;
    if (this.#end !== undefined) process.nextTick(tellEnd, this);
    this.#open();
  }

  send(message: string | Uint8Array | Prepared, options?: SendOptions, done?: SendCallback): void {
    if (!this.#refuses(done)) this.#writes.send(message, options, done);
  }

  flush(): void {
    this.#writes.flush();
  }

  /** @internal Something else is to be written. */
  pour(): void {
    this.#writes.pour();
  }

  ping(data?: Uint8Array, done?: SendCallback): void {
    if (!this.#refusesControl("ping", data, done)) this.#writes.control(PING, data, done);
  }

  pong(data?: Uint8Array, done?: SendCallback): void {
    if (!this.#refusesControl("pong", data, done)) this.#writes.control(PONG, data, done);
  }

  pause(): void {
    // The end of the connection must be read.
    if (this.#closing || this.#end !== undefined) return;
    this.#ws.frames.hold();
    this.#ws.pause();
  }

  resume(): void {
    // Without a sink there is nobody to give anything to.
    if (this.sink !== undefined) this.#open();
  }

  close(reason: CloseReason): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#closeSent = this.#isOpen();
    const { code, reasonPhrase } = reason;
    this.#isHostile = code === CloseCodes.VIOLATED_POLICY;
    try {
      if (code === CloseCodes.NO_STATUS_CODE) this.#ws.close();
      else this.#ws.close(isSendable(code) ? code : CloseCodes.NORMAL_CLOSURE, reasonPhrase);
    } catch {
      // A phrase that no `CloseReason` would have: better no close frame than a connection that stays.
      this.terminate();
      return;
    }
    this.#writes.flush();
    this.#ws.frames.windDown(() => this.terminate());
    this.#armCloseTimer();
    this.resume();
  }

  terminate(): void {
    this.#closing = true;
    this.#ws.frames.discard();
    this.#ws.terminate();
  }

  /** @internal ws has refused the peer's bytes, and has sent its close frame. */
  refused(error: Error): void {
    const { code = "" } = error as NodeJS.ErrnoException;
    const closeCode = CLOSE_CODES[code] ?? CloseCodes.PROTOCOL_ERROR;
    this.#isHostile = closeCode !== CloseCodes.TOO_BIG && closeCode !== CloseCodes.UNEXPECTED_CONDITION;
    this.#over(new CloseReason(closeCode), false, error);
    this.#armCloseTimer();
  }

  /** @internal The peer's close frame has been read; ws has answered it, if it could. */
  concluded(code: number, reason: Buffer): void {
    const { destroyed, writableEnded, writableFinished } = this.#internals._socket;
    // A socket that has ended without our close frame cannot carry the answer. One with it may have ended in order while the peer's waited here.
    const clean = this.#closeSent ? !destroyed || writableFinished : !destroyed && !writableEnded;
    this.#over(new CloseReason(code, reason.toString()), clean);
    this.#armCloseTimer();
  }

  /** @internal Nothing more comes from the peer, and everything that came has been given. */
  finished(): void {
    this.#over(new CloseReason(CloseCodes.CLOSED_ABNORMALLY), false, this.#writes.socketError);
    this.#armCloseTimer();
  }

  /** @internal Kept until what arrived before has been given. */
  socketFailed(error: Error): void {
    this.#writes.socketError ??= error;
  }

  /** @internal The socket is closed and its input given. */
  gone(): void {
    this.#closeTimer?.cancel();
    this.#over(new CloseReason(CloseCodes.CLOSED_ABNORMALLY), false, this.#writes.socketError);
  }

  /** @internal */
  tellEnd(): void {
    const { reason, clean, error } = this.#end!;
    if (error !== undefined) this.sink!.failed(error);
    this.sink!.closed(reason, clean);
  }

  #over(reason: CloseReason, clean: boolean, error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = { reason, clean, error };
    if (this.sink !== undefined) this.tellEnd();
  }

  #open(): void {
    this.#ws.frames.release();
    if (!this.#lingers) this.#ws.resume();
  }

  /** A dead peer must not keep its socket, whoever began the closing (F09, T55). */
  #armCloseTimer(): void {
    if (this.#closeTimer !== undefined || this.#internals._socket.destroyed) return;
    const { clock, closeTimeout } = this.#options;
    this.#closeTimer = clock.setTimer(() => this.terminate(), closeTimeout);
    this.#boundRest();
  }

  /** Whoever goes on at full speed after the end is not heard out: what is thrown away costs memory, too, until it is collected. */
  #boundRest(): void {
    const { _socket: socket } = this.#internals;
    const { bytesRead: before } = socket;
    const most = before + (this.#isHostile ? MOST_OF_HOSTILE : MOST_AFTER_CLOSE);
    let lingering = this.#isHostile;
    socket.on("data", () => {
      if (socket.bytesRead > most) this.terminate();
      else if (lingering && socket.bytesRead - before >= AT_ONCE) {
        lingering = false;
        this.#lingers = true;
        // By ws, too: it would go on by itself when its parser has room.
        this.#ws.pause();
        socket.pause();
        const timer = this.#options.clock.setTimer(() => this.#hearRest(), LINGER);
        socket.once("close", () => timer.cancel());
      }
    });
  }

  #hearRest(): void {
    this.#lingers = false;
    this.#ws.resume();
    // A parser that has refused something takes nothing any more, and ws would wait for it.
    this.#internals._socket.resume();
  }

  #isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN && !this.#internals._socket.destroyed;
  }

  #refuses(done: SendCallback | undefined): boolean {
    if (this.#isOpen()) return false;
    if (done !== undefined)
      process.nextTick(done, new IllegalStateError("the connection is closing or closed", "WS_SESSION_CLOSED"));
    return true;
  }

  #refusesControl(kind: string, data: Uint8Array | undefined, done: SendCallback | undefined): boolean {
    if (data === undefined || data.length <= MAX_CONTROL_BYTES) return this.#refuses(done);
    if (done !== undefined) {
      const message = `a ${kind} carries at most ${MAX_CONTROL_BYTES} bytes, found ${data.length}`;
      process.nextTick(done, illegalArgument(message, RangeError));
    }
    return true;
  }
}

function concluded(this: Owned, code: number, reason: Buffer): void {
  this[OWNER]?.concluded(code, reason);
}

function finished(this: Owned): void {
  this[OWNER]?.finished();
}

function socketFailed(this: Owned, error: Error): void {
  this[OWNER]?.socketFailed(error);
}

function tellEnd(transport: WsTransport): void {
  transport.tellEnd();
}
