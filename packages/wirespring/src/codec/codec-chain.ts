import { Readable, type Writable } from "node:stream";
import { asError, describe, IllegalStateError, decodeFailure, encodeFailure } from "../errors.js";
import { isThenable } from "../thenable.js";
import type { Class, EndpointConfig } from "../endpoint/endpoint-config.js";
import type { MessageKind } from "./codec-declaration.js";
import { collect, readableOf, readerOf } from "./stream-codec.js";

/**
 * The codecs of one connection: makes them, starts and ends them, and turns messages into values and back by an endpoint's plan. Made by the
 * deployment; called by the dispatcher, by `session.remote` and by compiled handlers.
 */

/** A message as it goes to the transport. */
export type Encoded = string | Uint8Array;

/** One `@Decodes` or `@Encodes` of a listed codec. */
export interface CodecEntry {
  readonly coder: Class;
  readonly kind: MessageKind;
  /** It reads or writes a stream instead of the whole message. */
  readonly stream: boolean;
  /** The one instance for all connections; undefined where each connection has its own. */
  readonly instance: object | undefined;
  /** The place of `coder` in `CodecPlan.classes`; -1 where there is an instance. */
  readonly index: number;
}

/** A decoder as one handler may use it. */
export interface DecoderEntry extends CodecEntry {
  /** What it makes: a class, a scalar's constructor, or itself where it stands for an interface. */
  readonly type: Class;
}

/** An encoder as it is asked for every value. */
export interface EncoderEntry extends CodecEntry {
  readonly type: Class;
  readonly accepts: (value: unknown) => boolean;
}

/** The codecs of one endpoint in the order in which they are asked: its own, then the application's. Frozen. */
export interface CodecPlan {
  readonly encoders: readonly EncoderEntry[];
  readonly decoders: readonly DecoderEntry[];
  /** What has to be made for each connection, each class once, in the order in which they are started. */
  readonly classes: readonly Class[];
  /** Nothing has to be made for a connection: one chain may serve all of them. */
  readonly shared: boolean;
}

interface Coder {
  init?: (config: EndpointConfig) => void | PromiseLike<void>;
  destroy?: () => void | PromiseLike<void>;
}

interface AnyDecoder extends Coder {
  willDecode?: (data: string | Buffer) => unknown;
  decode: (data: string | Buffer | Readable) => unknown;
}

interface AnyEncoder extends Coder {
  encode: (value: unknown, writer?: Writable) => unknown;
}

/** The codecs of one connection, or of all where `plan.shared`. Synchronous wherever the codecs are. */
export class CodecChain {
  readonly #plan: CodecPlan;
  /** One for each of `plan.classes`. */
  readonly #made: readonly Coder[];
  /** Started, or in no need of it, and not destroyed yet. */
  readonly #started = new Set<Coder>();
  #destroyed = false;
  /** Those that are being destroyed, by call: what is not destroyed yet, the next first. */
  readonly #ending: Coder[][] = [];

