import { closePayload, encodeFrame, Opcode, RawClient, type PeerFrame, type ReceivedFrame } from "@wirespring/testing";
import { createHash } from "node:crypto";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { expect } from "vitest";

/**
 * What a protocol suite says to an echo server, and what it hears: whole and fragmented messages, frames that no client may send, and how the
 * connection ends. The same words with and without permessage-deflate. Used by the tests of the echo example.
 */

export type Mode = "plain" | "compressed";

/** A message in frames, each with one of its pieces; deflated where that was agreed on. */
export interface SaidMessage {
  readonly opcode: number;
  readonly pieces: readonly Uint8Array[];
  /** The last piece is not the message's last. */
  readonly open: boolean;
  /** Its first piece goes on with a message that has begun. */
  readonly goesOn: boolean;
}

/** What a client writes: a message, a frame as it is, or bytes that are none. */
export type Said = SaidMessage | PeerFrame | Uint8Array;

export interface ConversationOptions {
  readonly port: number;
  readonly mode: Mode;
  /** Bytes that are written at a time. Default: everything at once. */
  readonly chop?: number;
  /** Says the last only when everything before was answered. Default false. */
  readonly patient?: boolean;
  /** What is asked for in compressed mode. */
  readonly offer?: string;
  /** What is answered then; undefined for nothing. */
  readonly agreed?: string | undefined;
  /** Bits of the windows that follow from it. Default: 10 each. */
  readonly windows?: Windows;
}

export interface Windows {
  readonly client: number;
  readonly server: number;
}

type Piece = string | Uint8Array;

/** A text message in these pieces. */
export function text(...pieces: readonly (Piece | readonly Piece[])[]): SaidMessage {
  return { opcode: Opcode.TEXT, pieces: pieces.flat().map((piece) => Buffer.from(piece)), open: false, goesOn: false };
}

/** A binary message in these pieces. */
export function binary(...pieces: readonly (Piece | readonly Piece[])[]): SaidMessage {
  return { ...text(...pieces), opcode: Opcode.BINARY };
}

/** The beginning of a message. */
export function begin(message: SaidMessage): SaidMessage {
  return { ...message, open: true };
}

/** Further pieces of a message that has begun, up to its end. */
export function rest(...pieces: readonly (Piece | readonly Piece[])[]): SaidMessage {
  return { ...text(...pieces), goesOn: true };
}

export function ping(payload: Piece = ""): PeerFrame {
  return { opcode: Opcode.PING, payload };
}

export function pong(payload: Piece = ""): PeerFrame {
  return { opcode: Opcode.PONG, payload };
}

export function close(code?: number, reason?: Piece): PeerFrame {
  return { opcode: Opcode.CLOSE, payload: closePayload(code, reason) };
}

/** Cuts bytes into pieces of this size. */
export function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

const WINDOWS: Windows = { client: 10, server: 10 };

const DEFAULT_OFFER = "permessage-deflate; client_max_window_bits";

/** What every agreement has. */
export const NO_CONTEXT = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

const DEFAULT_AGREED = `${NO_CONTEXT}; server_max_window_bits=10; client_max_window_bits=10`;

/** Less than the time that the server gives an unfinished message. */
const PATIENCE = 20_000;

const finishFlush = constants.Z_SYNC_FLUSH;

/** The frames of a message: each piece deflated by itself, so that a receiver can inflate it when it comes (RFC 7692 section 7.2.1). */
function framesOf(message: SaidMessage, mode: Mode, windowBits = WINDOWS.client): PeerFrame[] {
  const { opcode, pieces, open, goesOn } = message;
  return pieces.map((piece, index) => {
    const fin = !open && index === pieces.length - 1;
    const first = index === 0 && !goesOn;
    const frame = { opcode: first ? opcode : Opcode.CONTINUATION, fin };
    if (mode === "plain") return { ...frame, payload: piece };
    const deflated = deflateRawSync(piece, { windowBits, finishFlush });
    const payload = fin ? deflated.subarray(0, deflated.length - 4) : deflated;
    return { ...frame, rsv: first ? 4 : 0, payload };
  });
}

