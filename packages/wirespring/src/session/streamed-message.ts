import { Readable } from "node:stream";
import { setImmediate } from "node:timers";
import { CloseCodes, CloseReason } from "../close-reason.js";
import { TextReader } from "../text-reader.js";
import { IncomingMessage, type IncomingHome, type NextLook } from "./incoming-message.js";

/**
 * A message that its handler reads as a stream while it arrives (J-55, J-59). Fed by the dispatcher frame by frame; the call of the handler waits
 * in the mailbox as any other, the bytes do not: they go from the transport into the stream, which stops the transport when it is full.
 */

/** Bytes, or characters, that may wait for the reader before input stops; one frame always fits. */
const HIGH_WATER_MARK = 65_536;

/** What the reader tells of itself. */
interface Reading {
  /** More is wanted. */
  wants(): void;
  /** Something is being read. */
  reads(): void;
  /** Nothing is wanted any more. */
  gone(): void;
}

export class StreamedMessage extends IncomingMessage implements Reading {
  /** The handler that was there when the message began (J-76). */
  readonly handler: unknown;
  readonly stream: TextReader | Readable;
  /** What it counts for in the mailbox: its bytes wait in the stream. */
  readonly length = 0;
  /** The handler has been called. */
  #called = false;
  /** The last frame has arrived, or none will. */
  #complete = false;
  /** The handler has ended. */
  #handled = false;
  #over: (() => void) | undefined;
  /** The handler has ended and left a listener for what comes. */
  #isLeft = false;
  #reads = 0;

  constructor(home: IncomingHome, handler: unknown, binary: boolean) {
    super(home);
    this.handler = handler;
    this.stream = binary ? new ReceivedBytes(this) : new ReceivedText(this);
    // Whoever reads is told; without this, a stream that fails unread would end the process.
    this.stream.on("error", ignore);
  }

  /** Bytes, or characters, that nobody has read; known to the mailbox when all have come, and input goes on with the next message. */
  get held(): number {
    return this.#complete ? this.stream.readableLength : 0;
  }

  override take(data: Buffer, last: boolean): void {
    if (this.#complete) return;
    if (this.isTooBig(data)) {
      this.#refuse(new CloseReason(CloseCodes.TOO_BIG, "the message is too big"));
      return;
    }
    const { stream } = this;
    if (data.length > 0 && stream.readableLength === 0) this.since = this.now;
    if (stream.destroyed) {
      // The rest is nobody's.
    } else {
      if (data.length > 0 && !stream.push(data)) this.home.holdStream(true);
      if (last) stream.push(null);
    }
    if (!last || stream.readableLength > 0) this.watch();
    if (last) this.#completed();
    if (this.#isLeft) this.#looseLater();
  }

  /** Ends the session, and the stream, too: whoever reads it must learn of it, also when all of the message has arrived. */
  #refuse(reason: CloseReason): void {
    this.abort(this.home.refuse(reason));
  }

  /**
   * Waits, after the handler was called, for the later of its end and the message's. Undefined when both have come.
   *
   * @param handling What the handler is still at; never rejects.
   */
  until(handling: void | Promise<void>): void | Promise<void> {
    if (handling === undefined) this.#handlerEnded();
    else void handling.then(() => this.#handlerEnded());
    if (this.#complete && this.#handled) return;
    return new Promise((resolve) => {
      this.#over = resolve;
    });
  }

  /** Called right before the handler. */
  called(): void {
    this.#called = true;
    this.since = this.now;
  }

  override abort(error: Error): void {
    this.stream.destroy(error);
    this.#completed();
  }

  /** The message was thrown away before its handler was called. */
  discard(): void {
    this.stream.destroy();
  }

  wants(): void {
    if (!this.#complete) this.home.holdStream(false);
  }

  reads(): void {
    this.#reads++;
    this.since = this.now;
  }

  gone(): void {
    if (!this.#complete) this.home.holdStream(false);
  }

  #completed(): void {
    if (this.#complete) return;
    this.#complete = true;
    this.home.holdStream(false);
    this.#checkOver();
  }

  /** A handler may have started to read without waiting for the end, as `pipe` does: that goes on. */
  #handlerEnded(): void {
    const { stream } = this;
    const isAsked = stream.listenerCount("readable") > 0;
    const ended = (): void => {
      this.#handled = true;
      stream.destroy();
      this.#checkOver();
    };
    if (stream.destroyed || (stream.readableFlowing === null && !isAsked)) return ended();
    stream.once("close", ended);
    if (!isAsked) return;
    this.#isLeft = true;
    this.#looseLater();
  }

  /** An iterator that was left in the middle still listens, but never reads again: what nobody takes in a turn of its own is thrown away. */
  #looseLater(): void {
    const { stream } = this;
    const before = this.#reads;
    setImmediate(() => {
      if (stream.readableLength > 0 && this.#reads === before) stream.destroy();
    });
  }

  #checkOver(): void {
    if (!this.#complete || !this.#handled) return;
    this.unwatch();
    this.#over?.();
  }

  protected override look(): NextLook {
    const { home, stream } = this;
    const { streamByteTimeout, streamReadTimeout } = home.limits;
    const waits = stream.readableLength > 0 && !stream.destroyed;
    if (!waits && this.#complete) return undefined;
    // A reader that was not called yet cannot read; a peer whose input is held cannot send.
    if (waits ? !this.#called : home.isHeld || this.hasMoved()) this.since = this.now;
    const left = this.left(waits ? streamReadTimeout : streamByteTimeout);
    if (left > 0) return left;
    this.#refuse(
      waits
        ? new CloseReason(CloseCodes.UNEXPECTED_CONDITION, "the message was not read in time")
        : new CloseReason(CloseCodes.VIOLATED_POLICY, "the message did not go on"),
    );
    return undefined;
  }
}

class ReceivedText extends TextReader {
  readonly #reading: Reading;

  constructor(reading: Reading) {
    super({ highWaterMark: HIGH_WATER_MARK, read: () => reading.wants() });
    this.#reading = reading;
  }

  override read(size?: number): unknown {
    this.#reading.reads();
    return super.read(size);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#reading.gone();
    callback(error);
  }
}

class ReceivedBytes extends Readable {
  readonly #reading: Reading;

  constructor(reading: Reading) {
    super({ highWaterMark: HIGH_WATER_MARK });
    this.#reading = reading;
  }

  override _read(): void {
    this.#reading.wants();
  }

  override read(size?: number): unknown {
    this.#reading.reads();
    return super.read(size);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#reading.gone();
    callback(error);
  }
}

function ignore(): void {}
