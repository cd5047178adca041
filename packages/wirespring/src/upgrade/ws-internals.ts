import { createRequire } from "node:module";
import type { Socket } from "node:net";
import { Writable } from "node:stream";
import { IllegalStateError } from "../errors.js";
import { WebSocket, WebSocketServer, wsExports } from "./ws-package.js";

/**
 * What the `ws-*` files use of `ws` beyond its documented face, and the check that it is there. `ws` has no public way to see the frames of a
 * message, to hold parsing inside a chunk, or to tell its own close codes. Nothing outside this folder's `ws-*` files may know any of it.
 */

export type WriteCallback = (error?: Error | null) => void;

/** A negotiated permessage-deflate. */
export interface DeflateInternals {
  _maxPayload: number;
  /** Once something was inflated; what it gives are views of its output. */
  readonly _inflate?: { readonly _outBuffer?: Uint8Array } | null;
  /** What was agreed on; other compression forms are used where it is not there. */
  readonly params?: { readonly server_no_context_takeover?: boolean; readonly server_max_window_bits?: number } | null;
}

/** The parser of a connection, a `Writable` that is given what the socket reads. */
export interface ReceiverInternals extends Writable {
  _state: number;
  _loop: boolean;
  _fin: boolean;
  _compressed: boolean;
  _opcode: number;
  _fragmented: number;
  _payloadLength: number;
  _totalPayloadLength: number;
  _messageLength: number;
  _numFragments: number;
  _fragments: Buffer[];
  _buffers: Buffer[];
  _bufferedBytes: number;
  _maxPayload: number;
  _maxFragments: number;
  _maxBufferedChunks: number;
  _extensions: Readonly<Record<string, DeflateInternals | undefined>>;
  startLoop(callback: WriteCallback): void;
  getInfo(callback: WriteCallback): void;
  haveLength(callback: WriteCallback): void;
  dataMessage(callback: WriteCallback): void;
  createError(
    type: ErrorConstructor | RangeErrorConstructor,
    message: string,
    prefix: boolean,
    closeCode: number,
    code: string,
  ): Error;
}

/** The framer of a connection. */
export interface SenderInternals {
  /** 0 while nothing is being deflated; then a frame may go straight to the socket. */
  readonly _state: number;
  _firstFragment: boolean;
  send(data: string | Uint8Array, options: SenderOptions, done?: WriteCallback): void;
}

export interface SenderOptions {
  readonly binary: boolean;
  readonly compress: boolean;
  readonly fin: boolean;
  readonly mask: boolean;
}

/** What Node keeps of a stream that libuv writes. */
export interface StreamHandle {
  /** Given to libuv so far. */
  readonly bytesWritten?: number;
  /** Of that, what has not left. */
  readonly writeQueueSize?: number;
  /** Below TLS: the handle of the connection itself. */
  readonly _parent?: StreamHandle;
}

export interface WebSocketInternals {
  _receiver: ReceiverInternals;
  readonly _sender: SenderInternals;
  readonly _socket: Socket & { readonly _handle?: StreamHandle | null };
  readonly _isServer: boolean;
  setSocket(socket: Socket, head: Buffer, options: object): void;
}

/** States of the parser: between two frames; inflating; waiting to be called again. */
export const GET_INFO = 0;
export const INFLATING = 5;
export const DEFER_EVENT = 6;

/** State of the sender in which nothing waits inside it. */
export const IDLE = 0;

/** The key of a negotiated permessage-deflate. */
export const DEFLATE = "permessage-deflate";

type ReceiverClass = new (options?: object) => ReceiverInternals;

/** The parser's class; where a `ws` has none, `Writable`, so that `verifyWs` can say so instead of the loader. */
export const Receiver: ReceiverClass =
  (wsExports as { Receiver?: ReceiverClass }).Receiver ?? (Writable as unknown as ReceiverClass);

