import { describe, illegalArgument, decodeFailure, encodeFailure } from "../errors.js";
import { bytesOf, isBoxed } from "./codec-chain.js";
import { declareCodec, type CodecForm, type FORM } from "./codec-declaration.js";
import { Text as TextDecoder } from "./decoder.js";
import { Text as TextEncoder } from "./encoder.js";

/**
 * JSON codecs: `json` makes decoder classes, `JsonEncoder` is an encoder. Both are stateless: one instance serves all connections. Called by
 * `CodecChain`.
 */

/** Deepest nesting of arrays and objects that is taken. */
const MAX_DEPTH = 32;

/** Most keys of all objects of a message together. */
const MAX_KEYS = 1_000;

/** A decoder class that `json` has made; listed in `decoders`, and where it stands for an interface named by `@Arg`. */
export interface JsonDecoder<T> {
  new (): TextDecoder<T>;
  readonly [FORM]: CodecForm<"decoder">;
}

/**
 * Makes a decoder class for text messages in JSON, for `decoders: [...]`.
 *
 * With a class, `@OnMessage() said(line: Line)` gets an instance. Without `parse` the message must be an object; its keys become own properties of
 * an instance that is made without its constructor, so nothing checks their types; a key that is a method or accessor of the class is refused. With an interface there is no
 * class: give it a name and name the result, `const LineJson = json<Line>("Line", parse)`, as `@OnMessage() said(@Arg(LineJson) line: Line)`.
 *
 * Anything else than JSON, nesting over 32, more than 1 000 keys, a key `__proto__`, and whatever `parse` throws, is a `DecodeException`. The
 * message's size is the endpoint's `maxTextMessageSize`.
 *
 * @param parse Checks the parsed JSON and turns it into the value, as `(value) => LineSchema.parse(value)`.
 */
export function json<T extends object>(
  type: abstract new (...args: never[]) => T,
  parse?: (value: unknown) => T,
): JsonDecoder<T>;
export function json<T>(name: string, parse: (value: unknown) => T): JsonDecoder<T>;
export function json(
  target: (abstract new (...args: never[]) => object) | string,
  parse?: (value: unknown) => unknown,
): JsonDecoder<unknown> {
  const name = typeof target === "string" ? target : nameOf(target);
  if (parse !== undefined && typeof parse !== "function")
    throw illegalArgument(`json(${name}, parse): parse must be a function, found ${describe(parse)}`);
  const make = parse ?? (typeof target === "string" ? undefined : (value: unknown) => instantiate(target, value));
  if (make === undefined)
    throw illegalArgument(
      `json(${JSON.stringify(name)}) needs a function that checks the value: json(${JSON.stringify(name)}, parse)`,
    );
  class JsonText extends TextDecoder<unknown> {
    override decode(text: string): unknown {
      return decodeJson(name, text, make as (value: unknown) => unknown);
    }
  }
  Object.defineProperty(JsonText, "name", {
    value: `json(${typeof target === "string" ? JSON.stringify(name) : name})`,
  });
  declareCodec(JsonText, { role: "decoder", type: typeof target === "string" ? JsonText : target, stateless: true });
  return JsonText;
}

/**
 * Encodes plain objects, arrays and class instances as JSON text, by `JSON.stringify`. List it in `encoders`, after encoders for classes of their own.
 *
 * Strings, numbers, booleans, bigints and bytes are sent as what they are. A `Map`, `Set` or `Promise` is not taken, because its JSON is `{}`. A
 * value that JSON cannot hold (a cycle, a bigint) is an `EncodeException`.
 */
export class JsonEncoder extends TextEncoder<object> {
  override encode(value: object): string {
    let text: string | undefined;
    try {
      text = JSON.stringify(value) as string | undefined;
    } catch (error) {
      throw encodeFailure(value, `${describe(value)} cannot be written as JSON`, error);
    }
    if (text === undefined) throw encodeFailure(value, `toJSON of ${describe(value)} gave nothing to send`);
    return text;
  }
}

declareCodec(JsonEncoder, { role: "encoder", type: Object, accepts: isJsonObject, stateless: true });

function isJsonObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null || isBoxed(value) || bytesOf(value) !== undefined) return false;
  if (!(value instanceof Map || value instanceof Set || value instanceof Promise)) return true;
  return typeof (value as { toJSON?: unknown }).toJSON === "function";
}

function nameOf(target: unknown): string {
  if (typeof target === "function" && target.prototype !== undefined) return target.name;
  throw illegalArgument(`json takes a class, or a name and a function, found ${describe(target)}`);
}

function decodeJson(name: string, text: string, make: (value: unknown) => unknown): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw decodeFailure(text, `the message is not JSON, expected ${name}`, error);
  }
  const excess = excessOf(value);
  if (excess !== undefined) throw decodeFailure(text, `the JSON for ${name} ${excess}`);
  try {
    return make(value);
  } catch (error) {
    if (error instanceof Mismatch) throw decodeFailure(text, `the JSON for ${name} ${error.message}`);
    throw decodeFailure(text, `the JSON is not a valid ${name}`, error);
  }
}

/** T56: one walk without recursion, a level at a time. Names the first bound that is broken. */
function excessOf(root: unknown): string | undefined {
  let level: object[] = isObject(root) ? [root] : [];
  let keys = 0;
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`;
    const below: object[] = [];
    for (const node of level) {
      if (Array.isArray(node)) {
        for (const child of node) if (isObject(child)) below.push(child);
        continue;
      }
      for (const key of Object.keys(node)) {
        if (++keys > MAX_KEYS) return `has more than ${MAX_KEYS} keys`;
        if (key === "__proto__") return `has a key __proto__`;
        const child = (node as Record<string, unknown>)[key];
        if (isObject(child)) below.push(child);
      }
    }
    level = below;
  }
  return undefined;
}

/** What `instantiate` throws; its message goes into the `DecodeException`. */
class Mismatch extends Error {}

function instantiate(type: abstract new (...args: never[]) => object, value: unknown): object {
  if (!isObject(value) || Array.isArray(value))
    throw new Mismatch(`must be an object, found ${Array.isArray(value) ? "an array" : describe(value)}`);
  const instance = Object.create(type.prototype as object) as object;
  for (const key of Object.keys(value)) {
    // The peer must not replace what the class computes, nor run its setters.
    if (isMember(type.prototype as object, key))
      throw new Mismatch(`has a key that is a method or accessor of the class`);
    Object.defineProperty(instance, key, {
      value: (value as Record<string, unknown>)[key],
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return instance;
}

function isMember(prototype: object, key: string): boolean {
  if (key === "constructor") return false;
  for (
    let level = prototype;
    level !== null && level !== Object.prototype;
    level = Object.getPrototypeOf(level) as object
  )
    if (Object.hasOwn(level, key)) return true;
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
