import type { EndpointConfig } from "../endpoint/endpoint-config.js";
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
