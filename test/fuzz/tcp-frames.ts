import { constants, deflateRawSync } from "node:zlib";
import { encodeFrame, RFC_KEY } from "@wirespring/testing";
import fc from "fast-check";
import type { Fuzzer } from "./fuzzer.js";
import { TcpTrial, type WireInput } from "./tcp-trial.js";

/** Frames over TCP to endpoints of every kind, compressed and not, with bytes that were bent on the way (T35 to T55). */

/** Each character of a payload is a byte. */
interface WireFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly payload: string;
  readonly mask: boolean;
  /** So many bytes more, or fewer, than it has. */
  readonly off: number;
}

/** What one connection sends behind its upgrade request. */
interface WireStream {
  readonly path: string;
  readonly deflate: boolean;
  readonly frames: readonly WireFrame[];
  /** A byte that is replaced, by its place from the end. */
  readonly bent: readonly [place: number, byte: number] | null;
  readonly cuts: readonly number[];
  readonly end: "fin" | "reset";
}

/** What RFC 7692 section 7.2.1 makes of a message. */
function deflated(text: string): string {
  const bytes = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH });
  return bytes.subarray(0, -4).toString("latin1");
}

const PAYLOADS = [
  "",
  "a",
  '{"text":"a"}',
  '{"__proto__":{"x":1}}',
  "[".repeat(200),
  "\xe2\x82\xac",
  "\xe2\x82",
  "\xff",
  "\xed\xa0\x80",
  "x".repeat(125),
  "x".repeat(126),
  "x".repeat(4_096),
  "x".repeat(4_097),
  "\x03\xe8",
  "\x03\xe8bye",
  "\x03\xe8\xff",
  "\x03",
  "\x03\xed",
  "\x03\xee",
  "\x0f\xa0",
  "\xff\xff",
] as const;

const COMPRESSED = [
  deflated("a"),
  deflated('{"text":"a"}'),
  deflated("0".repeat(4_096)),
  deflated("0".repeat(1_000_000)),
  deflated("\u20ac").slice(0, -2),
  deflateRawSync("a", { finishFlush: constants.Z_FINISH }).toString("latin1"),
  "\x07",
  "\xff\xff\xff",
] as const;

const frame: fc.Arbitrary<WireFrame> = fc
  .tuple(
    fc.constantFrom(0, 0, 1, 1, 1, 1, 2, 2, 8, 9, 10, 3, 15),
    fc.constantFrom(true, true, true, false),
    fc.constantFrom(...Array<number>(12).fill(0), 1, 2, 4, 4, 4, 4),
    fc.nat(100),
    fc.constantFrom(...Array<boolean>(30).fill(true), false),
    fc.constantFrom(...Array<number>(30).fill(0), -1, 1, 70_000, 2 ** 40),
  )
  .map(([opcode, fin, rsv, which, mask, off]) => {
    const payloads = rsv === 4 ? COMPRESSED : PAYLOADS;
    return { opcode, fin, rsv, mask, off, payload: payloads[which % payloads.length]! };
  });

const inputs: fc.Arbitrary<WireStream> = fc.record({
  path: fc.constantFrom("/echo", "/echo", "/parts", "/stream", "/json", "/room/a"),
  deflate: fc.constantFrom(false, false, false, true),
  frames: fc.array(frame, { minLength: 1, maxLength: 8 }),
  bent: fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    fc.tuple(fc.nat(40), fc.constantFrom(0, 0x7f, 0x80, 0xff)) as fc.Arbitrary<readonly [number, number]>,
  ),
  cuts: fc.array(fc.nat(500), { maxLength: 3 }),
  end: fc.constantFrom("fin", "fin", "fin", "reset"),
});

function bytesOf({ path, deflate, frames, bent }: WireStream): Buffer {
  const lines = [
    `GET ${path} HTTP/1.1`,
    "Host: localhost",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${RFC_KEY}`,
    "Sec-WebSocket-Version: 13",
    ...(deflate ? ["Sec-WebSocket-Extensions: permessage-deflate"] : []),
  ];
  const sent = frames.map(({ off, payload, ...rest }) => {
    const bytes = Buffer.from(payload, "latin1");
    return encodeFrame({ ...rest, payload: bytes, length: Math.max(0, bytes.length + off) });
  });
  const stream = Buffer.concat(sent);
  if (bent !== null) stream[stream.length - 1 - (bent[0] % stream.length)] = bent[1];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), stream]);
}

const wire: WireInput<WireStream> = {
  sending: (stream) => ({ bytes: bytesOf(stream), cuts: stream.cuts, end: stream.end }),
  judge(answer) {
    // Who is reset loses what was on its way.
    if (answer.length === 0) return;
    const at = answer.indexOf("\r\n\r\n");
    if (!answer.subarray(0, at).toString("latin1").startsWith("HTTP/1.1 101 "))
      throw new Error(`answered with ${JSON.stringify(answer.toString("latin1", 0, 60))}`);
    judgeFrames(answer.subarray(at + 4));
  },
};

/** A server's frames are not masked, and nothing comes behind its close frame. */
function judgeFrames(bytes: Buffer): void {
  let closed = false;
  for (let at = 0; at + 1 < bytes.length;) {
    const opcode = bytes[at]! & 0x0f;
    const short = bytes[at + 1]!;
    if (closed) throw new Error("there is something behind the close frame");
    if (![0, 1, 2, 8, 9, 10].includes(opcode) || (bytes[at]! & 0x30) !== 0 || short > 127)
      throw new Error(`a frame that no server sends: ${bytes.subarray(at, at + 4).toString("hex")}`);
    const head = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (at + head > bytes.length) return;
    const length =
      short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short === 126 ? bytes.readUInt16BE(at + 2) : short;
    closed = opcode === 8;
    if (closed && length >= 2 && at + 4 <= bytes.length) judgeCode(bytes.readUInt16BE(at + 2));
    at += head + length;
  }
}

function judgeCode(code: number): void {
  const sendable = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
  if (!sendable) throw new Error(`a close frame with ${code}`);
}

export const tcpFrameFuzzer: Fuzzer<WireStream> = {
  name: "tcp-frames",
  inputs,
  together: 64,
  start: () => TcpTrial.start(wire),
};
