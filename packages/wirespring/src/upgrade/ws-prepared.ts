import { Prepared } from "../session/transport.js";
import { WINDOW_BITS } from "./deflate-offer.js";
import { BINARY, COMPRESSION_THRESHOLD, frameDeflated, frameLength, frameWhole, putWhole, TEXT } from "./ws-frame.js";

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
  return message.slot(SERVER_FRAME, () => framed(message));
}

/** Written straight from the payloads, which are kept there from then on and nowhere else. */
function framed(message: Prepared): Buffer {
  const each = message.messages ?? [message];
  const frames = Buffer.allocUnsafeSlow(each.reduce((sum, { length }) => sum + frameLength(length), 0));
  const payloads: Buffer[] = [];
  let at = 0;
  for (const { bytes, binary } of each) {
    at += putWhole(frames, at, bytes, binary ? BINARY : TEXT);
    payloads.push(frames.subarray(at - bytes.length, at));
  }
  message.moveTo(payloads);
  return frames;
}

/** Gives the same compressed, for peers that agreed on our window and on no context; undefined when it is too large for that. */
export function deflatedFrameOf(message: Prepared): Buffer | undefined {
  const each = message.messages ?? [message];
  return each.some(({ length }) => length > LARGEST_DEFLATED) ? undefined : deflated(message);
}

function deflated(message: Prepared): Buffer {
  const { compress, length, messages } = message;
  // What is made of each of them is not kept beside what it is put together to.
  if (messages !== undefined)
    return message.slot(DEFLATED_FRAME, () => Buffer.concat(messages.map((each) => deflate(each))));
  const small = !compress || length < COMPRESSION_THRESHOLD;
  return small ? frameOf(message) : message.slot(DEFLATED_FRAME, () => deflate(message));
}

function deflate({ bytes, binary, compress, length }: Prepared): Buffer {
  const opcode = binary ? BINARY : TEXT;
  if (!compress || length < COMPRESSION_THRESHOLD) return frameWhole(bytes, opcode, true);
  return frameDeflated(bytes, opcode, WINDOW_BITS);
}