/** Older releases let one packet take the process's memory (T47, T50). */
const LEAST_VERSION = [8, 23, 0] as const;

let verified = false;

/**
 * Makes sure that the installed `ws` is one that this package can work with. Looks once for each process.
 *
 * Throws `IllegalStateError`, code `WS_UNSUPPORTED_WS`, that names what is missing and the cure.
 */
export function verifyWs(): void {
  if (verified) return;
  const version = installedVersion();
  const problem = judgeWs(version, missingInternals());
  if (problem !== undefined) throw new IllegalStateError(problem, "WS_UNSUPPORTED_WS");
  verified = true;
}

/** Says what is wrong with a `ws` of this version (undefined: unknown) that lacks these members; undefined when nothing is. */
export function judgeWs(version: string | undefined, missing: readonly string[]): string | undefined {
  const found = version === undefined ? "a ws whose version cannot be read" : `ws ${version}`;
  const cure = `install "ws": "^${LEAST_VERSION.join(".")}" and look with "npm ls ws" for an older copy or an override`;
  if (version !== undefined && isOlder(version))
    return `wirespring needs ws ${LEAST_VERSION.join(".")} or later, found ${found}: ${cure}`;
  if (missing.length > 0) return `wirespring cannot work with ${found}, which lacks ${missing.join(", ")}: ${cure}`;
  return undefined;
}

function isOlder(version: string): boolean {
  const numbers = version.split(/[.-]/, 3).map(Number);
  for (const [index, least] of LEAST_VERSION.entries()) {
    const number = numbers[index] ?? 0;
    if (number !== least) return !(number > least);
  }
  // A pre-release of the least version comes before it.
  return version.includes("-");
}

function installedVersion(): string | undefined {
  try {
    return (createRequire(import.meta.url)("ws/package.json") as { version?: string }).version;
  } catch {
    // A bundle has no package.json beside it; the members tell enough.
    return undefined;
  }
}

/** Names what the `ws-*` files use and this `ws` does not have. */
function missingInternals(): string[] {
  const missing: string[] = [];
  const look = (owner: string, target: object, names: readonly string[], type?: string): void => {
    for (const name of names) {
      const value = (target as Record<string, unknown>)[name];
      if (value === undefined || (type !== undefined && typeof value !== type)) missing.push(`${owner}.${name}`);
    }
  };
  const server = new WebSocketServer({ noServer: true });
  look("WebSocketServer.options", server.options, ["maxBufferedChunks", "maxFragments", "maxPendingAutoPongs"]);
  look("WebSocket.prototype", WebSocket.prototype, ["setSocket"], "function");
  look("ws", wsExports, ["Receiver", "Sender"], "function");
  if (missing.length > 0) return missing;

  const receiver = new Receiver({ allowSynchronousEvents: false, isServer: false });
  look("Receiver", receiver, ["startLoop", "getInfo", "haveLength", "dataMessage", "createError"], "function");
  look("Receiver", receiver, RECEIVER_FIELDS);
  const { Sender } = wsExports as { Sender: new (socket: object, extensions: object) => SenderInternals };
  const sender = new Sender({}, {});
  look("Sender", sender, ["send"], "function");
  look("Sender", sender, ["_state", "_firstFragment"]);
  // An unmasked empty text: without synchronous events it leaves the parser in the state that our hold relies on.
  receiver.write(Buffer.of(0x81, 0x00));
  if (receiver._state !== DEFER_EVENT) missing.push("Receiver's state DEFER_EVENT = 6");
  return missing;
}

const RECEIVER_FIELDS = [
  "_state",
  "_loop",
  "_fin",
  "_compressed",
  "_opcode",
  "_fragmented",
  "_payloadLength",
  "_totalPayloadLength",
  "_messageLength",
  "_numFragments",
  "_fragments",
  "_buffers",
  "_bufferedBytes",
  "_maxPayload",
  "_maxFragments",
  "_maxBufferedChunks",
  "_extensions",
] as const;
