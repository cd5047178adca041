import "reflect-metadata";
import { describe, expect, it } from "vitest";
import type { Class, EndpointConfig } from "../endpoint/endpoint-config.js";
import { DecodeException, EncodeException } from "../errors.js";
import { CodecChain, type CodecPlan } from "./codec-chain.js";
import { Decodes, Encodes } from "./codec-decorators.js";
import { planCodecs } from "./codec-plan.js";
import * as Decoder from "./decoder.js";
import * as Encoder from "./encoder.js";
import { json, JsonEncoder } from "./json.js";

class Line {
  constructor(readonly text: string) {}
}

class LoudLine extends Line {}

@Encodes(Line)
class LineEncoder extends Encoder.Text<Line> {
  override encode(line: Line): string {
    return `line ${line.text}`;
  }
}

@Encodes(LoudLine)
class LoudEncoder extends Encoder.Binary<LoudLine> {
  override async encode(line: LoudLine): Promise<Float32Array> {
    return new Float32Array([line.text.length]);
  }
}

const config = {} as EndpointConfig;

function plan(encoders: readonly Class[] = [], decoders: readonly Class[] = []): CodecPlan {
  const problems: string[] = [];
  const planned = planCodecs([{ owner: "Chat", encoders, decoders }], problems);
  expect(problems).toEqual([]);
  return planned;
}

function chain(encoders: readonly Class[] = [], decoders: readonly Class[] = []): CodecChain {
  return new CodecChain(plan(encoders, decoders), (coder) => new (coder as new () => object)());
}

describe("CodecChain.encode", () => {
  it.each<[unknown, string]>([
    ["", ""],
    ["text", "text"],
    [0, "0"],
    [-0.5, "-0.5"],
    [NaN, "NaN"],
    [false, "false"],
    [123n, "123"],
    [new String("boxed"), "boxed"],
    [Object(5), "5"],
    [Object(false), "false"],
    [Object(7n), "7"],
  ])("sends %o as text (J-79, J-80, T-5)", (value, text) => {
    expect(chain().encode(value)).toBe(text);
  });

  it("sends exactly the bytes of a buffer or view (J-78, T-9)", () => {
    const slice = Buffer.from("xxabcyy").subarray(2, 5);
    expect(chain().encode(slice)).toBe(slice);
    const words = new Uint16Array([1, 2, 3]).subarray(1, 2);
    expect(chain().encode(words)).toEqual(new Uint8Array([2, 0]));
    expect(chain().encode(new DataView(slice.buffer, slice.byteOffset, 2))).toEqual(new Uint8Array([97, 98]));
    expect(chain().encode(new Uint8Array([1, 2]).buffer)).toEqual(new Uint8Array([1, 2]));
    expect(chain().encode(new Uint8Array(0))).toEqual(new Uint8Array(0));
  });

  it("asks encoders in declared order, and a base class's takes subclasses (J-89)", async () => {
    const loud = new LoudLine("abc");
    expect(chain([LineEncoder, LoudEncoder]).encode(loud)).toBe("line abc");
    const bytes = await chain([LoudEncoder, LineEncoder]).encode(loud);
    expect(bytes).toEqual(new Uint8Array(new Float32Array([3]).buffer));
    expect(chain([LoudEncoder, LineEncoder]).encode(new Line("abc"))).toBe("line abc");
  });

  it("lets an encoder for a scalar win over the built-in form, boxed values too (J-79, J-90)", () => {
    @Encodes(Number)
    class Hex extends Encoder.Text<number> {
      override encode(value: number): string {
        return value.toString(16);
      }
    }
    @Encodes(String)
    class Words extends Encoder.Binary<string> {
      override encode(value: string): Buffer {
        return Buffer.from(value);
      }
    }
    const both = chain([Hex, Words]);
    expect([both.encode(255), both.encode(Object(255)), both.encode("x"), both.encode(true)]).toEqual([
      "ff",
      "ff",
      Buffer.from("x"),
      "true",
    ]);
  });

  it("leaves scalars and bytes beside JsonEncoder as they are", () => {
    const json = chain([JsonEncoder]);
    expect([json.encode({ a: 1 }), json.encode("x"), json.encode(1), json.encode(Object("x"))]).toEqual([
      '{"a":1}',
      "x",
      "1",
      "x",
    ]);
    expect(json.encode(Buffer.from("b"))).toEqual(Buffer.from("b"));
  });

  it("never turns a value into text by itself (J-91)", () => {
    for (const value of [{}, new Line("x"), [], new Map(), Symbol("s"), () => 1, null, undefined])
      expect(() => chain().encode(value)).toThrow(EncodeException);
    expect(() => chain([LoudEncoder]).encode(new Line("x"))).toThrow(
      "no encoder takes an instance of Line: list one in @ServerEndpoint({ encoders: [...] }), JsonEncoder for instance, or send text or bytes",
    );
  });

  it("passes on the encoder's own error (J-93), and refuses a result of the wrong form", async () => {
    const error = new RangeError("no");
    @Encodes(Line)
    class Failing extends Encoder.Text<Line> {
      override encode(): string {
        throw error;
      }
    }
    @Encodes(Line)
    class Careless extends Encoder.Text<Line> {
      override encode(line: Line): string {
        return line.text.length as never;
      }
    }
    @Encodes(Line)
    class CarelessLater extends Encoder.Binary<Line> {
      override async encode(line: Line): Promise<Buffer> {
        return line.text as never;
      }
    }
    expect(() => chain([Failing]).encode(new Line("x"))).toThrow(error);
    expect(() => chain([Careless]).encode(new Line("x"))).toThrow("Careless.encode must give a string, found number");
    await expect(chain([CarelessLater]).encode(new Line("x"))).rejects.toThrow(
      "CarelessLater.encode must give an ArrayBuffer or a view of one, found string",
    );
  });
});

