import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/**
 * The writers of `session.remote`: a Node stream whose chunks are the parts of one message (J-134, J-135). Made by the remote endpoint, which sends
 * the parts; back-pressure is the transport's, chunk by chunk.
 */

/** What a writer asks of the remote endpoint. */
export interface WriterHome {
  /** Sends a part; `done` when it was handed to the network, or why not. The first one waits for its turn. */
  sendPart(writer: MessageWriter, data: string | Uint8Array, last: boolean, done: (error?: Error) => void): void;
  /** The writer has ended, perhaps in the middle of its message. */
  writerGone(writer: MessageWriter): void;
}

/** Characters or bytes that may wait in a writer before `write` gives false. */
const HIGH_WATER_MARK = 65_536;

export class MessageWriter extends Writable {
  readonly binary: boolean;
  readonly #home: WriterHome;
  readonly #text: TextParts | undefined;
  #begun = false;

  constructor(home: WriterHome, binary: boolean) {
    super({ decodeStrings: binary, highWaterMark: HIGH_WATER_MARK });
    this.#home = home;
    this.binary = binary;
    this.#text = binary ? undefined : new TextParts();
    // A peer that leaves must not end the process: the failure is counted, `write` and `finished` tell of it, too.
    this.on("error", ignore);
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, callback: (error?: Error) => void): void {
    this.#begun = true;
    this.#home.sendPart(this, this.#text === undefined ? chunk : this.#text.next(chunk, false), false, callback);
  }

  override _final(callback: (error?: Error) => void): void {
    // Nothing was written: there is no message.
    if (!this.#begun) callback();
    else this.#home.sendPart(this, this.#text === undefined ? NO_BYTES : this.#text.next("", true), true, callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#home.writerGone(this);
    callback(error);
  }
}

/** Keeps characters whole where text is sent in parts: one that is cut at the end of a part leaves with the next. */
export class TextParts {
  readonly #bytes = new StringDecoder("utf8");
  /** The first half of a surrogate pair. */
  #half = "";

  next(part: string | Buffer, last: boolean): string {
    let text = this.#half + (typeof part === "string" ? part : this.#bytes.write(part));
    this.#half = "";
    if (last) return text + this.#bytes.end();
    const end = text.charCodeAt(text.length - 1);
    if (end >= 0xd800 && end <= 0xdbff) {
      this.#half = text.slice(-1);
      text = text.slice(0, -1);
    }
    return text;
  }
}

const NO_BYTES = new Uint8Array(0);

function ignore(): void {}