  /** Makes all codecs of a connection. Throws what `make` throws. */
  constructor(plan: CodecPlan, make: (coder: Class) => object) {
    this.#plan = plan;
    this.#made = plan.classes.map((coder) => make(coder) as Coder);
    for (const coder of this.#made) if (coder.init === undefined) this.#started.add(coder);
  }

  /** Calls every `init`, one after another. Throws, or rejects, with the error of the first that fails; the rest is not called then. */
  init(config: EndpointConfig): void | Promise<void> {
    return this.#initFrom(0, config);
  }

  #initFrom(start: number, config: EndpointConfig): void | Promise<void> {
    for (let index = start; index < this.#made.length; index++) {
      const coder = this.#made[index]!;
      if (coder.init === undefined) continue;
      const starting = coder.init(config);
      if (isThenable(starting))
        return Promise.resolve(starting)
          .then(() => this.#initLate(coder))
          .then(() => this.#initFrom(index + 1, config));
      this.#started.add(coder);
    }
  }

  /** The connection may have ended while an `init` was at work: what it has opened is closed again at once. */
  async #initLate(coder: Coder): Promise<void> {
    this.#started.add(coder);
    if (!this.#destroyed) return;
    await this.destroy();
    throw new IllegalStateError("the connection has ended before its codecs were ready");
  }

  /**
   * Calls `destroy` of every codec whose `init` has not failed, in reverse order, all of them whatever happens. Throws, or rejects, at the end
   * with the error, or with an `AggregateError` of several. A second call does nothing.
   */
  destroy(): void | Promise<void> {
    this.#destroyed = true;
    const coders = this.#made.filter((coder) => this.#started.delete(coder)).reverse();
    this.#ending.push(coders);
    return destroyAll(coders, []);
  }

  /** One of them does not end: begins with all that wait behind it, without waiting any more. */
  destroyRest(failed: (error: Error) => void): void {
    for (const coder of this.#ending.flatMap((coders) => coders.splice(0)))
      void new Promise<void>((resolve) => resolve(destroyAll([coder], []))).catch((error: Error) => failed(error));
  }

  /**
   * Turns a value into a message: by the first encoder that takes it, else as what it is. Throws, or rejects, with what the encoder threw, or with
   * `EncodeException` when nothing takes the value; a value is never turned into text by `toString`.
   */
  encode(value: unknown): Encoded | Promise<Encoded> {
    const plain = unbox(value);
    for (const entry of this.#plan.encoders) if (entry.accepts(plain)) return this.#encodeBy(entry, plain);
    switch (typeof plain) {
      case "string":
        return plain;
      case "number":
      case "boolean":
      case "bigint":
        return String(plain);
      default:
    }
    const bytes = bytesOf(plain);
    if (bytes === undefined) throw encodeFailure(value, noEncoder(value));
    return bytes;
  }

  #encodeBy(entry: EncoderEntry, value: unknown): Encoded | Promise<Encoded> {
    const coder = this.#coderOf(entry) as AnyEncoder;
    if (entry.stream) return collect(entry.kind, (writer) => coder.encode(value, writer));
    const message = coder.encode(value);
    if (!isThenable(message)) return checked(entry, value, message);
    return Promise.resolve(message).then((settled) => checked(entry, value, settled));
  }

  /**
   * Turns a message into a value: by the first of the decoders that takes it, else by `otherwise`. A promise when a decoder is asynchronous.
   * Throws, or rejects, with what the decoder threw, or with `DecodeException` when nobody takes the message (J-96).
   *
   * @param decoders Those of the plan that fit the parameter and the kind of message, in order.
   * @param data Text for text decoders, else bytes; or the stream that brings them, where the first decoder is a stream decoder.
   */
  decode(
    decoders: readonly DecoderEntry[],
    data: string | Buffer | Readable,
    otherwise: ((data: string | Buffer) => unknown) | undefined,
  ): unknown {
    return this.#decodeFrom(0, decoders, data, otherwise);
  }

  #decodeFrom(
    start: number,
    decoders: readonly DecoderEntry[],
    data: string | Buffer | Readable,
    otherwise: ((data: string | Buffer) => unknown) | undefined,
  ): unknown {
    for (let index = start; index < decoders.length; index++) {
      const coder = this.#coderOf(decoders[index]!) as AnyDecoder;
      if (decoders[index]!.stream) return coder.decode(streamOf(data));
      // Streams come to stream decoders only; see `messageDecodings`.
      if (data instanceof Readable) break;
      if (coder.willDecode === undefined) return coder.decode(data);
      const willing = coder.willDecode(data);
      if (isThenable(willing))
        return Promise.resolve(willing).then((later) =>
          later ? coder.decode(data) : this.#decodeFrom(index + 1, decoders, data, otherwise),
        );
      if (willing) return coder.decode(data);
    }
    if (data instanceof Readable) throw new IllegalStateError("a stream was given to decoders of whole messages");
    if (otherwise !== undefined) return otherwise(data);
    const names = decoders.map(({ coder }) => coder.name).join(", ");
    throw decodeFailure(data, `no decoder accepted the message: willDecode was false in ${names}`);
  }

  #coderOf(entry: CodecEntry): Coder {
    return (entry.instance as Coder | undefined) ?? this.#made[entry.index]!;
  }
}

function streamOf(data: string | Buffer | Readable): Readable {
  if (typeof data === "string") return readerOf(data);
  return data instanceof Readable ? data : readableOf(data);
}

/** Gives the exact bytes of a buffer or view as a `Uint8Array`, without a copy; undefined for anything else. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
}

/** Tells whether a value is a boxed string, number, boolean or bigint. */
export function isBoxed(value: unknown): boolean {
  return value instanceof String || value instanceof Number || value instanceof Boolean || value instanceof BigInt;
}

/** T-5: `new String("x")` is the message `x`. */
function unbox(value: unknown): unknown {
  return isBoxed(value) ? (value as object).valueOf() : value;
}

function checked(entry: EncoderEntry, value: unknown, message: unknown): Encoded {
  const { name } = entry.coder;
  if (entry.kind === "text") {
    if (typeof message === "string") return message;
    throw encodeFailure(value, `${name}.encode must give a string, found ${describe(message)}`);
  }
  const bytes = bytesOf(message);
  if (bytes !== undefined) return bytes;
  throw encodeFailure(value, `${name}.encode must give an ArrayBuffer or a view of one, found ${describe(message)}`);
}

function noEncoder(value: unknown): string {
  return `no encoder takes ${describe(value)}: list one in @ServerEndpoint({ encoders: [...] }), JsonEncoder for instance, or send text or bytes`;
}

/** @param coders Becomes empty. */
function destroyAll(coders: Coder[], errors: Error[]): void | Promise<void> {
  for (let coder = coders.shift(); coder !== undefined; coder = coders.shift()) {
    try {
      const ending = coder.destroy?.();
      if (isThenable(ending))
        return Promise.resolve(ending)
          .then(undefined, (error: unknown) => void errors.push(asError(error)))
          .then(() => destroyAll(coders, errors));
    } catch (error) {
      errors.push(asError(error));
    }
  }
  if (errors.length === 1) throw errors[0]!;
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} codecs could not be destroyed`);
}
