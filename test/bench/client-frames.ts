import { randomBytes } from "node:crypto";

/**
 * Frames as a client writes and reads them, without the cost of a client: the load must not be what is measured. Called by `load-connection.ts`.
 */

export const Opcode = { text: 1, binary: 2, close: 8 } as const;

/** Makes a masked frame (RFC 6455, section 5.3): the mask is drawn once, the frame is sent many times. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  if (length > 0xffff) throw new RangeError(`a payload has ${length} bytes, at most are 65535`);
  const long = length > 125;
  const frame = Buffer.alloc((long ? 8 : 6) + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (long ? 126 : length);
  if (long) frame.writeUInt16BE(length, 2);
  const mask = randomBytes(4);
  const start = long ? 8 : 6;
  mask.copy(frame, start - 4);
  for (let at = 0; at < length; at++) frame[start + at] = payload[at]! ^ mask[at & 3]!;
  return frame;
}

/** Hears of each frame: its first byte, and where its payload lies. The bytes are the caller's for the length of the call. */
export type FrameListener = (first: number, bytes: Buffer, start: number, end: number) => void;

/** Cuts what arrives into frames, masked or not. */
export class FrameReader {
  readonly #listener: FrameListener;
  /** The beginning of a frame that is not whole yet. */
  #held: Buffer | undefined;

  constructor(listener: FrameListener) {
    this.#listener = listener;
  }

  /** Takes the next bytes and tells of each frame that is whole with them. Throws for a frame of 4 GiB or more. */
  push(chunk: Buffer): void {
    const bytes = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = undefined;
    let at = 0;
    while (at < bytes.length) {
      const end = endOfFrame(bytes, at);
      if (end < 0 || end > bytes.length) {
        this.#held = at === 0 ? bytes : bytes.subarray(at);
        return;
      }
      const start = at + headerLength(bytes[at + 1]!);
      this.#listener(bytes[at]!, bytes, start, end);
      at = end;
    }
  }
}

function headerLength(second: number): number {
  const length = second & 0x7f;
  return (length < 126 ? 2 : length === 126 ? 4 : 10) + (second >= 0x80 ? 4 : 0);
}

/** Where the frame that begins here ends; -1 while its length has not arrived. */
function endOfFrame(bytes: Buffer, at: number): number {
  if (bytes.length - at < 2) return -1;
  const second = bytes[at + 1]!;
  const header = headerLength(second);
  const length = second & 0x7f;
  if (length < 126) return at + header + length;
  if (bytes.length - at < header) return -1;
  if (length === 126) return at + header + bytes.readUInt16BE(at + 2);
  if (bytes.readUInt32BE(at + 2) !== 0) throw new RangeError("a frame has 4 GiB or more");
  return at + header + bytes.readUInt32BE(at + 6);
}
