import {
  CloseCodes,
  CloseReason,
  isSendable,
  Prepared,
  systemClock,
  Utf8Check,
  type Clock,
  type SendCallback,
  type SendOptions,
  type Timer,
  type Transport,
  type TransportSink,
} from "wirespring/spi";
import { closePayload, judgeClose, Opcode, readClose, type PeerFrame, type ReceivedFrame } from "./peer-frame.js";

/**
 * A transport without a wire: the frames of a memory client come in, frames go out to it. Made by `memoryPair`, opened by
 * `admission.open`. Keeps the whole contract of `Transport`, so that what holds here holds on a socket.
 */

/** Says how a memory transport times its end. */
export interface MemoryOptions {
  /** Times the closing handshake. Default: the system's. */
  readonly clock?: Clock;
  /** Milliseconds for the peer's answer to our close frame. Default 5 000. */
  readonly closeTimeout?: number;
}

/** The other end, as the transport sees it. */
export interface MemoryPeer {
  /** While true nothing is taken: `bufferedAmount` grows. */
  readonly stalled: boolean;
  /** Takes what leaves in one write. */
  take(frames: readonly ReceivedFrame[]): void;
  /** The connection is over on the transport's side. */
  severed(): void;
}

interface Outgoing {
  readonly frame: ReceivedFrame;
  readonly done: SendCallback | undefined;
}

/** What is known of the message whose first frame has arrived. */
interface Incoming {
  readonly binary: boolean;
  readonly parts: boolean;
  readonly maxBytes: number;
  readonly frames: Buffer[];
  bytes: number;
}

const MAX_CONTROL_BYTES = 125;

/** What a frame has at least, so that an empty one is seen to arrive, too. */
const HEADER_BYTES = 2;

/** Carries messages between a session and a `MemoryClient`, with the limits, order and close codes of a socket. */
export class MemoryTransport implements Transport {
  readonly #peer: MemoryPeer;
  readonly #clock: Clock;
  readonly #closeTimeout: number;
  #sink: TransportSink | undefined;
  #bufferedAmount = 0;
  #heardAt: number;
  #bytesRead = 0;
  #bytesWritten = 0;
  #outgoing: Outgoing[] = [];
  #flushing = false;
  /** The next part continues a message. */
  #sendsParts = false;
  #closing = false;
  #closeSent = false;
  #closeTimer: Timer | undefined;
  #incoming: PeerFrame[] = [];
  #message: Incoming | undefined;
  readonly #utf8 = new Utf8Check();
  /** Held from birth: `listen` lets go. */
  #held = true;
  #reading = false;
  /** The peer sends nothing more: it has ended, or the connection is lost. */
  #inputEnded = false;
  #outputEnded = false;
  #lostBy: Error | undefined;
  #told = false;

  constructor(peer: MemoryPeer, options: MemoryOptions = {}) {
    this.#peer = peer;
    this.#clock = options.clock ?? systemClock;
    this.#closeTimeout = options.closeTimeout ?? 5_000;
    this.#heardAt = this.#clock.now();
  }

  get bufferedAmount(): number {
    return this.#bufferedAmount;
  }

  get heardAt(): number {
    return this.#heardAt;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  listen(sink: TransportSink): void {
    this.#sink = sink;
    this.resume();
  }

