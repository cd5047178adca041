import { isUtf8 } from "node:buffer";
import type { TransportSink } from "../session/transport.js";

/**
 * Takes the commonest frames straight from a chunk: whole, small, uncompressed data messages. Stops at the first that is anything else, which ws's
 * parser gets untouched. Used by the frame gate; gives messages to the sink.
 */

/** Why a scan has stopped. `asked`: the sink was asked about a message that ws's parser has to take. */
export type Stop = "end" | "other" | "asked" | "invalid";

/** What a scan needs to know of whoever holds and ends the input, between two messages. */
export interface ScanGate {
  readonly isHolding: boolean;
  readonly isDiscarding: boolean;
  /** Our close frame was sent: what follows is counted, which a scan does not. */
  readonly isWindingDown: boolean;
}

const TEXT = 0x81;
const BINARY = 0x82;
const MASKED = 0x80;
/** Above it the length stands in further bytes. */
const SHORT_LENGTH = 125;
const LENGTH_16 = 126;

/** From here on whole words are unmasked. */
const LEAST_WORDS = 48;

export class FrameScan {
  /** Bytes that were taken by the last scan. */
  taken = 0;
  /** What the sink answered to the message that it was asked about last. */
  parts = false;
  maxBytes = 0;

  /** Gives every frame that it can take to the sink. The payloads are unmasked in place. */
  run(chunk: Buffer, masked: boolean, sink: TransportSink, gate: ScanGate): Stop {
    const { length: end } = chunk;
    const mask = masked ? MASKED : 0;
    const keyLength = masked ? 4 : 0;
    let at = 0;
    this.taken = 0;
    while (end - at >= 2) {
      const first = chunk[at]!;
      if (first !== TEXT && first !== BINARY) return "other";
      const second = chunk[at + 1]! ^ mask;
      let from = at + 2;
      let length = second;
      if (second > SHORT_LENGTH) {
        if (second !== LENGTH_16 || end - at < 4) return "other";
        length = (chunk[from]! << 8) | chunk[from + 1]!;
        from += 2;
      }
      from += keyLength;
      if (from + length > end) return "other";
      const binary = first === BINARY;
      const { parts, maxBytes } = sink.begin(binary, true);
      if (parts || length > maxBytes) {
        this.parts = parts;
        this.maxBytes = maxBytes;
        return "asked";
      }
      const high = masked ? unmask(chunk, from, length) : HIGH;
      const data = chunk.subarray(from, from + length);
      if (!binary && (high & HIGH) !== 0 && !isUtf8(data)) return "invalid";
      at = from + length;
      this.taken = at;
      sink.message(data, binary);
      if (gate.isHolding || gate.isDiscarding || gate.isWindingDown) return "end";
    }
    return at === end ? "end" : "other";
  }
}

/** Set in any byte that is not ASCII. */
const HIGH = 0x80808080 | 0;

/** Unmasks in place, by the key in front, and gives all bytes in one: none has its high bit set where all are ASCII. */
function unmask(chunk: Buffer, from: number, length: number): number {
  const first = chunk[from - 4]!;
  const second = chunk[from - 3]!;
  const third = chunk[from - 2]!;
  const fourth = chunk[from - 1]!;
  if (length >= LEAST_WORDS) return unmaskWords(chunk, from, length);
  const end = from + length;
  let seen = 0;
  let index = from;
  for (; index + 3 < end; index += 4) {
    const one = chunk[index]! ^ first;
    const two = chunk[index + 1]! ^ second;
    const three = chunk[index + 2]! ^ third;
    const four = chunk[index + 3]! ^ fourth;
    chunk[index] = one;
    chunk[index + 1] = two;
    chunk[index + 2] = three;
    chunk[index + 3] = four;
    seen |= one | two | three | four;
  }
  if (index < end) seen |= chunk[index] = chunk[index]! ^ first;
  if (index + 1 < end) seen |= chunk[index + 1] = chunk[index + 1]! ^ second;
  if (index + 2 < end) seen |= chunk[index + 2] = chunk[index + 2]! ^ third;
  return seen;
}

/** The words of the chunk that was unmasked last: a chunk has many frames. */
let words: Int32Array = new Int32Array(0);

function unmaskWords(chunk: Buffer, from: number, length: number): number {
  const { buffer, byteOffset } = chunk;
  if (words.buffer !== buffer) words = new Int32Array(buffer, 0, buffer.byteLength >> 2);
  const end = from + length;
  let seen = 0;
  let index = from;
  // Up to where a word begins.
  for (; ((byteOffset + index) & 3) !== 0; index++)
    seen |= chunk[index] = chunk[index]! ^ chunk[from - 4 + ((index - from) & 3)]!;
  const turn = (index - from) & 3;
  const key = from - 4;
  const mask =
    chunk[key + (turn & 3)]! |
    (chunk[key + ((turn + 1) & 3)]! << 8) |
    (chunk[key + ((turn + 2) & 3)]! << 16) |
    (chunk[key + ((turn + 3) & 3)]! << 24);
  let seenWords = 0;
  const lastWord = (byteOffset + end) >> 2;
  for (let word = (byteOffset + index) >> 2; word < lastWord; word++) seenWords |= words[word]! ^= mask;
  for (index = (lastWord << 2) - byteOffset; index < end; index++)
    seen |= chunk[index] = chunk[index]! ^ chunk[from - 4 + ((index - from) & 3)]!;
  return seen | seenWords;
}
