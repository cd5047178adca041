import "reflect-metadata";
import { container } from "tsyringe";
import { describe, expect, it } from "vitest";
import { codecDeclarationsOf } from "./codec-declaration.js";
import { Decodes, Encodes } from "./codec-decorators.js";
import * as Decoder from "./decoder.js";
import * as Encoder from "./encoder.js";

class Line {
  constructor(readonly text: string) {}
}

class LoudLine extends Line {
  readonly loud = true;
}

abstract class Shape {
  abstract readonly area: number;
}

class Service {}

@Decodes(Line)
class LineDecoder extends Decoder.Text<Line> {
  constructor(readonly service: Service) {
    super();
  }
  override decode(text: string): Line {
    return new Line(text);
  }
}

@Encodes(LoudLine)
@Encodes(Line)
class LineEncoder extends Encoder.Binary<Line> {
  override encode(line: Line): Uint8Array {
    return Buffer.from(line.text);
  }
}

describe("Decodes and Encodes", () => {
  it("record the type on the class itself, in the order they are written", () => {
    class Further extends LineEncoder {}
    expect(codecDeclarationsOf(LineDecoder)).toEqual([{ role: "decoder", type: Line }]);
    expect(codecDeclarationsOf(LineEncoder)).toEqual([
      { role: "encoder", type: LoudLine },
      { role: "encoder", type: Line },
    ]);
    expect(codecDeclarationsOf(Further)).toEqual([]);
  });

  it("make the class injectable", () => {
    expect(container.createChildContainer().resolve(LineDecoder).service).toBeInstanceOf(Service);
  });

  it("compile where the codec's type fits the decorator's", () => {
    @Decodes(Line)
    class Loud extends Decoder.Binary<LoudLine> {
      override async decode(bytes: Buffer): Promise<LoudLine> {
        return new LoudLine(bytes.toString());
      }
    }
    @Encodes(LoudLine)
    class Plain extends Encoder.Text<Line> {
      override encode(line: Line): string {
        return line.text;
      }
    }
    @Decodes(String)
    class Words extends Decoder.Text<string> {
      override decode(text: string): string {
        return text;
      }
    }
    @Encodes(BigInt)
    class Hex extends Encoder.Text<bigint> {
      override encode(value: bigint): string {
        return value.toString(16);
      }
    }
    @Encodes(Shape)
    class Shapes extends Encoder.Text<Shape> {
      override encode(shape: Shape): string {
        return String(shape.area);
      }
    }
    for (const coder of [Loud, Plain, Words, Hex, Shapes]) expect(codecDeclarationsOf(coder)).toHaveLength(1);
  });

  it("do not compile where it does not", () => {
    class Base extends Decoder.Text<Line> {
      override decode(text: string): Line {
        return new Line(text);
      }
    }
    class Narrow extends Encoder.Text<LoudLine> {
      override encode(line: LoudLine): string {
        return line.text;
      }
    }
    class Numbers extends Decoder.Text<number> {
      override decode(text: string): number {
        return Number(text);
      }
    }
    class Formless {
      decode(text: string): Line {
        return new Line(text);
      }
    }
    // @ts-expect-error: makes a Line, which may not be a LoudLine.
    Decodes(LoudLine)(Base);
    // @ts-expect-error: takes LoudLines only.
    Encodes(Line)(Narrow);
    // @ts-expect-error: makes numbers.
    Decodes(String)(Numbers);
    // @ts-expect-error: is a decoder.
    Encodes(Line)(Base);
    // @ts-expect-error: extends no form of decoder.
    Decodes(Line)(Formless);
    expect(codecDeclarationsOf(Base)).toHaveLength(2);
  });
});
