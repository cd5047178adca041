import { closePayload, Opcode, type PeerFrame } from "../peer-frame.js";

/** Frames that the cases send, short to write. */

export function text(payload: string | Uint8Array, fin = true): PeerFrame {
  return { opcode: Opcode.TEXT, payload, fin };
}

export function binary(payload: Uint8Array | readonly number[], fin = true): PeerFrame {
  return { opcode: Opcode.BINARY, payload: Uint8Array.from(payload), fin };
}

export function more(payload: string | Uint8Array, fin = false): PeerFrame {
  return { opcode: Opcode.CONTINUATION, payload, fin };
}

export function ping(payload = ""): PeerFrame {
  return { opcode: Opcode.PING, payload };
}

export function pong(payload = ""): PeerFrame {
  return { opcode: Opcode.PONG, payload };
}

export function closing(code?: number, reason?: string | Uint8Array): PeerFrame {
  return { opcode: Opcode.CLOSE, payload: closePayload(code, reason) };
}
