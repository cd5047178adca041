import { Readable } from "node:stream";
import { roleOf } from "../brand.js";
import type { CodecPlan, DecoderEntry } from "../codec/codec-chain.js";
import type { MessageKind } from "../codec/codec-declaration.js";
import { PongMessage } from "../session/pong-message.js";
import { conversionTo } from "./conversion.js";
import type { Class } from "./endpoint-config.js";
import type { Decode } from "./handler.js";

/**
 * Says which kinds of message a handler's message parameter takes, and compiles how each becomes the parameter's value. The endpoint's decoders
 * come before what is built in (J-98). Called by the endpoint model.
 */

/** A kind of message; an endpoint has one handler for each (J-71). */
export type MessageSlot = MessageKind | "pong";

/** Compiles the decoding for a parameter's type. Empty for a type that nothing can make. */
export function messageDecodings(type: Class, plan: CodecPlan): ReadonlyMap<MessageSlot, Decode> {
  const decodings = new Map<MessageSlot, Decode>();
  if (roleOf(type) === "PongMessage") return decodings.set("pong", (_context, data) => new PongMessage(data));
  const fitting = plan.decoders.filter((decoder) => fits(decoder, type));
  const text = textDecoding(type, ofKind(fitting, "text"));
  const binary = binaryDecoding(type, ofKind(fitting, "binary"));
  if (text !== undefined) decodings.set("text", text);
  if (binary !== undefined) decodings.set("binary", binary);
  return decodings;
}

/** Tells what to do about a type that nothing can make. */
export function undecodable(type: Class): string {
  const stream = type as unknown as typeof Readable;
  if (stream === Readable || type.prototype instanceof Readable || (type as unknown) === ReadableStream)
    return `is ${type.name}: messages as streams are not supported yet, take the whole message as a Buffer`;
  return `is ${type.name}, but no decoder of the endpoint makes one: list one, as decoders: [json(${type.name})], or take string or Buffer`;
}

/** J-97: a decoder of a subclass makes what the handler asks for, too. */
function fits(decoder: DecoderEntry, type: Class): boolean {
  return decoder.type === type || decoder.coder === type || decoder.type.prototype instanceof type;
}

function ofKind(decoders: readonly DecoderEntry[], kind: MessageKind): readonly DecoderEntry[] {
  return Object.freeze(decoders.filter((decoder) => decoder.kind === kind));
}

function textDecoding(type: Class, decoders: readonly DecoderEntry[]): Decode | undefined {
  const convert = conversionTo(type);
  if (decoders.length > 0) {
    const otherwise = convert as ((data: string | Buffer) => unknown) | undefined;
    return (context, data) => context.codecs.decode(decoders, data.toString(), otherwise);
  }
  if (convert === undefined) return undefined;
  return (type as unknown) === String
    ? (_context, data) => data.toString()
    : (_context, data) => convert(data.toString());
}

function binaryDecoding(type: Class, decoders: readonly DecoderEntry[]): Decode | undefined {
  const convert = BINARY.get(type);
  if (decoders.length > 0) {
    const otherwise = convert as ((data: string | Buffer) => unknown) | undefined;
    return (context, data) => context.codecs.decode(decoders, data, otherwise);
  }
  return convert === undefined ? undefined : (_context, data) => convert(data);
}

/** T-9: views of the message, but an `ArrayBuffer` is a copy, because the message may be a slice of a larger one. */
const BINARY: ReadonlyMap<unknown, (data: Buffer) => unknown> = new Map<unknown, (data: Buffer) => unknown>([
  [Buffer, (data) => data],
  [Uint8Array, (data) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
  [ArrayBuffer, (data) => Uint8Array.from(data).buffer],
]);
