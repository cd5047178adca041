import { setImmediate } from "node:timers";
import { Utf8Check } from "../session/utf8-check.js";
import { systemClock, type Clock } from "../clock.js";
import type { TransportSink } from "../session/transport.js";
import { FrameScan } from "./frame-scan.js";
import {
  DEFER_EVENT,
  DEFLATE,
  GET_INFO,
  INFLATING,
  Receiver,
  type ReceiverInternals,
  type WriteCallback,
} from "./ws-internals.js";

/**
 * Adds four things to ws's parser: the sink is asked at the first frame how a message is wanted, the frames of a message can be given as they
 * arrive, text is refused with the frame that makes it none, and parsing can be held between two frames of a chunk that was read already. Owned
 * by the transport, which holds and releases it; calls the sink's `begin` and `part`. Whole messages, pings, pongs and the close frame go ws's
 * own way.
 */

const NO_BYTES = Buffer.alloc(0);

/** What the end of a connection is told by whose memory a handler has transferred away. */
export const EMPTIED = "WS_BUFFER_TRANSFERRED";

/** Nothing legal needs more fragments or chunks than a small part of its bytes (T47, T48). */
const LEAST_FRAGMENTS = 1_024;
const BYTES_PER_FRAGMENT = 64;
/** So much may come of a few bytes: honest messages of this size are often nothing but repetition. */
const LEAST_INFLATED = 1_048_576;
const LEAST_CHUNKS = 8_192;
const BYTES_PER_CHUNK = 8;

/** One for all connections: a scan ends before the next begins. */
const scan = new FrameScan();

/** Where it is switched off, every frame goes through ws's parser. */
const scansFrames = process.env["WIRESPRING_FAST_PATH"] !== "off";

/** So many frames are looked through for the answer to our close frame, in turns of so many: what an honest peer had sent by then. */
const MOST_AFTER_CLOSE = 16_384;
const TURN_AFTER_CLOSE = 512;

const GATE = Symbol("wirespring.ws.gate");

interface Gated extends ReceiverInternals {
  [GATE]: FrameGate;
}

/** What ws's parser does by itself. */
const original = Receiver.prototype as ReceiverInternals;

export class FrameGate {
  sink: TransportSink | undefined;
  /** Set by the transport. */
  clock: Clock = systemClock;
  /** When the last chunk came. */
  heardAt = 0;
  readonly #receiver: ReceiverInternals;
  /** Whether the peer masks what it sends: clients do. */
  readonly #masked: boolean;
  /** Nothing is parsed: what arrives waits in ws's buffers. */
  #holding = true;
  /** The connection was ended from here: what has arrived is thrown away. */
  #discarding = false;
  /** The callback of the chunk that waits; until it is called the stream takes no other and its end does not come. */
  #held: WriteCallback | undefined;
  /** What waits is a frame that was inflated while the transport was paused. */
  #heldFrame = false;
  #releasing = false;
  /** Our close frame was sent: called when too many frames come before the peer's. */
  #tooMany: (() => void) | undefined;
  #afterClose = 0;
  /** Set by the transport: times its compressed size to which a message may be inflated; 0: any (T53). */
  maxInflation = 0;
  /** Bytes of the frames of this message before they were inflated; and after, of those that were given as parts. */
  #deflatedBytes = 0;
  #givenBytes = 0;
  #midMessage = false;
  #parts = false;
  #maxBytes = 0;
  #utf8: Utf8Check | undefined;
  /** How many fragments of a whole text were checked before its last one came. */
  #checked = 0;

  /** Takes its place in a new parser, held. */
  constructor(receiver: ReceiverInternals, masked: boolean) {
    this.#receiver = receiver;
    this.#masked = masked;
    // Own properties: with another prototype each parser would get a hidden class of its own, which costs V8 half of its speed.
    const gated = receiver as Gated;
    gated[GATE] = this;
    gated.startLoop = startLoop;
    gated.getInfo = getInfo;
    gated.haveLength = haveLength;
    gated.dataMessage = dataMessage;
  }

  /** Gives nothing more from now on, also of the chunk that is being parsed. */
  hold(): void {
    this.#holding = true;
  }

