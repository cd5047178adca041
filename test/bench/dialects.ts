import { clientFrame, Opcode } from "./client-frames.js";
import type { DialectName, Mode } from "./work.js";

/**
 * How the same work is asked for of different servers: each gets the envelope that its own clients put around the same payload. Called by the
 * load programs.
 */

export interface Dialect {
  /** The target of the opening request. */
  readonly path: (mode: Mode) => string;
  /** What is said after the handshake, and how the answer begins with which the connection is ready. Default: nothing. */
  readonly greeting?: { readonly say: Buffer; readonly ready: string };
  /** A message that comes back. */
  readonly echo: (mode: Mode, text: string) => Buffer;
  /** A message that goes to everybody. */
  readonly publish: (text: string) => Buffer;
  /** How the publisher's `ok` begins; no message does. */
  readonly acknowledgement: string;
}

const textFrame = (text: string): Buffer => clientFrame(Opcode.text, Buffer.from(text));
const envelope = (event: string, data: string): Buffer => textFrame(JSON.stringify({ event, data }));

const plain: Dialect = {
  path: (mode) => `/${mode}`,
  echo: (mode, text) => {
    if (mode === "json") return envelope("m", text);
    return mode === "text" ? textFrame(text) : clientFrame(Opcode.binary, Buffer.from(text));
  },
  publish: textFrame,
  acknowledgement: "ok",
};

export const dialects: Readonly<Record<DialectName, Dialect>> = {
  ws: plain,
  // Sends back what it got, mask and all.
  net: plain,
  nest: {
    path: () => "/",
    echo: (_mode, text) => envelope("m", text),
    publish: (text) => envelope("publish", text),
    acknowledgement: '{"event":"ok"',
  },
  "socket.io": {
    path: () => "/socket.io/?EIO=4&transport=websocket",
    greeting: { say: textFrame("40"), ready: "40" },
    echo: (_mode, text) => textFrame(`42${JSON.stringify(["m", text])}`),
    // The number asks for an acknowledgement.
    publish: (text) => textFrame(`420${JSON.stringify(["publish", text])}`),
    acknowledgement: "430",
  },
};
