import type { Readable } from "node:stream";
import type { EndpointConfig } from "../endpoint/endpoint-config.js";
import type { TextReader } from "../text-reader.js";
import { FORM, type CodecForm } from "./codec-declaration.js";

/**
 * Turns whole text messages into `T`. Extend it, say by `@Decodes(Type)` what it makes, list it in `@ServerEndpoint({ decoders })`. Each
 * connection has its own instance, made with its dependencies by the container. Jakarta's `Decoder.Text`.
 *
 * ```ts
 * @Decodes(Point)
 * class PointDecoder extends Decoder.Text<Point> {
 *   willDecode(text: string) { return text.includes(","); }
 *   decode(text: string) { const [x, y] = text.split(","); return new Point(Number(x), Number(y)); }
 * }
 * ```
 */
export abstract class Text<T> {
  static readonly [FORM]: CodecForm<"decoder"> = { role: "decoder", kind: "text" };

  /** Tells whether this decoder takes the message; when not, the next one is asked. Without it, it takes all. */
  willDecode?(text: string): boolean | Promise<boolean>;

  /** Makes the value. Throw `DecodeException` for a message that is none: `@OnError` gets it, without one the session closes with 1007. */
  abstract decode(text: string): T | Promise<T>;

  /** Called once for each connection, before `@OnOpen` and before anything is decoded. A failure closes it with 1011. */
  init?(config: EndpointConfig): void | Promise<void>;

  /** Called once for each connection, after `@OnClose`, unless `init` has failed. */
  destroy?(): void | Promise<void>;
}

/** Turns whole binary messages into `T`; everything else as `Text`. The bytes must be left as they are. Jakarta's `Decoder.Binary`. */
export abstract class Binary<T> {
  static readonly [FORM]: CodecForm<"decoder"> = { role: "decoder", kind: "binary" };

  /** Tells whether this decoder takes the message; when not, the next one is asked. Without it, it takes all. */
  willDecode?(bytes: Buffer): boolean | Promise<boolean>;

  /** Makes the value. Throw `DecodeException` for a message that is none: `@OnError` gets it, without one the session closes with 1007. */
  abstract decode(bytes: Buffer): T | Promise<T>;

  /** Called once for each connection, before `@OnOpen` and before anything is decoded. A failure closes it with 1011. */
  init?(config: EndpointConfig): void | Promise<void>;

  /** Called once for each connection, after `@OnClose`, unless `init` has failed. */
  destroy?(): void | Promise<void>;
}

/**
 * Turns text messages into `T` while they arrive; takes every message it is asked for (J-94). What it does not read is thrown away. The size of a
 * message is bounded by `maxStreamSize` only. Everything else as `Text`. Jakarta's `Decoder.TextStream`.
 */
export abstract class TextStream<T> {
  static readonly [FORM]: CodecForm<"decoder"> = { role: "decoder", kind: "text", stream: true };

  /** Makes the value. Throw `DecodeException` for a message that is none: `@OnError` gets it, without one the session closes with 1007. */
  abstract decode(reader: TextReader): T | Promise<T>;

  /** Called once for each connection, before `@OnOpen` and before anything is decoded. A failure closes it with 1011. */
  init?(config: EndpointConfig): void | Promise<void>;

  /** Called once for each connection, after `@OnClose`, unless `init` has failed. */
  destroy?(): void | Promise<void>;
}

/** Turns binary messages into `T` while they arrive; everything else as `TextStream`. Jakarta's `Decoder.BinaryStream`. */
export abstract class BinaryStream<T> {
  static readonly [FORM]: CodecForm<"decoder"> = { role: "decoder", kind: "binary", stream: true };

  /** Makes the value. Throw `DecodeException` for a message that is none: `@OnError` gets it, without one the session closes with 1007. */
  abstract decode(bytes: Readable): T | Promise<T>;

  /** Called once for each connection, before `@OnOpen` and before anything is decoded. A failure closes it with 1011. */
  init?(config: EndpointConfig): void | Promise<void>;

  /** Called once for each connection, after `@OnClose`, unless `init` has failed. */
  destroy?(): void | Promise<void>;
}
