import { injectable } from "tsyringe";
import {
  declareCodec,
  FORM,
  type CodecForm,
  type CodecRole,
  type CodecTarget,
  type ValueOf,
} from "./codec-declaration.js";

/**
 * The class decorators of codecs. They only record and make the class injectable; `codec-plan` judges at deployment.
 */

/** A decoder class whose values are assignable to `T`. */
export type DecoderOf<T> = (new (...args: never[]) => { decode: (data: never) => T | Promise<T> }) & {
  readonly [FORM]: CodecForm<"decoder">;
};

/** An encoder class that takes every `T`. A property, not a method, so that the compiler compares it strictly. */
export type EncoderOf<T> = (new (...args: never[]) => { encode: (value: T, writer: never) => unknown }) & {
  readonly [FORM]: CodecForm<"encoder">;
};

/**
 * Says which class, or which of `String`, `Number`, `Boolean`, `BigInt`, a decoder makes. Handlers whose message parameter has this type,
 * or a base class of it, use the decoder. May be repeated. A decoder that makes something else does not compile.
 */
export function Decodes<C extends CodecTarget>(type: C): (decoder: DecoderOf<ValueOf<C>>) => void {
  return recorder("decoder", type);
}

/**
 * Says which class, or which of `String`, `Number`, `Boolean`, `BigInt`, an encoder takes: its instances, those of subclasses included. May be
 * repeated. An encoder that takes something narrower does not compile.
 */
export function Encodes<C extends CodecTarget>(type: C): (encoder: EncoderOf<ValueOf<C>>) => void {
  return recorder("encoder", type);
}

function recorder(
  role: CodecRole,
  type: unknown,
): (coder: new (...args: never[]) => object, context?: unknown) => void {
  return (coder, context) => {
    const standard = context !== undefined;
    declareCodec(coder, standard ? { role, type, standard } : { role, type });
    injectable()(coder as never);
  };
}
