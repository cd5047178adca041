import type { Class } from "../endpoint/endpoint-config.js";

/**
 * What `@Decodes` and `@Encodes` record on a codec class, and what the abstract classes `Decoder.Text` ... say of themselves. Written by
 * `codec-decorators`, `json`, `decoder` and `encoder`; read by `codec-plan`.
 */

/** Whether a message is text or bytes. */
export type MessageKind = "text" | "binary";

/** Which way a codec goes. */
export type CodecRole = "decoder" | "encoder";

/** What a codec's base class says of it; inherited, and the same in a second copy of the package. */
export interface CodecForm<R extends CodecRole = CodecRole> {
  readonly role: R;
  readonly kind: MessageKind;
  /** Reads or writes a stream instead of the whole message. Default false. */
  readonly stream?: boolean;
}

/** Where the abstract codec classes keep their form. */
export const FORM: unique symbol = Symbol.for("wirespring.codec-form") as never;

/** What a codec may be declared for: a class, abstract ones too, or `String`, `Number`, `Boolean`, `BigInt`. */
export type CodecTarget = (abstract new (...args: never[]) => unknown) | BigIntConstructor;

/** The values that a codec for `C` deals with. */
export type ValueOf<C> = C extends StringConstructor
  ? string
  : C extends NumberConstructor
    ? number
    : C extends BooleanConstructor
      ? boolean
      : C extends BigIntConstructor
        ? bigint
        : C extends abstract new (...args: never[]) => infer T
          ? T
          : never;

/** One `@Decodes` or `@Encodes` on a codec class. */
export interface CodecDeclaration {
  readonly role: CodecRole;
  /** As given to the decorator; judged at deployment. */
  readonly type: unknown;
  /** Encoders: takes more or less than `instanceof type`. */
  readonly accepts?: (value: unknown) => boolean;
  /** Has neither state nor dependencies: one instance serves all connections. */
  readonly stateless?: boolean;
  /** The decorator was called the TC39 way. */
  readonly standard?: boolean;
}

const DECLARATIONS = Symbol.for("wirespring.codec-declarations");

/** Records a declaration before those that are there, because decorators run from the bottom up. */
export function declareCodec(coder: object, declaration: CodecDeclaration): void {
  Reflect.defineMetadata(DECLARATIONS, [declaration, ...codecDeclarationsOf(coder)], coder);
}

/** Gives what a codec class itself declares, in the order of its decorators. A base class's are not its own. */
export function codecDeclarationsOf(coder: object): readonly CodecDeclaration[] {
  return (Reflect.getOwnMetadata(DECLARATIONS, coder) as readonly CodecDeclaration[] | undefined) ?? [];
}

/** Reads the form of a codec class; undefined when it extends none. */
export function codecFormOf(coder: Class): CodecForm | undefined {
  return (coder as { [FORM]?: CodecForm })[FORM];
}
