import { Readable, Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { encodeFailure } from "../errors.js";
import { TextReader } from "../text-reader.js";
import { isThenable } from "../thenable.js";
import type { MessageKind } from "./codec-declaration.js";

/**
 * The streams that stream codecs are given where a message is there as a whole: a reader of what was received, and a writer that collects what is to
 * be sent. Called by `CodecChain` and by the decodings of the endpoint model.
 */

/** Gives a whole text as a reader. */
export function readerOf(text: string): TextReader {
  const reader = new TextReader();
  if (text !== "") reader.push(text);
  reader.push(null);
  return reader;
}

/** Gives a whole binary message as a stream. */
export function readableOf(bytes: Buffer): Readable {
  const stream = new Readable({ read() {} });
  if (bytes.length > 0) stream.push(bytes);
  stream.push(null);
  return stream;
}

/**
 * Calls a stream encoder and gives the one message that it has written, whether or not it has ended the writer (J-92). Synchronous where the encoder
 * is. Throws, or rejects, with what the encoder threw, or with what has destroyed the writer.
 *
 * @param encode Writes the value; a promise when it goes on.
 */
export function collect(kind: MessageKind, encode: (writer: Writable) => unknown): Message | Promise<Message> {
  const writer = new CollectingWriter(kind);
  const writing = encode(writer);
  if (!isThenable(writing)) return writer.message();
  return Promise.resolve(writing).then(() => writer.message());
}

type Message = string | Uint8Array;

class CollectingWriter extends Writable {
  readonly #text: StringDecoder | undefined;
  readonly #chunks: (string | Buffer)[] = [];
  #failure: Error | undefined;

  constructor(kind: MessageKind) {
    super({ decodeStrings: kind === "binary" });
    this.#text = kind === "text" ? new StringDecoder("utf8") : undefined;
    // Whoever writes after the end has missed the message; without this, it would end the process.
    this.on("error", (error) => (this.#failure ??= error));
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.#chunks.push(this.#text === undefined || typeof chunk === "string" ? chunk : this.#text.write(chunk));
    callback();
  }

  message(): Message {
    const failure = this.#failure ?? this.errored;
    if (failure) throw failure;
    if (this.destroyed && !this.writableEnded) throw encodeFailure(undefined, "the encoder has destroyed its writer");
    // Lets go of what was corked, too.
    if (!this.writableEnded) this.end();
    if (this.#text === undefined) return Buffer.concat(this.#chunks as Buffer[]);
    return this.#chunks.join("") + this.#text.end();
  }
}
