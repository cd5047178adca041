import { DecodeException, EncodeException, json, JsonEncoder } from "wirespring";
import fc from "fast-check";
import { keptInputs } from "./corpus.js";
import type { Fuzzer, Trial } from "./fuzzer.js";
import { mutated } from "./mutation.js";

/**
 * JSON texts against the JSON codecs: nothing but a `DecodeException` comes out, no prototype is touched, the bounds hold, and what was taken is
 * what was sent (T56).
 */

class Line {
  text = "";
  private secret = "kept";
  get shout(): string {
    return this.text.toUpperCase();
  }
  whisper(): string {
    return this.secret;
  }
}

const PIECES = [
  ...Array.from('{}[],:"\\0-e. \n\u00a0\0'),
  "null",
  "true",
  "1e999",
  "-0",
  '"__proto__":',
  '"\\u005f_proto__":',
  '"constructor":',
  '"prototype":',
  '"toString":',
  '"whisper":',
  '"shout":',
  '"secret":',
  '{"x":1}',
  "[".repeat(40),
  '{"a":'.repeat(40),
  "\ufeff",
  "\ud800",
  '"\\ud800"',
  "9".repeat(400),
] as const;

const keys = fc.constantFrom("a", "__proto__", "constructor", "toString", "whisper", "shout", "text", "0", "");
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 8, depthSize: "medium", withCrossShrink: true },
    fc.constantFrom('""', "1", "null", "-1.5e3", '"\\n"'),
    fc.array(tie("tree"), { maxLength: 4 }).map((each) => `[${each.join(",")}]`),
    fc
      .array(fc.tuple(keys, tie("tree")), { maxLength: 5 })
      .map((each) => `{${each.map(([key, value]) => `${JSON.stringify(key)}:${String(value)}`).join(",")}}`),
  ),
}));

const inputs = fc.oneof(
  { weight: 3, arbitrary: tree as fc.Arbitrary<string> },
  { weight: 3, arbitrary: mutated(keptInputs<string>("json"), PIECES) },
  { weight: 2, arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((each) => each.join("")) },
  fc.json(),
);

/** The bounds that the reference names. */
const MOST = { depth: 32, keys: 1_000 };

/** No application sends what may only be looked at. */
const PROTOTYPES = [Object.prototype, Array.prototype, Line.prototype];

class Codec implements Trial<string> {
  readonly #lines = new (json(Line))();
  readonly #values = new (json<unknown>("Value", (value) => value))();
  readonly #encoder = new JsonEncoder();
  readonly #before = PROTOTYPES.map(shapeOf);

  attempt(text: string): void {
    const line = decoded(() => this.#lines.decode(text)) as Line | undefined;
    const value = decoded(() => this.#values.decode(text));
    this.#judgePrototypes();
    const expected = expectation(text);
    if ((value !== undefined) !== (expected !== undefined))
      throw new Error(
        value === undefined ? "the codec refused a sound text" : "the codec took a text that is not sound",
      );
    if (JSON.stringify(value) !== JSON.stringify(expected?.value)) throw new Error("the value is not what was sent");
    judgeLine(line, expected?.value);
    if (typeof value === "object" && value !== null) this.#judgeEncoded(value);
  }

  #judgePrototypes(): void {
    for (const [index, prototype] of PROTOTYPES.entries())
      if (shapeOf(prototype) !== this.#before[index]) throw new Error("a prototype has been changed");
  }

  #judgeEncoded(value: object): void {
    try {
      const again: unknown = JSON.parse(this.#encoder.encode(value));
      if (JSON.stringify(again) !== JSON.stringify(value)) throw new Error("what was encoded is not what was given");
    } catch (error) {
      if (!(error instanceof EncodeException)) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function shapeOf(prototype: object): string {
  return Object.getOwnPropertyNames(prototype).join();
}

/** What a decoder made of a text; undefined where it threw the one thing that it may throw. */
function decoded(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DecodeException) return undefined;
    throw error;
  }
}

/** What the text means, if it is sound: JSON within the bounds. */
function expectation(text: string): { readonly value: unknown } | undefined {
  let value: unknown;
  let count = 0;
  let proto = false;
  try {
    value = JSON.parse(text, function (key, each: unknown) {
      if (!Array.isArray(this) && this !== undefined) count++;
      proto ||= key === "__proto__" && !Array.isArray(this);
      return each;
    });
  } catch {
    // Not JSON.
    return undefined;
  }
  // The reviver is called once more, for the whole.
  if (proto || count - 1 > MOST.keys || depthOf(value) > MOST.depth) return undefined;
  return { value };
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Object.values(value).reduce((most: number, each) => Math.max(most, depthOf(each)), 0);
}

/** An object becomes an instance with its keys, unless one of them would replace a member of the class. */
function judgeLine(line: Line | undefined, value: unknown): void {
  const plain = typeof value === "object" && value !== null && !Array.isArray(value);
  const replaces = plain && ["shout", "whisper"].some((key) => Object.hasOwn(value, key));
  if ((line !== undefined) !== (plain && !replaces))
    throw new Error(
      line === undefined ? "no instance was made of an object" : "an instance was made of something else",
    );
  if (line === undefined) return;
  if (Object.getPrototypeOf(line) !== Line.prototype) throw new Error("the instance has another prototype");
  if (JSON.stringify(line) !== JSON.stringify(value)) throw new Error("the instance does not have what was sent");
}

export const jsonFuzzer: Fuzzer<string> = {
  name: "json",
  inputs,
  together: 200,
  start: () => Promise.resolve(new Codec()),
};
