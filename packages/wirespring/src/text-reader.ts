import { Readable } from "node:stream";
import { BRAND } from "./brand.js";

/** What a `TextReader` may be made with. */
export interface TextReaderOptions {
  /** Characters that may wait before `push` gives false. Default: Node's. */
  readonly highWaterMark?: number;
  /** Called when the reader wants more. */
  readonly read?: () => void;
}

/**
 * A text message that is read while it arrives: a Node stream of strings, as an `@OnMessage` parameter or in `Decoder.TextStream`. Jakarta's
 * `Reader` (J-55). No chunk ends inside a character.
 *
 * ```ts
 * class Importer {
 *   @OnMessage() async imported(lines: TextReader) {
 *     for await (const chunk of lines) console.log(chunk.length);
 *   }
 * }
 * ```
 *
 * Belongs to the call it was given to: when the handler has ended and nobody reads any more, the rest of the message is thrown away. It fails
 * with `SessionException` when the session ends in the middle of the message.
 */
export class TextReader extends Readable {
  static readonly [BRAND] = "TextReader";

  constructor(options: TextReaderOptions = {}) {
    const { highWaterMark, read = nothing } = options;
    super({ encoding: "utf8", read, ...(highWaterMark === undefined ? {} : { highWaterMark }) });
  }

  /** Reads what is left to the end. Rejects when the session ends first. Nothing bounds its length but `maxStreamSize`. */
  async text(): Promise<string> {
    let text = "";
    for await (const chunk of this) text += chunk;
    return text;
  }

  override [Symbol.asyncIterator](): NodeJS.AsyncIterator<string> {
    return super[Symbol.asyncIterator]() as NodeJS.AsyncIterator<string>;
  }
}

function nothing(): void {}
