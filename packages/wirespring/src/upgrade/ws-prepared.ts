import { Prepared } from "../session/transport.js";
import { WINDOW_BITS } from "./deflate-offer.js";
import { BINARY, COMPRESSION_THRESHOLD, frameDeflated, frameWhole, TEXT } from "./ws-frame.js";

/**
 * The forms in which a prepared message goes to all its receivers: framed once, and compressed once. Made for the first receiver that wants one;
 * asked by the `ws` transport.
 */

/** The slot for unmasked, uncompressed frames. */
const SERVER_FRAME = Symbol("wirespring.ws.server-frame");

/** The slot for compressed ones. */
const DEFLATED_FRAME = Symbol("wirespring.ws.deflated-frame");

/** Larger messages are compressed by ws, off this thread, for each receiver anew. */
const LARGEST_DEFLATED = 65_536;

/** Gives its frame, or its frames where it is several messages. */
export function frameOf(message: Prepared): Buffer {
  const { messages } = message;
  if (messages === undefined) return message.slot(SERVER_FRAME, frame);
  return message.slot(SERVER_FRAME, () => Buffer.concat(messages.map(frameOf)));
}

/** Gives the same compressed, for peers that agreed on our window and on no context; undefined when it is too large for that. */
export function deflatedFrameOf(message: Prepared): Buffer | undefined {
  const each = message.messages ?? [message];
  return each.some(({ length }) => length > LARGEST_DEFLATED) ? undefined : deflated(message);
}

function deflated(message: Prepared): Buffer {
  const { compress, length, messages } = message;
  if (messages !== undefined) return message.slot(DEFLATED_FRAME, () => Buffer.concat(messages.map(deflated)));
  return !compress || length < COMPRESSION_THRESHOLD ? frameOf(message) : message.slot(DEFLATED_FRAME, deflate);
}

function frame(bytes: Uint8Array, binary: boolean): Buffer {
  return frameWhole(bytes, binary ? BINARY : TEXT, true);
}

function deflate(bytes: Uint8Array, binary: boolean): Buffer {
  return frameDeflated(bytes, binary ? BINARY : TEXT, WINDOW_BITS);
}
