import { constants, deflateRawSync } from "node:zlib";

/**
 * Writes the frames of RFC 6455 section 5.2 that a server sends: unmasked, uncompressed. Called by the `ws` transport, which thus makes one
 * chunk of a small message where ws makes two, and frames a prepared message once for all its receivers.
 */

/** Larger payloads are not copied beside their header. */
const LARGEST_COPY = 16_384;

/** Larger payloads are not put together with others. */
export const LARGEST_GATHERED = 4_096;

/** The longest header. */
export const HEADER_ROOM = 4;

export const TEXT = 0x1;
export const BINARY = 0x2;
export const CONTINUATION = 0x0;
export const PING = 0x9;
export const PONG = 0xa;

const FIN = 0x80;
const RSV1 = 0x40;

/** Frames a text payload: one chunk, or header and payload when the payload is large. */
export function frameText(text: string, opcode: number, fin: boolean): readonly Buffer[] {
  const length = Buffer.byteLength(text);
  if (length > LARGEST_COPY) return [header(length, opcode, fin, 0), Buffer.from(text)];
  const frame = header(length, opcode, fin, length);
  // As many bytes as UTF-16 units: all ASCII, which Latin-1 copies without looking at it.
  frame.write(text, frame.length - length, length === text.length ? "latin1" : "utf8");
  return [frame];
}

/** Frames a binary payload, or text that is bytes already: one chunk, or header and payload when the payload is large. */
export function frameBytes(bytes: Uint8Array, opcode: number, fin: boolean): readonly Uint8Array[] {
  if (bytes.length > LARGEST_COPY) return [header(bytes.length, opcode, fin, 0), bytes];
  return [frameWhole(bytes, opcode, fin)];
}

/** Frames a payload of any size in one chunk. */
export function frameWhole(bytes: Uint8Array, opcode: number, fin: boolean): Buffer {
  const frame = header(bytes.length, opcode, fin, bytes.length);
  frame.set(bytes, frame.length - bytes.length);
  return frame;
}

/** Gives how long the frame of a payload of any size is. */
export function frameLength(length: number): number {
  return length + (length < 126 ? 2 : length < 65_536 ? 4 : 10);
}

/** Writes a frame with a payload of any size, and gives its length. */
export function putWhole(target: Buffer, at: number, bytes: Uint8Array, opcode: number): number {
  const head = header(bytes.length, opcode, true, 0);
  target.set(head, at);
  target.set(bytes, at + head.length);
  return head.length + bytes.length;
}

/** So small that it would not get smaller. */
export const COMPRESSION_THRESHOLD = 1_024;

/** Without the last four bytes, which are the same for every message (RFC 7692 section 7.2.1). */
const DEFLATE_TAIL = 4;

/** Compresses a payload, with no context of others before it, and frames it (RFC 7692). */
export function frameDeflated(bytes: Uint8Array, opcode: number, windowBits: number): Buffer {
  const deflated = deflateRawSync(bytes, { windowBits, level: 3, memLevel: 7, finishFlush: constants.Z_SYNC_FLUSH });
  const frame = frameWhole(deflated.subarray(0, -DEFLATE_TAIL), opcode, true);
  frame[0]! |= RSV1;
  return frame;
}

/** Writes the header for a payload of `length` bytes, with room for `room` bytes behind it. */
function header(length: number, opcode: number, fin: boolean, room: number): Buffer {
  const first = fin ? FIN | opcode : opcode;
  if (length < 126) {
    const frame = Buffer.allocUnsafe(2 + room);
    frame[0] = first;
    frame[1] = length;
    return frame;
  }
  if (length < 65_536) {
    const frame = Buffer.allocUnsafe(4 + room);
    frame[0] = first;
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
    return frame;
  }
  const frame = Buffer.allocUnsafe(10 + room);
  frame[0] = first;
  frame[1] = 127;
  frame.writeUIntBE(0, 2, 2);
  frame.writeUIntBE(length, 4, 6);
  return frame;
}

/**
 * Writes a frame with a text payload, of at most `LARGEST_GATHERED` UTF-16 units, and gives its length. Room is needed for three bytes a unit and the header.
 */
export function putText(target: Buffer, at: number, text: string, opcode: number, fin: boolean): number {
  const { length: units } = text;
  let head = 2;
  // Where a unit may be three bytes, only counting them tells which header it takes.
  if (units > 41 && (units > 125 || Buffer.byteLength(text) > 125)) head = 4;
  const length = target.write(text, at + head, "utf8");
  putHeader(target, at, length, head, opcode, fin);
  return head + length;
}

/** Writes a frame with a binary payload, of at most `LARGEST_GATHERED` bytes, and gives its length. */
export function putBytes(target: Buffer, at: number, bytes: Uint8Array, opcode: number, fin: boolean): number {
  const { length } = bytes;
  const head = length > 125 ? 4 : 2;
  putHeader(target, at, length, head, opcode, fin);
  if (length > SHORT) target.set(bytes, at + head);
  else for (let index = 0; index < length; index++) target[at + head + index] = bytes[index]!;
  return head + length;
}

/** A loop is faster than a call for so few bytes. */
const SHORT = 48;

function putHeader(target: Buffer, at: number, length: number, head: number, opcode: number, fin: boolean): void {
  target[at] = fin ? FIN | opcode : opcode;
  if (head === 2) target[at + 1] = length;
  else {
    target[at + 1] = 126;
    target[at + 2] = length >>> 8;
    target[at + 3] = length & 0xff;
  }
}