function bytesSaid(said: Said, { mode, windows = WINDOWS }: ConversationOptions): Uint8Array {
  if (said instanceof Uint8Array) return said;
  return Buffer.concat(("pieces" in said ? framesOf(said, mode, windows.client) : [said]).map(encodeFrame));
}

/** How a message that is said comes back. */
export function echo(message: SaidMessage): string {
  return shown(message.opcode, Buffer.concat(message.pieces));
}

/** What a ping is answered with. */
export function answer({ payload = "" }: PeerFrame): string {
  return shown(Opcode.PONG, Buffer.from(payload));
}

/** One line for a frame; a long payload by its size and digest. */
function shown(opcode: number, payload: Buffer): string {
  const name =
    Object.entries(Opcode)
      .find(([, value]) => value === opcode)?.[0]
      .toLowerCase() ?? String(opcode);
  if (opcode === Opcode.CLOSE)
    return payload.length === 0 ? name : `${name} ${payload.readUInt16BE(0)} ${payload.toString("utf8", 2)}`.trimEnd();
  if (payload.length > 60) return `${name} ${payload.length} ${createHash("sha1").update(payload).digest("hex")}`;
  return `${name} ${opcode === Opcode.TEXT ? payload.toString() : payload.toString("latin1")}`.trimEnd();
}

/** Checks that it is a whole message, or a control frame, deflated only where that was agreed on, and by itself. */
function heard(frame: ReceivedFrame, { mode, windows = WINDOWS }: ConversationOptions): string {
  const { opcode, fin, rsv, masked } = frame;
  expect({ fin, masked }).toEqual({ fin: true, masked: false });
  const isDeflated = mode === "compressed" && opcode < 8 && rsv === 4;
  if (!isDeflated) {
    expect(rsv).toBe(0);
    // What is longer pays; it is always deflated.
    expect(mode === "compressed" && opcode < 8 && frame.payload.length >= 1_024).toBe(false);
    return shown(opcode, frame.payload);
  }
  const bytes = Buffer.concat([frame.payload, Buffer.of(0, 0, 0xff, 0xff)]);
  return shown(opcode, inflateRawSync(bytes, { windowBits: windows.server, finishFlush }));
}

/** A client of the echo endpoint that has come through the handshake. */
async function connect(options: ConversationOptions): Promise<RawClient> {
  const { port, mode, offer = DEFAULT_OFFER } = options;
  const client = await RawClient.connect({ port, patience: PATIENCE });
  const headers = mode === "compressed" ? { "Sec-WebSocket-Extensions": offer } : {};
  const { status, headers: answered } = await client.upgrade({ path: "/echo", headers });
  const agreed = mode === "plain" ? undefined : "agreed" in options ? options.agreed : DEFAULT_AGREED;
  expect({ status, agreed: answered.get("sec-websocket-extensions")?.join() }).toEqual({ status: 101, agreed });
  return client;
}

/**
 * Says everything, and gives what was heard, a line for each frame, until the server has ended the connection. Fails when the server does not send
 * a close frame. What it sends behind that is heard, too.
 */
export async function converse(options: ConversationOptions, says: readonly Said[]): Promise<string[]> {
  const client = await connect(options);
  try {
    const bytes = says.map((said) => bytesSaid(said, options));
    const last = options.patient === true ? bytes.pop()! : Buffer.alloc(0);
    await write(client, Buffer.concat(bytes), options.chop ?? Infinity);
    if (options.patient === true) for (const _ of bytes) await client.nextFrame();
    client.write(last);
    const { code } = await client.nextClose();
    // Whom the server has closed answers; whom it has answered waits.
    if (!says.some((said) => "opcode" in said && said.opcode === Opcode.CLOSE)) client.frame(close(code));
    await client.untilEnded();
    return client.frames.map((frame) => heard(frame, options));
  } finally {
    client.destroy();
  }
}

async function write(client: RawClient, bytes: Uint8Array, chop: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += chop) {
    client.write(bytes.subarray(at, Math.min(bytes.length, at + chop)));
    if (chop < Infinity) await new Promise(setImmediate);
  }
}
