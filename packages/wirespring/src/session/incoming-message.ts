import type { CloseReason } from "../close-reason.js";
import type { Clock, Timer } from "../clock.js";
import { setPatientTimer } from "../patient-timer.js";

/**
 * What messages that arrive frame by frame have in common: the handler that serves them to the end, their size, and a watch over a peer or a reader
 * that stalls. Extended by `PartedMessage` and `StreamedMessage`; calls the dispatcher's side, `IncomingHome`.
 */

/** The bounds of such messages; see `Limits`. */
export interface IncomingLimits {
  readonly maxStreamSize: number;
  readonly streamByteTimeout: number;
  readonly streamReadTimeout: number;
}

/** What a message asks of its session. */
export interface IncomingHome {
  readonly clock: Clock;
  readonly limits: IncomingLimits;
  /** How much has been read from the network so far, also of a frame that is not complete; always 0 where the transport cannot tell. */
  readonly bytesRead: number;
  /** Whether input stands still for another reason than this message. */
  readonly isHeld: boolean;
  /** Whether nothing waits for a handler and none is at work. */
  readonly isIdle: boolean;
  /** Stops the frames of a stream that is full, or lets them come. */
  holdStream(held: boolean): void;
  /** The message has broken a bound: ends the session, and gives what whoever reads the message is told. */
  refuse(reason: CloseReason): Error;
}

/** What a watch found: milliseconds after which it looks again, or undefined to look no more. */
export type NextLook = number | undefined;

/** A message of which more frames may come. */
export abstract class IncomingMessage {
  readonly #home: IncomingHome;
  #timer: Timer | undefined;
  /** When what is waited for began, by the clock. */
  protected since: number;
  #bytesRead: number;
  #received = 0;
  #begun = false;

  constructor(home: IncomingHome) {
    this.#home = home;
    this.since = home.clock.now();
    this.#bytesRead = home.bytesRead;
  }

  /** Takes the next frame. */
  abstract take(data: Buffer, last: boolean): void;

  /** The session has ended in the middle of this message. */
  abstract abort(error: Error): void;

  /** Bytes received so far. */
  get received(): number {
    return this.#received;
  }

  /** Whether a frame of it has arrived. */
  get hasBegun(): boolean {
    return this.#begun;
  }

  protected get home(): IncomingHome {
    return this.#home;
  }

  protected get now(): number {
    return this.#home.clock.now();
  }

  /** Counts what has arrived; true when it is too much. */
  protected isTooBig(data: Buffer): boolean {
    const { maxStreamSize } = this.#home.limits;
    this.#begun = true;
    this.#received += data.length;
    // An empty frame is no progress, and neither is what was read for it.
    if (data.length === 0) this.passEmpty();
    return maxStreamSize > 0 && this.#received > maxStreamSize;
  }

  /** Begins to look, unless it does already. */
  protected watch(): void {
    if (this.#timer !== undefined) return;
    const { streamByteTimeout, streamReadTimeout } = this.#home.limits;
    this.#lookIn(Math.min(streamByteTimeout, streamReadTimeout));
  }

  protected unwatch(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Judges what is waited for. */
  protected abstract look(): NextLook;

  /** Time left of so many milliseconds of waiting. */
  protected left(limit: number): number {
    return this.since + limit - this.now;
  }

  /** An empty frame of it has arrived, or a ping or a pong, which never lies inside a frame: what was read for it shows nothing. */
  passEmpty(): void {
    this.#bytesRead = this.#home.bytesRead;
  }

  /** A frame counts as alive while bytes of it arrive: a large one may take long. */
  protected hasMoved(): boolean {
    const { bytesRead } = this.#home;
    const moved = bytesRead !== this.#bytesRead;
    this.#bytesRead = bytesRead;
    return moved;
  }

  #lookIn(delay: number): void {
    const look = (): void => {
      this.#timer = undefined;
      const next = this.look();
      if (next === undefined) return;
      // What is waited for may change meanwhile: it is noticed at the latest when the shorter time has passed.
      const { streamByteTimeout, streamReadTimeout } = this.#home.limits;
      this.#lookIn(Math.min(next, streamByteTimeout, streamReadTimeout));
    };
    this.#timer = setPatientTimer(this.#home.clock, look, delay);
  }
}