  send(message: string | Uint8Array | Prepared, options?: SendOptions, done?: SendCallback): void {
    if (this.#refuses(done)) return;
    const prepared = message instanceof Prepared;
    if (prepared && message.messages !== undefined) {
      const last = message.messages.length - 1;
      for (const [index, each] of message.messages.entries())
        this.send(each, options, index === last ? done : undefined);
      return;
    }
    const binary = prepared ? message.binary : typeof message !== "string";
    const payload = Buffer.from(prepared ? message.bytes : (message as string));
    const opcode = this.#sendsParts ? Opcode.CONTINUATION : binary ? Opcode.BINARY : Opcode.TEXT;
    const fin = options?.fin ?? true;
    this.#sendsParts = !fin;
    this.#put(opcode, payload, fin, done);
  }

  ping(data?: Uint8Array, done?: SendCallback): void {
    this.#control(Opcode.PING, data, done);
  }

  pong(data?: Uint8Array, done?: SendCallback): void {
    this.#control(Opcode.PONG, data, done);
  }

  flush(): void {
    if (this.#peer.stalled || this.#outgoing.length === 0) return;
    const left = this.#outgoing;
    this.#outgoing = [];
    this.#bytesWritten += this.#bufferedAmount;
    this.#bufferedAmount = 0;
    this.#peer.take(left.map(({ frame }) => frame));
    for (const { done } of left) if (done !== undefined) process.nextTick(done);
    // RFC 6455 section 7.1.1: the server ends the connection when both close frames were sent.
    if (this.#closeSent && this.#told) this.#endOutput();
  }

  pause(): void {
    if (!this.#closing && !this.#told) this.#held = true;
  }

  resume(): void {
    if (this.#sink === undefined) return;
    this.#held = false;
    process.nextTick(() => this.#read());
  }

  close(reason: CloseReason): void {
    if (this.#closing) return;
    this.#closing = true;
    const { code, reasonPhrase } = reason;
    if (code === CloseCodes.NO_STATUS_CODE) this.#sendClose();
    else this.#sendClose(isSendable(code) ? code : CloseCodes.NORMAL_CLOSURE, reasonPhrase);
    this.flush();
    this.#armCloseTimer();
    this.resume();
  }

  terminate(): void {
    this.#closing = true;
    this.#incoming = [];
    this.#sever();
    process.nextTick(() => this.#over(new CloseReason(CloseCodes.CLOSED_ABNORMALLY), false));
  }

  /** @internal A chunk has arrived from the peer. */
  arrive(frames: readonly PeerFrame[]): void {
    if (this.#inputEnded) return;
    this.#heardAt = this.#clock.now();
    for (const frame of frames) {
      this.#incoming.push(frame);
      this.#bytesRead += HEADER_BYTES + (frame.payload?.length ?? 0);
    }
    this.#read();
  }

  /** @internal The peer sends nothing more. */
  peerEnded(): void {
    if (this.#inputEnded) return;
    this.#inputEnded = true;
    this.#read();
  }

  /** @internal The connection is lost. What has arrived stays to be given. */
  peerLost(error: Error): void {
    if (this.#inputEnded) return;
    this.#lostBy = error;
    this.#sever();
    this.#read();
  }

  /** Gives what has arrived until it is held; never while it is doing so already. */
  #read(): void {
    if (this.#reading) return;
    this.#reading = true;
    while (!this.#held && !this.#told && this.#incoming.length > 0) this.#frame(this.#incoming.shift()!);
    this.#reading = false;
    if (this.#held || !this.#inputEnded || this.#incoming.length > 0) return;
    // Not before: as long as what came before the peer's end is held, that end has not been read.
    this.flush();
    this.#endOutput();
    this.#over(new CloseReason(CloseCodes.CLOSED_ABNORMALLY), false, this.#lostBy);
  }

  #frame(frame: PeerFrame): void {
    const payload = Buffer.from(frame.payload ?? "");
    const { opcode, fin = true } = frame;
    const length = Number(frame.length ?? payload.length);
    const control = opcode >= Opcode.CLOSE;
    if ((frame.rsv ?? 0) !== 0) return this.#refuse(1002, "reserved bits must be clear");
    if (!(Object.values(Opcode) as number[]).includes(opcode)) return this.#refuse(1002, `invalid opcode ${opcode}`);
    if (control && (!fin || length > MAX_CONTROL_BYTES)) return this.#refuse(1002, "invalid control frame");
    // What its header says already is refused at once, as a socket does.
    if (opcode === Opcode.CLOSE && length === 1) return this.#refuse(1002, "invalid close frame");
    if (control && length > payload.length) this.#incoming = [];
    else if (control) this.#controlFrame(opcode, payload);
    else this.#dataFrame(opcode, payload, fin, length);
  }

  #controlFrame(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.PONG) return this.#sink!.pong(payload);
    if (opcode === Opcode.PING) {
      if (this.#isOpen()) this.#put(Opcode.PONG, payload, true, undefined);
      return this.#sink!.ping(payload);
    }
    const refusal = judgeClose(payload);
    if (refusal !== undefined) return this.#refuse(refusal, "invalid close frame");
    const { code, reason } = readClose(payload);
    if (!this.#closeSent) this.#sendClose(payload.length === 0 ? undefined : code, reason);
    this.#over(new CloseReason(code, reason), this.#closeSent);
  }

  #dataFrame(opcode: number, payload: Buffer, fin: boolean, length: number): void {
    if ((opcode === Opcode.CONTINUATION) !== (this.#message !== undefined))
      return this.#refuse(1002, `invalid opcode ${opcode}`);
    const message = (this.#message ??= this.#begin(opcode === Opcode.BINARY, fin && length <= payload.length));
    const before = message.parts ? 0 : message.bytes;
    if (before + length > message.maxBytes) return this.#refuse(1009, "the message is too big");
    if (length > payload.length) {
      // The rest never comes, and so nothing behind it.
      this.#incoming = [];
      return;
    }
    message.bytes += length;
    if (fin) this.#message = undefined;
    if (!message.binary && !this.#utf8.accept(payload, fin)) return this.#refuse(1007, "invalid UTF-8 sequence");
    if (message.parts) return this.#sink!.part(payload, message.binary, fin);
    message.frames.push(payload);
    if (!fin) return;
    const whole = message.frames.length === 1 ? payload : Buffer.concat(message.frames);
    this.#sink!.message(whole, message.binary);
  }

  #begin(binary: boolean, complete: boolean): Incoming {
    const { parts, maxBytes } = this.#sink!.begin(binary, complete);
    return { binary, parts, maxBytes, frames: [], bytes: 0 };
  }

  /** The peer has broken the protocol. */
  #refuse(code: number, why: string): void {
    this.#sendClose(code);
    this.#over(new CloseReason(code), false, new Error(`invalid frame from the peer: ${why}`));
  }

  #over(reason: CloseReason, clean: boolean, error?: Error): void {
    if (this.#told) return;
    this.#told = true;
    if (error !== undefined) this.#sink?.failed(error);
    this.#sink?.closed(reason, clean);
    if (this.#outputEnded) return;
    this.#armCloseTimer();
    process.nextTick(() => {
      this.flush();
      if (this.#closeSent && this.#outgoing.length === 0) this.#endOutput();
    });
  }

  #sendClose(code?: number, reason?: string): void {
    if (this.#closeSent || this.#outputEnded) return;
    this.#put(Opcode.CLOSE, closePayload(code, reason), true, undefined);
    this.#closeSent = true;
  }

  #put(opcode: number, payload: Buffer, fin: boolean, done: SendCallback | undefined): void {
    this.#outgoing.push({ frame: { opcode, fin, rsv: 0, masked: false, payload }, done });
    this.#bufferedAmount += payload.length;
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(() => {
      this.#flushing = false;
      this.flush();
    });
  }

  #control(opcode: number, data: Uint8Array | undefined, done: SendCallback | undefined): void {
    if (data !== undefined && data.length > MAX_CONTROL_BYTES) {
      const error = new RangeError(`a control frame carries at most ${MAX_CONTROL_BYTES} bytes, found ${data.length}`);
      if (done !== undefined) process.nextTick(done, error);
    } else if (!this.#refuses(done)) {
      this.#put(opcode, Buffer.from(data ?? []), true, done);
    }
  }

  #isOpen(): boolean {
    return !this.#closing && !this.#closeSent && !this.#outputEnded;
  }

  #refuses(done: SendCallback | undefined): boolean {
    if (this.#isOpen()) return false;
    if (done !== undefined) process.nextTick(done, new Error("the connection is closing or closed"));
    return true;
  }

  #armCloseTimer(): void {
    if (this.#outputEnded) return;
    this.#closeTimer ??= this.#clock.setTimer(() => this.terminate(), this.#closeTimeout);
  }

  #sever(): void {
    this.#inputEnded = true;
    this.#endOutput();
  }

  #endOutput(): void {
    if (this.#outputEnded) return;
    this.#outputEnded = true;
    this.#closeTimer?.cancel();
    this.#bufferedAmount = 0;
    for (const { done } of this.#outgoing.splice(0))
      if (done !== undefined) process.nextTick(done, new Error("the connection has ended"));
    this.#peer.severed();
  }
}
