import type { Writable } from "node:stream";
import type { EndpointConfig } from "../endpoint/endpoint-config.js";
import { FORM, type CodecForm } from "./codec-declaration.js";

/**
 * Turns `T` into a text message. Extend it, say by `@Encodes(Type)` what it takes, list it in `@ServerEndpoint({ encoders })`. Each connection
 * has its own instance, made with its dependencies by the container. Jakarta's `Encoder.Text`.
 *
 * ```ts
 * @Encodes(Point)
 * class PointEncoder extends Encoder.Text<Point> {
 *   encode(point: Point) { return `${point.x},${point.y}`; }
 * }
 * ```
 */
export abstract class Text<T> {
  static readonly [FORM]: CodecForm<"encoder"> = { role: "encoder", kind: "text" };

  /** Makes the message. What it throws reaches who has sent the value, or `@OnError` for a returned one; nothing is sent then. */
  abstract encode(value: T): string | Promise<string>;

  /** Called once for each connection, before `@OnOpen` and before anything is encoded. A failure closes it with 1011. */
  init?(config: EndpointConfig): void | Promise<void>;

  /** Called once for each connection, after `@OnClose`, unless `init` has failed. */
  destroy?(): void | Promise<void>;
}

/** Turns `T` into a binary message; everything else as `Text`. Jakarta's `Encoder.Binary`. */
export abstract class Binary<T> {
  static readonly [FORM]: CodecForm<"encoder"> = { role: "encoder", kind: "binary" };

  /** Makes the message: exactly the bytes of the view, which must not change until they are sent. */
  abstract encode(value: T): ArrayBuffer | ArrayBufferView | Promise<ArrayBuffer | ArrayBufferView>;

  /** Called once for each connection, before `@OnOpen` and before anything is encoded. A failure closes it with 1011. */
  init?(config: EndpointConfig): void | Promise<void>;

  /** Called once for each connection, after `@OnClose`, unless `init` has failed. */
  destroy?(): void | Promise<void>;
}

/**
 * Writes `T` as one text message; everything else as `Text`. What is written is collected and sent once, when `encode` has ended, whether or not it has
 * ended the writer (J-92). Jakarta's `Encoder.TextStream`.
 */
export abstract class TextStream<T> {
  static readonly [FORM]: CodecForm<"encoder"> = { role: "encoder", kind: "text", stream: true };

  /** Writes strings. Nothing is sent when it throws, or when it destroys the writer. */
  abstract encode(value: T, writer: Writable): void | Promise<void>;

  /** Called once for each connection, before `@OnOpen` and before anything is encoded. A failure closes it with 1011. */
  init?(config: EndpointConfig): void | Promise<void>;

  /** Called once for each connection, after `@OnClose`, unless `init` has failed. */
  destroy?(): void | Promise<void>;
}

/** Writes `T` as one binary message; everything else as `TextStream`. Jakarta's `Encoder.BinaryStream`. */
export abstract class BinaryStream<T> {
  static readonly [FORM]: CodecForm<"encoder"> = { role: "encoder", kind: "binary", stream: true };

  /** Writes bytes. Nothing is sent when it throws, or when it destroys the writer. */
  abstract encode(value: T, writer: Writable): void | Promise<void>;

  /** Called once for each connection, before `@OnOpen` and before anything is encoded. A failure closes it with 1011. */
  init?(config: EndpointConfig): void | Promise<void>;

  /** Called once for each connection, after `@OnClose`, unless `init` has failed. */
  destroy?(): void | Promise<void>;
}
