import { Readable } from "node:stream";
import { roleOf } from "../brand.js";
import type { CodecPlan, DecoderEntry } from "../codec/codec-chain.js";
import type { MessageKind } from "../codec/codec-declaration.js";
import { readableOf, readerOf } from "../codec/stream-codec.js";
import { PongMessage } from "../session/pong-message.js";
import { conversionTo } from "./conversion.js";
import type { Class } from "./endpoint-config.js";
import type { Decode, MessageForm } from "./handler.js";

/**
 * Says which kinds of message a handler's message parameter takes, in which form, and compiles how each becomes the parameter's value. The endpoint's
 * decoders come before what is built in (J-98). Called by the endpoint model and by the handler table of a session.
 */

/** A kind of message; an endpoint has one handler for each (J-71). */
export type MessageSlot = MessageKind | "pong";

/** How the messages of one kind become the parameter's value. */
export interface MessageDecoding {
  readonly form: MessageForm;
  readonly decode: Decode;
}

/** How a handler takes the parts of a message. */
export interface PartDecoding {
  readonly slot: MessageKind;
  readonly decoding: MessageDecoding;
  /** Makes a part what the parameter asks for. */
  readonly convert: (part: string | Buffer) => unknown;
}

/** Compiles the decoding for a parameter's type. Empty for a type that nothing can make. */
export function messageDecodings(type: Class, plan: CodecPlan): ReadonlyMap<MessageSlot, MessageDecoding> {
  const decodings = new Map<MessageSlot, MessageDecoding>();
  if (roleOf(type) === "PongMessage")
    return decodings.set("pong", { form: "whole", decode: (_context, data) => new PongMessage(data as Buffer) });
  const fitting = plan.decoders.filter((decoder) => fits(decoder, type));
  const text = textDecoding(type, ofKind(fitting, "text"));
  const binary = binaryDecoding(type, ofKind(fitting, "binary"));
  if (text !== undefined) decodings.set("text", text);
  if (binary !== undefined) decodings.set("binary", binary);
  return decodings;
}

/** Tells how a message comes in parts of this type; undefined for a type of which it cannot (T-7). */
export function partDecoding(type: Class): PartDecoding | undefined {
  return PARTIAL.get(type);
}

/** Tells what to do about a type that nothing can make. */
export function undecodable(type: Class): string {
  if (type.prototype instanceof Readable || (type as unknown) === ReadableStream)
    return `is ${type.name}: a message is read as a stream by TextReader or by Readable of node:stream, take one of them`;
  return `is ${type.name}, but no decoder of the endpoint makes one: list one, as decoders: [json(${type.name})], or take string or Buffer`;
}

/** J-97: a decoder of a subclass makes what the handler asks for, too. */
function fits(decoder: DecoderEntry, type: Class): boolean {
  return decoder.type === type || decoder.coder === type || decoder.type.prototype instanceof type;
}

function ofKind(decoders: readonly DecoderEntry[], kind: MessageKind): readonly DecoderEntry[] {
  return Object.freeze(decoders.filter((decoder) => decoder.kind === kind));
}

function textDecoding(type: Class, decoders: readonly DecoderEntry[]): MessageDecoding | undefined {
  const reads = roleOf(type) === "TextReader";
  const convert = reads ? readerOf : conversionTo(type);
  if (decoders[0]?.stream) return { form: "stream", decode: byFirst(decoders) };
  if (decoders.length > 0) {
    const otherwise = convert as ((data: string | Buffer) => unknown) | undefined;
    return { form: "whole", decode: (context, data) => context.codecs.decode(decoders, textOf(data), otherwise) };
  }
  if (reads) return { form: "stream", decode: asItIs };
  if (convert === undefined) return undefined;
  return {
    form: "whole",
    decode: (type as unknown) === String ? (_context, data) => textOf(data) : (_context, data) => convert(textOf(data)),
  };
}

function binaryDecoding(type: Class, decoders: readonly DecoderEntry[]): MessageDecoding | undefined {
  const reads = (type as unknown) === Readable;
  const convert = reads ? readableOf : BINARY.get(type);
  if (decoders[0]?.stream) return { form: "stream", decode: byFirst(decoders) };
  if (decoders.length > 0) {
    const otherwise = convert as ((data: string | Buffer) => unknown) | undefined;
    return { form: "whole", decode: (context, data) => context.codecs.decode(decoders, data as Buffer, otherwise) };
  }
  if (reads) return { form: "stream", decode: asItIs };
  return convert === undefined ? undefined : { form: "whole", decode: (_context, data) => convert(data as Buffer) };
}

/** Only where the form is `stream` there is a stream. */
function textOf(data: Buffer | Readable): string {
  return (data as Buffer).toString();
}

/** J-94: a stream decoder takes every message, so that nobody behind the first one is ever asked. */
function byFirst(decoders: readonly DecoderEntry[]): Decode {
  return (context, data) => context.codecs.decode(decoders, data, undefined);
}

const asItIs: Decode = (_context, data) => data;

/** T-9: views of the message, but an `ArrayBuffer` is a copy, because the message may be a slice of a larger one. */
const BINARY: ReadonlyMap<unknown, (data: Buffer) => unknown> = new Map<unknown, (data: Buffer) => unknown>([
  [Buffer, (data) => data],
  [Uint8Array, (data) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
  [ArrayBuffer, (data) => Uint8Array.from(data).buffer],
]);

const IN_PARTS: MessageDecoding = Object.freeze({ form: "parts", decode: asItIs });

const PARTIAL: ReadonlyMap<unknown, PartDecoding> = new Map<unknown, PartDecoding>([
  [String, { slot: "text", decoding: IN_PARTS, convert: (part) => part }],
  [Buffer, { slot: "binary", decoding: IN_PARTS, convert: (part) => part }],
  [Uint8Array, { slot: "binary", decoding: IN_PARTS, convert: (part) => BINARY.get(Uint8Array)!(part as Buffer) }],
]);
