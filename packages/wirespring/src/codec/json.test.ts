import "reflect-metadata";
import { describe, expect, it } from "vitest";
import { DecodeException, EncodeException } from "../errors.js";
import { codecDeclarationsOf } from "./codec-declaration.js";
import { json, JsonEncoder, type JsonDecoder } from "./json.js";

class Line {
  text = "unset";
  constructor() {
    throw new Error("must not be constructed");
  }
  get loud(): boolean {
    return this.text.endsWith("!");
  }
  set volume(_volume: number) {
    throw new Error("must not be set");
  }
  shout(): string {
    return this.text.toUpperCase();
  }
}

class LoudLine extends Line {}

function decode<T>(type: JsonDecoder<T>, text: string): T {
  return new type().decode(text) as T;
}

function failure(type: JsonDecoder<unknown>, text: string): DecodeException {
  try {
    decode(type, text);
  } catch (error) {
    if (error instanceof DecodeException && error.text === text) return error;
    throw error;
  }
  throw new Error(`no DecodeException for ${text}`);
}

const AnyJson = json<unknown>("Any", (value) => value);

describe("json of a class", () => {
  it("copies own keys onto an instance that no constructor has made", () => {
    const line = decode(json(Line), '{"text":"hi","extra":[1]}');
    expect(line).toBeInstanceOf(Line);
    expect(Object.entries(line)).toEqual([
      ["text", "hi"],
      ["extra", [1]],
    ]);
    expect(line.shout()).toBe("HI");
    line.text = "changed";
    expect(line.text).toBe("changed");
  });

  it.each([
    ["[]", "must be an object, found an array"],
    ["null", "must be an object, found null"],
    ['"x"', "must be an object, found string"],
    ["5", "must be an object, found number"],
    ['{"text":"hi","loud":true}', "has a key that is a method or accessor of the class"],
    ['{"volume":3}', "has a key that is a method or accessor of the class"],
    ['{"shout":3}', "has a key that is a method or accessor of the class"],
  ])("refuses %s", (text, reason) => {
    expect(failure(json(LoudLine), text).message).toBe(`the JSON for LoudLine ${reason} [WS_DECODE_FAILED]`);
  });

  it("takes keys that only Object.prototype has, as data (T56)", () => {
    const line = decode(json(Line), '{"constructor":1,"prototype":2,"toString":3}');
    expect(Object.keys(line)).toEqual(["constructor", "prototype", "toString"]);
    expect(line).toBeInstanceOf(Line);
  });

  it("gives the parsed value to parse, and what that throws is the cause", () => {
    const cause = new TypeError("text is missing");
    const LineJson = json(Line, (value) => {
      if (!(value as Partial<Line>).text) throw cause;
      return Object.assign(Object.create(Line.prototype) as Line, value);
    });
    expect(decode(LineJson, '{"text":"hi"}').shout()).toBe("HI");
    expect(failure(LineJson, "{}")).toMatchObject({
      message: "the JSON is not a valid Line [WS_DECODE_FAILED]",
      cause,
    });
  });

  it("is declared for the class, stateless and named", () => {
    const LineJson = json(Line);
    expect(codecDeclarationsOf(LineJson)).toEqual([{ role: "decoder", type: Line, stateless: true }]);
    expect([LineJson.name, AnyJson.name]).toEqual(["json(Line)", 'json("Any")']);
    expect(codecDeclarationsOf(AnyJson)).toEqual([{ role: "decoder", type: AnyJson, stateless: true }]);
  });

  it("tells at once of arguments that are none", () => {
    expect(() => json("Line", undefined as never)).toThrow('json("Line") needs a function that checks the value');
    expect(() => json((() => Line) as never)).toThrow("json takes a class, or a name and a function");
    expect(() => json(Line, "parse" as never)).toThrow("json(Line, parse): parse must be a function, found string");
    expect(() => json(undefined as never)).toThrow(expect.objectContaining({ code: "WS_ILLEGAL_ARGUMENT" }));
  });
});