describe("CodecChain.decode", () => {
  const asked: string[] = [];

  function decoder(name: string, will: boolean | Promise<boolean> | undefined, later = false): Class {
    @Decodes(Line)
    class Named extends Decoder.Text<Line> {
      constructor() {
        super();
        if (will === undefined) Object.assign(this, { willDecode: undefined });
      }
      override willDecode(): boolean | Promise<boolean> {
        asked.push(`${name}?`);
        return will!;
      }
      override decode(text: string): Line | Promise<Line> {
        asked.push(name);
        const line = new Line(`${name} ${text}`);
        return later ? Promise.resolve(line) : line;
      }
    }
    Object.defineProperty(Named, "name", { value: name });
    return Named;
  }

  function decode(decoders: readonly Class[], otherwise?: (data: string | Buffer) => unknown): unknown {
    asked.length = 0;
    const planned = plan([], decoders);
    const codecs = new CodecChain(planned, (coder) => new (coder as new () => object)());
    return codecs.decode(planned.decoders, "x", otherwise);
  }

  it("uses the first that takes the message; the rest is not even asked (J-94)", () => {
    expect(decode([decoder("A", true), decoder("B", true)])).toEqual(new Line("A x"));
    expect(asked).toEqual(["A?", "A"]);
    expect(decode([decoder("A", undefined), decoder("B", true)])).toEqual(new Line("A x"));
    expect(asked).toEqual(["A"]);
  });

  it("does not use one that was asked and said no (J-95)", () => {
    expect(decode([decoder("A", false), decoder("B", true)])).toEqual(new Line("B x"));
    expect(asked).toEqual(["A?", "B?", "B"]);
  });

  it("waits for those that take their time, in the same order", async () => {
    const later = (value: boolean): Promise<boolean> => Promise.resolve(value);
    const decoded = decode([decoder("A", later(false)), decoder("B", later(true), true), decoder("C", true)]);
    expect(decoded).toBeInstanceOf(Promise);
    expect(await decoded).toEqual(new Line("B x"));
    expect(asked).toEqual(["A?", "B?", "B"]);
  });

  it("falls back on what is built in, else nobody has taken the message (J-96, J-98)", async () => {
    const no = [decoder("A", false), decoder("B", Promise.resolve(false))];
    expect(await decode(no, (data) => `native ${data as string}`)).toBe("native x");
    const refused = decode(no) as Promise<unknown>;
    await expect(refused).rejects.toThrow(DecodeException);
    await expect(refused).rejects.toMatchObject({
      text: "x",
      message: "no decoder accepted the message: willDecode was false in A, B [WS_DECODE_FAILED]",
    });
  });

  it("passes on what a decoder throws (J-99)", () => {
    const error = new RangeError("no");
    @Decodes(Line)
    class Failing extends Decoder.Text<Line> {
      override decode(): Line {
        throw error;
      }
    }
    expect(() => decode([Failing])).toThrow(error);
  });
});

