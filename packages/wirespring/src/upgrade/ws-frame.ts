/**
 * Writes the frames of RFC 6455 section 5.2 that a server sends: unmasked, uncompressed. Called by the `ws` transport, which thus makes one
 * chunk of a small message where ws makes two, and frames a prepared message once for all its receivers.
 */

/** Larger payloads are not copied beside their header. */
const LARGEST_COPY = 16_384;

export const TEXT = 0x1;
export const BINARY = 0x2;
export const CONTINUATION = 0x0;
export const PING = 0x9;
export const PONG = 0xa;

const FIN = 0x80;

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