  /** Goes on where it was held, in the next tick: never within a call of the sink or of the transport. */
  release(): void {
    this.#holding = false;
    if (this.#held === undefined || this.#releasing) return;
    this.#releasing = true;
    process.nextTick(takeUp, this);
  }

  /** Nobody takes anything any more: looks for the peer's close frame only, never for long, and calls `tooMany` where there is none. */
  windDown(tooMany: () => void): void {
    this.#tooMany ??= tooMany;
  }

  /** Throws away what has arrived and whatever comes. */
  discard(): void {
    this.#discarding = true;
    this.release();
  }

  /** @internal Goes on with what waits. */
  takeUp(): void {
    this.#releasing = false;
    const callback = this.#held;
    if (callback === undefined || this.#holding) return;
    this.#held = undefined;
    const receiver = this.#receiver;
    if (this.#heldFrame) {
      this.#heldFrame = false;
      this.dataMessage(callback);
      if (receiver._state === GET_INFO) this.startLoop(callback);
      return;
    }
    if (receiver._state === DEFER_EVENT) receiver._state = GET_INFO;
    this.startLoop(callback);
  }

  get isHolding(): boolean {
    return this.#holding;
  }

  get isDiscarding(): boolean {
    return this.#discarding;
  }

  get isWindingDown(): boolean {
    return this.#tooMany !== undefined;
  }

  /** @internal Called with each chunk, and after each inflated frame. */
  startLoop(callback: WriteCallback): void {
    this.heardAt = this.clock.now();
    // Memory that was transferred away may have been so since the last chunk, in the middle of a frame.
    if (this.#isEmptied() && !this.#discarding) return this.#refuseEmptied(callback);
    if (this.#mayScan() && this.#scan(callback)) return;
    if (this.#holding) {
      this.#held = callback;
    } else if (this.#discarding) {
      this.#dropChunk();
      callback();
    } else {
      original.startLoop.call(this.#receiver, callback);
    }
  }

  /** Whether a message begins with what has come, and all of that is one chunk. */
  #mayScan(): boolean {
    const { _buffers, _fragmented, _state } = this.#receiver;
    return (
      scansFrames &&
      this.#tooMany === undefined &&
      !this.#holding &&
      !this.#discarding &&
      !this.#midMessage &&
      _state === GET_INFO &&
      _fragmented === 0 &&
      _buffers.length === 1
    );
  }

  /** Takes what it can without ws's parser. True: there is nothing more to do with this chunk now. */
  #scan(callback: WriteCallback): boolean {
    const receiver = this.#receiver;
    const chunk = receiver._buffers[0]!;
    const { length } = chunk;
    const stop = scan.run(chunk, this.#masked, this.sink!, this);
    const { taken } = scan;
    if (taken < length && chunk.length === 0) {
      if (this.#discarding) return false;
      this.#refuseEmptied(callback);
      return true;
    }
    if (taken > 0) {
      receiver._bufferedBytes -= taken;
      if (taken === length) receiver._buffers = [];
      else receiver._buffers[0] = chunk.subarray(taken);
    }
    if (stop === "invalid") {
      callback(receiver.createError(Error, "invalid UTF-8 sequence", true, 1007, "WS_ERR_INVALID_UTF8"));
      return true;
    }
    if (stop === "asked") {
      this.#take(scan.parts, scan.maxBytes);
      return false;
    }
    if (this.#holding) {
      this.#held = callback;
      return true;
    }
    if (this.#discarding || taken < length) return false;
    callback();
    return true;
  }

  /** @internal Called between two frames. */
  getInfo(callback: WriteCallback): void {
    const receiver = this.#receiver;
    if (this.#tooMany !== undefined) this.#countAfterClose(this.#tooMany);
    if (this.#holding) {
      // Leaves the loop without the callback, as ws itself does when it defers an event.
      receiver._state = DEFER_EVENT;
      this.#held = callback;
    } else if (this.#discarding) {
      this.#dropChunk();
      receiver._loop = false;
    } else if (this.#isEmptied()) {
      receiver._loop = false;
      this.#refuseEmptied(callback);
    } else {
      original.getInfo.call(receiver, callback);
    }
  }

  /** Others have their turn in between; what has ended must not cost them more than what goes on. */
  #countAfterClose(tooMany: () => void): void {
    this.#afterClose++;
    if (this.#afterClose === MOST_AFTER_CLOSE) tooMany();
    else if (this.#afterClose % TURN_AFTER_CLOSE === 0) {
      this.#holding = true;
      setImmediate(goOn, this);
    }
  }

  /** @internal Called when the length of a frame is known, before a byte of its payload is taken. */
  haveLength(callback: WriteCallback): void {
    const receiver = this.#receiver;
    if (receiver._opcode < 0x08) {
      if (!this.#midMessage) this.#begin();
      if (receiver._compressed && this.#tooMany !== undefined) {
        // It is thrown away: deflated bytes will do for that, and are no text.
        receiver._compressed = false;
        receiver._opcode = 2;
        if (receiver._fragmented > 0) receiver._fragmented = 2;
      }
      if (receiver._compressed) return this.#haveDeflatedLength(callback);
      if (receiver._totalPayloadLength + receiver._payloadLength > this.#maxBytes) return this.#tooBig(callback);
    }
    original.haveLength.call(receiver, callback);
  }

  /** The limit is for what will have been inflated, which ws measures: of deflated bytes no frame has more than that can take. */
  #haveDeflatedLength(callback: WriteCallback): void {
    const receiver = this.#receiver;
    const { _payloadLength: length, _maxPayload: limit } = receiver;
    if (length > mostDeflated(this.#maxBytes)) return this.#tooBig(callback);
    this.#boundInflation(length);
    receiver._totalPayloadLength = 0;
    receiver._maxPayload = length;
    original.haveLength.call(receiver, callback);
    receiver._maxPayload = limit;
  }

  /** ws measures what it inflates of each frame. */
  #boundInflation(length: number): void {
    const { maxInflation } = this;
    const { _extensions, _messageLength } = this.#receiver;
    this.#deflatedBytes += length;
    if (maxInflation === 0) return;
    const most = Math.max(LEAST_INFLATED, maxInflation * this.#deflatedBytes) - this.#givenBytes - _messageLength;
    _extensions[DEFLATE]!._maxPayload = Math.max(1, Math.min(most, this.#maxBytes));
  }

  #tooBig(callback: WriteCallback): void {
    const code = "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";
    callback(this.#receiver.createError(RangeError, "Max payload size exceeded", false, 1009, code));
  }

  /** @internal Called when a data frame is complete and inflated. */
  dataMessage(callback: WriteCallback): void {
    const receiver = this.#receiver;
    if (receiver._state === INFLATING) {
      // The transport was paused or ended while the inflater was at work.
      if (this.#holding) {
        this.#held = callback;
        this.#heldFrame = true;
        return;
      }
      if (this.#discarding) {
        receiver._state = GET_INFO;
        return;
      }
    }
    // Empty frames leave no fragment: one that is empty was in memory that a handler has transferred away.
    if (this.#hasEmptied()) return this.#refuseEmptied(callback);
    if (receiver._fin) this.#midMessage = false;
    if (this.#parts) this.#givePart(callback);
    else if ((receiver._fin && this.#checked === 0) || receiver._opcode === 2 || this.#isTextSoFar(callback))
      original.dataMessage.call(receiver, callback);
  }

  #begin(): void {
    const receiver = this.#receiver;
    const complete = receiver._fin && receiver._bufferedBytes >= receiver._payloadLength;
    const { parts, maxBytes } = this.sink!.begin(receiver._opcode === 2, complete);
    this.#take(parts, maxBytes);
  }

  /** The sink was asked about a message that ws's parser takes. */
  #take(parts: boolean, maxBytes: number): void {
    const receiver = this.#receiver;
    this.#midMessage = true;
    this.#parts = parts;
    this.#maxBytes = maxBytes;
    this.#deflatedBytes = this.#givenBytes = 0;
    // What is inflated is measured by ws, for which 0 means no limit.
    receiver._maxPayload = Math.max(1, maxBytes);
    const deflate = receiver._extensions[DEFLATE];
    if (deflate !== undefined) deflate._maxPayload = receiver._maxPayload;
    // In parts, it counts from one that is not empty to the next.
    receiver._maxFragments = parts
      ? LEAST_FRAGMENTS
      : Math.max(LEAST_FRAGMENTS, Math.floor(maxBytes / BYTES_PER_FRAGMENT));
    receiver._maxBufferedChunks = Math.max(LEAST_CHUNKS, Math.floor(maxBytes / BYTES_PER_CHUNK));
  }

  #givePart(callback: WriteCallback): void {
    const receiver = this.#receiver;
    const data = receiver._fragments[0] ?? NO_BYTES;
    const binary = receiver._opcode === 2;
    const last = receiver._fin;
    this.#givenBytes += data.length;
    receiver._fragments = [];
    receiver._messageLength = 0;
    receiver._totalPayloadLength = 0;
    if (data.length > 0 || last) receiver._numFragments = 0;
    if (last) receiver._fragmented = 0;
    if (!binary && !(this.#utf8 ??= new Utf8Check()).accept(data, last)) {
      callback(receiver.createError(Error, "invalid UTF-8 sequence", true, 1007, "WS_ERR_INVALID_UTF8"));
      return;
    }
    this.sink!.part(data, binary, last);
    receiver._state = GET_INFO;
  }

  /** Refuses a fragment that cannot be UTF-8 when it comes: ws looks at the end of the message, which a peer may never send (RFC 6455 section 8.1). */
  #isTextSoFar(callback: WriteCallback): boolean {
    const receiver = this.#receiver;
    const { _fragments: fragments, _fin: last } = receiver;
    // An empty frame leaves no fragment.
    const data = fragments.length > this.#checked ? fragments[fragments.length - 1]! : NO_BYTES;
    this.#checked = last ? 0 : fragments.length;
    if ((this.#utf8 ??= new Utf8Check()).accept(data, last)) return true;
    callback(receiver.createError(Error, "invalid UTF-8 sequence", true, 1007, "WS_ERR_INVALID_UTF8"));
    return false;
  }

  /** Whether a handler has transferred away the memory in which more has arrived, or in which more would be inflated: a chunk is never empty. */
  #isEmptied(): boolean {
    const { _buffers, _extensions } = this.#receiver;
    return _buffers[0]?.length === 0 || _extensions[DEFLATE]?._inflate?._outBuffer?.length === 0;
  }

  /** Each frame when it comes, and all of them when they are put together. */
  #hasEmptied(): boolean {
    const { _fin, _fragments } = this.#receiver;
    if (_fragments.length === 0) return false;
    return _fin ? _fragments.some(({ length }) => length === 0) : _fragments[_fragments.length - 1]!.length === 0;
  }

  #refuseEmptied(callback: WriteCallback): void {
    this.#dropChunk();
    const message = `the memory of a Buffer was transferred away by its handler while more was in it [${EMPTIED}]`;
    callback(this.#receiver.createError(Error, message, false, 1011, EMPTIED));
  }

  #dropChunk(): void {
    this.#receiver._buffers = [];
    this.#receiver._bufferedBytes = 0;
  }
}

/** What zlib makes of so many bytes that cannot be compressed, at worst: its `deflateBound`. */
function mostDeflated(bytes: number): number {
  return bytes + Math.ceil(bytes / 8) + Math.ceil(bytes / 64) + 16;
}

function goOn(gate: FrameGate): void {
  gate.release();
}

function takeUp(gate: FrameGate): void {
  gate.takeUp();
}

function startLoop(this: Gated, callback: WriteCallback): void {
  this[GATE].startLoop(callback);
}

function getInfo(this: Gated, callback: WriteCallback): void {
  this[GATE].getInfo(callback);
}

function haveLength(this: Gated, callback: WriteCallback): void {
  this[GATE].haveLength(callback);
}

function dataMessage(this: Gated, callback: WriteCallback): void {
  this[GATE].dataMessage(callback);
}