describe("CodecChain, life", () => {
  const events: string[] = [];

  function codec(
    name: string,
    life: { init?: () => void | Promise<void>; destroy?: () => void | Promise<void> },
  ): Class {
    @Decodes(Line)
    class Living extends Decoder.Text<Line> {
      override decode(text: string): Line {
        return new Line(text);
      }
    }
    const { init, destroy } = life;
    if (init)
      Living.prototype.init = (given) => {
        events.push(`init ${name} ${given === config}`);
        return init();
      };
    if (destroy)
      Living.prototype.destroy = () => {
        events.push(`destroy ${name}`);
        return destroy();
      };
    return Living;
  }

  const quiet = { init: () => {}, destroy: () => {} };

  function living(...codecs: Class[]): CodecChain {
    events.length = 0;
    return chain([], codecs);
  }

  it("makes each class once for a connection, and none that is stateless (J-87)", () => {
    @Encodes(LoudLine)
    @Encodes(Line)
    class Twice extends Encoder.Text<Line> {
      override encode(line: Line): string {
        return line.text;
      }
    }
    const made: Class[] = [];
    const planned = plan([Twice, JsonEncoder, Twice], [json(Line)]);
    new CodecChain(planned, (coder) => {
      made.push(coder);
      return new (coder as new () => object)();
    });
    expect(made).toEqual([Twice]);
    expect(planned.shared).toBe(false);
  });

  it("needs nothing for a connection where all codecs are stateless: one chain serves all", () => {
    const planned = plan([JsonEncoder], [json(Line)]);
    const shared = new CodecChain(planned, () => expect.fail("nothing is to be made"));
    expect(planned.shared).toBe(true);
    for (let connection = 0; connection < 2; connection++) {
      expect(shared.init(config)).toBeUndefined();
      expect(shared.decode(planned.decoders, '{"text":"x"}', undefined)).toEqual(new Line("x"));
      expect(shared.destroy()).toBeUndefined();
    }
  });

  it("starts in order and ends in reverse, synchronously where the codecs are (J-88)", () => {
    const codecs = living(codec("A", quiet), codec("B", { destroy: () => {} }), codec("C", quiet));
    expect(codecs.init(config)).toBeUndefined();
    expect(codecs.destroy()).toBeUndefined();
    expect(codecs.destroy()).toBeUndefined();
    expect(events).toEqual(["init A true", "init C true", "destroy C", "destroy B", "destroy A"]);
  });

  it("waits for each, one after another", async () => {
    const slow = (name: string) => async (): Promise<void> => {
      await Promise.resolve();
      events.push(`${name} done`);
    };
    const codecs = living(codec("A", { init: slow("A"), destroy: slow("A") }), codec("B", quiet));
    await codecs.init(config);
    await codecs.destroy();
    expect(events).toEqual(["init A true", "A done", "init B true", "destroy B", "destroy A", "A done"]);
  });

  it("ends those behind one that does not end, when it is told to wait no more", async () => {
    const failing = { destroy: () => Promise.reject(new Error("no")) };
    const hanging = { destroy: () => new Promise<void>(() => {}) };
    const codecs = living(codec("A", quiet), codec("B", failing), codec("C", hanging), codec("D", quiet));
    await codecs.init(config);
    void codecs.destroy();
    expect(events.slice(2)).toEqual(["destroy D", "destroy C"]);
    const failed: string[] = [];
    codecs.destroyRest(({ message }) => failed.push(message));
    codecs.destroyRest(({ message }) => failed.push(message));
    expect(events.slice(4)).toEqual(["destroy B", "destroy A"]);
    await expect.poll(() => failed).toEqual(["no"]);
  });

  it("starts nothing more after a failure, and ends only what had started", async () => {
    const error = new Error("no");
    const fail = (): never => {
      throw error;
    };
    const codecs = living(codec("A", quiet), codec("B", { init: fail, destroy: () => {} }), codec("C", quiet));
    expect(() => codecs.init(config)).toThrow(error);
    await codecs.destroy();
    expect(events).toEqual(["init A true", "init B true", "destroy A"]);
    const later = living(codec("A", { init: () => Promise.reject(error), destroy: () => {} }), codec("B", quiet));
    await expect(later.init(config)).rejects.toBe(error);
    await later.destroy();
    expect(events).toEqual(["init A true"]);
  });

  it("ends all whatever fails, and tells of everything that did", async () => {
    const first = new Error("first");
    const failing = {
      destroy: () => {
        throw first;
      },
    };
    const rejecting = { destroy: () => Promise.reject(new Error("second")) };
    const one = living(codec("A", quiet), codec("B", failing));
    expect(one.init(config)).toBeUndefined();
    expect(() => one.destroy()).toThrow(first);
    expect(events).toEqual(["init A true", "destroy B", "destroy A"]);
    const two = living(codec("A", failing), codec("B", rejecting), codec("C", { destroy: () => {} }));
    await expect(two.destroy()).rejects.toMatchObject({
      name: "AggregateError",
      message: "2 codecs could not be destroyed",
      errors: [new Error("second"), first],
    });
    expect(events).toEqual(["destroy C", "destroy B", "destroy A"]);
  });

  it("ends a codec at once whose start was overtaken by the end of the connection", async () => {
    let started!: () => void;
    const starting = new Promise<void>((resolve) => {
      started = resolve;
    });
    const codecs = living(codec("A", { init: () => starting, destroy: () => {} }), codec("B", quiet));
    const ready = codecs.init(config);
    await codecs.destroy();
    expect(events).toEqual(["init A true"]);
    started();
    await expect(ready).rejects.toThrow("the connection has ended before its codecs were ready");
    expect(events).toEqual(["init A true", "destroy A"]);
  });
});