describe("limits of json (T56)", () => {
  const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
  const keys = (count: number): string =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index])));

  it("takes 32 levels and refuses 33, however deep", () => {
    expect(decode(AnyJson, nested(32))).toHaveLength(1);
    expect(decode(AnyJson, `${'{"a":'.repeat(32)}1${"}".repeat(32)}`)).toHaveProperty("a.a.a");
    for (const text of [nested(33), nested(200_000), `{"a":${nested(32)}}`])
      expect(failure(AnyJson, text).message).toBe(
        "the JSON for Any is nested deeper than 32 levels [WS_DECODE_FAILED]",
      );
  });

  it("takes 1 000 keys in all and refuses 1 001", () => {
    expect(Object.keys(decode(AnyJson, keys(1_000)) as object)).toHaveLength(1_000);
    for (const text of [keys(1_001), `[${keys(500)},${keys(501)}]`, keys(100_000)])
      expect(failure(AnyJson, text).message).toBe("the JSON for Any has more than 1000 keys [WS_DECODE_FAILED]");
  });

  it("refuses a key __proto__ at any depth, and nothing is polluted", () => {
    for (const text of ['{"__proto__":{"admin":true}}', '[{"a":{"__proto__":1}}]', '{"\\u005f_proto__":{}}'])
      expect(failure(AnyJson, text).message).toBe("the JSON for Any has a key __proto__ [WS_DECODE_FAILED]");
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it.each(["", "hello", "{", "\uFEFF{}", "{'a':1}", "NaN", "undefined", "[1,]", "\u0000"])(
    "refuses %j, which is no JSON",
    (text) => {
      const error = failure(AnyJson, text);
      expect(error.message).toBe("the message is not JSON, expected Any [WS_DECODE_FAILED]");
      expect(error.cause).toBeInstanceOf(SyntaxError);
    },
  );

  it("takes long arrays, and the last of duplicate keys", () => {
    expect(decode(AnyJson, `[${"1,".repeat(20_000)}1]`)).toHaveLength(20_001);
    expect(decode(AnyJson, '{"a":1,"a":2}')).toEqual({ a: 2 });
  });

  it("throws nothing but DecodeException on 20 000 mutated documents", () => {
    let seed = 1;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      return seed % below;
    };
    const base = '{"text":"a\\u0041","list":[1,-2.5e3,true,null,{"__proto__":{}}],"constructor":{"x":"\\"y"}}';
    const alphabet = '{}[]:,"\\u0e-+.truefalsn \n\u0000\uFEFF';
    const LineJson = json(Line);
    let taken = 0;
    for (let round = 0; round < 20_000; round++) {
      let text = base;
      for (let edits = random(4); edits >= 0; edits--) {
        const at = random(text.length);
        text = text.slice(0, at) + alphabet[random(alphabet.length)]! + text.slice(at + random(30));
      }
      try {
        decode(LineJson, text);
        taken++;
      } catch (error) {
        if (!(error instanceof DecodeException)) throw error;
      }
    }
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(20_000);
  });
});

describe("JsonEncoder", () => {
  const encoder = new JsonEncoder();
  const accepts = codecDeclarationsOf(JsonEncoder)[0]!.accepts!;

  it("takes plain objects, arrays and class instances", () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    const late = { toJSON: () => ["x"] };
    for (const value of [{ a: 1 }, bare, [1], new Date(0), Object.create(Line.prototype), late])
      expect(accepts(value)).toBe(true);
    expect([{ a: 1 }, bare, [1], new Date(0), late].map((value) => encoder.encode(value))).toEqual([
      '{"a":1}',
      '{"a":1}',
      "[1]",
      '"1970-01-01T00:00:00.000Z"',
      '["x"]',
    ]);
  });

  it("leaves scalars, boxed ones too, bytes and functions alone", () => {
    const scalars = ["x", 1, true, 1n, new String("x"), Object(1), Object(true), Object(1n), null, undefined];
    const bytes = [
      Buffer.from("x"),
      new Uint8Array(1),
      new Float64Array(1),
      new DataView(new ArrayBuffer(1)),
      new ArrayBuffer(1),
    ];
    for (const value of [...scalars, ...bytes, () => 1, Symbol("x")]) expect(accepts(value)).toBe(false);
  });

  it("does not take what JSON would empty", () => {
    for (const value of [new Map([["a", 1]]), new Set([1]), Promise.resolve(1)]) expect(accepts(value)).toBe(false);
    class Rooms extends Map<string, number> {
      toJSON(): object {
        return Object.fromEntries(this);
      }
    }
    expect(accepts(new Rooms())).toBe(true);
  });

  it("makes what JSON cannot hold an EncodeException", () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    for (const value of [circle, { big: 1n }])
      expect(() => encoder.encode(value)).toThrow(
        expect.objectContaining({
          name: "EncodeException",
          object: value,
          message: "an instance of Object cannot be written as JSON [WS_ENCODE_FAILED]",
          cause: expect.any(TypeError) as unknown,
        }),
      );
    expect(() => encoder.encode({ toJSON: () => undefined })).toThrow(EncodeException);
  });
});
