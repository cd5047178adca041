import { isUtf8 } from "node:buffer";

/**
 * Frames as a peer writes and reads them, RFC 6455 section 5.2, valid or not. Used by the raw client, the memory client and the contract
 * suite.
 */

/** The opcodes that RFC 6455 defines. */
export const Opcode = Object.freeze({ CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 });

/** A frame to send. Nothing is checked: what the protocol forbids can be sent, too. */
export interface PeerFrame {
  readonly opcode: number;
  readonly payload?: string | Uint8Array;
  /** Default true. */
  readonly fin?: boolean;
  /** The three reserved bits, 0 to 7. Default 0. */
  readonly rsv?: number;
  /** Default true, as a client must; or the four bytes of the key. In memory it has no effect. */
  readonly mask?: boolean | Uint8Array;
  /** The length to declare, where it is not the payload's. In memory a frame that is larger than its payload never ends. */
  readonly length?: number | bigint;
}

/** A frame that arrived. */
export interface ReceivedFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly masked: boolean;
  readonly payload: Buffer;
}

/** Says how a connection was closed, as the peer saw it. */
export interface ReceivedClose {
  /** 1005 when the close frame was empty, 1006 when there was none. */
  readonly code: number;
  readonly reason: string;
}

/** Not random: the bytes of a test are the same each time. The key of RFC 6455 section 5.7. */
const KEY = Buffer.of(0x37, 0xfa, 0x21, 0x3d);

/** Gives the bytes of a frame. */
export function encodeFrame(frame: PeerFrame): Buffer {
  const { opcode, fin = true, rsv = 0, mask = true } = frame;
  const payload = Buffer.from(frame.payload ?? "");
  const length = BigInt(frame.length ?? payload.length);
  const key = mask === true ? KEY : mask;
  const maskBit = key === false ? 0 : 0x80;
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  if (key !== false) for (let at = 0; at < payload.length; at++) payload[at]! ^= key[at % 4]!;
  const parts = [head(first, maskBit, length), ...(key === false ? [] : [key]), payload];
  return Buffer.concat(parts);
}

function head(first: number, maskBit: number, length: bigint): Buffer {
  if (length < 126n) return Buffer.of(first, maskBit | Number(length));
  if (length < 65_536n) {
    const bytes = Buffer.of(first, maskBit | 126, 0, 0);
    bytes.writeUInt16BE(Number(length), 2);
    return bytes;
  }
  const bytes = Buffer.alloc(10);
  bytes[0] = first;
  bytes[1] = maskBit | 127;
  bytes.writeBigUInt64BE(length, 2);
  return bytes;
}

/** Gives the payload of a close frame; empty without a code. The code is not checked. */
export function closePayload(code?: number, reason: string | Uint8Array = ""): Buffer {
  if (code === undefined) return Buffer.alloc(0);
  const bytes = Buffer.from([0, 0, ...Buffer.from(reason)]);
  bytes.writeUInt16BE(code, 0);
  return bytes;
}

/** Reads the payload of a close frame. */
export function readClose(payload: Buffer): ReceivedClose {
  if (payload.length < 2) return { code: 1005, reason: "" };
  return { code: payload.readUInt16BE(0), reason: payload.toString("utf8", 2) };
}

/** Says why the payload of a close frame is refused: the close code to answer with, undefined when it is not. */
export function judgeClose(payload: Buffer): 1002 | 1007 | undefined {
  if (payload.length === 0) return undefined;
  if (payload.length === 1) return 1002;
  const code = payload.readUInt16BE(0);
  const valid = (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);
  if (!valid) return 1002;
  return isUtf8(payload.subarray(2)) ? undefined : 1007;
}

/** Takes bytes as they come and gives the frames that are complete. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;
  /** So many bytes must be there before the next frame can be complete. */
  #needed = 2;

  *read(chunk: Buffer): Iterable<ReceivedFrame> {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    while (this.#length >= this.#needed) {
      const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
      this.#chunks = [bytes];
      const size = frameSize(bytes);
      if (size > bytes.length) {
        this.#needed = size;
        return;
      }
      this.#chunks = [bytes.subarray(size)];
      this.#length -= size;
      this.#needed = 2;
      yield decode(bytes.subarray(0, size));
    }
  }
}

/** The size of the frame that begins here, or of as much as must be known to say it. */
function frameSize(bytes: Buffer): number {
  const short = bytes[1]! & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const start = 2 + extended + ((bytes[1]! & 0x80) === 0 ? 0 : 4);
  if (bytes.length < 2 + extended) return 2 + extended;
  if (short === 126) return start + bytes.readUInt16BE(2);
  return start + (short === 127 ? Number(bytes.readBigUInt64BE(2)) : short);
}

function decode(frame: Buffer): ReceivedFrame {
  const masked = (frame[1]! & 0x80) !== 0;
  const short = frame[1]! & 0x7f;
  const at = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
  const payload = Buffer.from(frame.subarray(masked ? at + 4 : at));
  if (masked) for (let index = 0; index < payload.length; index++) payload[index]! ^= frame[at + (index % 4)]!;
  return { opcode: frame[0]! & 0x0f, fin: (frame[0]! & 0x80) !== 0, rsv: (frame[0]! >> 4) & 7, masked, payload };
}
