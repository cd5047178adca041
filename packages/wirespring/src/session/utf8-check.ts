import { isUtf8 } from "node:buffer";

/**
 * Checks text that arrives in parts, each of which may end inside a character. Used by transports that give parts; keeps at most three
 * bytes between two of them and never copies a part.
 */

const NOTHING = Buffer.alloc(0);

const CONTINUATIONS = Buffer.alloc(4, 0x80);

/** Tells of each part of a message whether the text can still become valid UTF-8; one object serves all messages of a connection in turn. */
export class Utf8Check {
  /** The beginning of a character whose end has not arrived: a lead byte and what followed it. */
  #open: Buffer = NOTHING;

  /**
   * Takes the next part; `last` ends the message and makes the object ready for the next one. False: the text is not UTF-8, and nothing
   * more of this message may be asked.
   */
  accept(part: Uint8Array, last: boolean): boolean {
    let rest = part;
    if (this.#open.length > 0) {
      const missing = lengthFor(this.#open[0]!) - this.#open.length;
      const joined = Buffer.concat([this.#open, rest.subarray(0, missing)]);
      if (rest.length < missing) {
        this.#open = last ? NOTHING : joined;
        return !last && canGoOn(joined);
      }
      this.#open = NOTHING;
      if (!isUtf8(joined)) return false;
      rest = rest.subarray(missing);
    }
    if (last) return isUtf8(rest);
    const whole = rest.length - openAtEnd(rest);
    // A copy: a view would keep the whole chunk that was read from the network.
    this.#open = whole === rest.length ? NOTHING : Buffer.from(rest.subarray(whole));
    return isUtf8(rest.subarray(0, whole)) && canGoOn(this.#open);
  }
}

/** Whether what begins like this can become a character: once its second byte is there, any continuation decides. */
function canGoOn(open: Buffer): boolean {
  if (open.length < 2) return true;
  return isUtf8(Buffer.concat([open, CONTINUATIONS.subarray(open.length, lengthFor(open[0]!))]));
}

/** Counts the bytes at the end that begin a character and do not finish it. */
function openAtEnd(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) !== 0x80) return lengthFor(byte) > back ? back : 0;
  }
  return 0;
}

/** How many bytes a character has, by its first; 1 for a byte that begins none, which the check then refuses. */
function lengthFor(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 1;
}
