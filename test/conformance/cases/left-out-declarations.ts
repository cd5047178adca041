import { container, injectable } from "tsyringe";
import { expect } from "vitest";
import {
  Arg,
  CloseReason,
  Decoder,
  Decodes,
  Encoder,
  Encodes,
  OnClose,
  OnMessage,
  OnOpen,
  PathParam,
  ServerEndpoint,
  ServerEndpointConfigurator,
  Session,
  type Class,
} from "wirespring";
import { ruleCase, type ConformanceCase } from "../case-list.js";
import { expectNothingDeployed } from "./refused-application.js";
import { BinaryBeanDecoder, StringBean, TextBeanDecoder } from "./string-bean.js";

/** Rules that no test of the TCK checks: what an application may declare, and what it is told where it may not. */

/** Something that endpoints depend on. */
class Greeter {
  greet(name: string): string {
    return `hello ${name}`;
  }
}

/** A dependency of everything below; each of them says that it was made. */
class Ledger {
  readonly made: string[] = [];
}

class Name {
  constructor(readonly name: string) {}
}

@Decodes(Name)
class NameDecoder extends Decoder.Text<Name> {
  constructor(private readonly ledger: Ledger) {
    super();
    this.ledger.made.push("decoder");
  }
  decode(text: string): Name {
    return new Name(text);
  }
}

@Encodes(Name)
class NameEncoder extends Encoder.Text<Name> {
  constructor(private readonly greeter: Greeter) {
    super();
  }
  encode({ name }: Name): string {
    return this.greeter.greet(name);
  }
}

class Shape {
  constructor(readonly name: string) {}
}

class Circle extends Shape {
  readonly isRound = true;
}

@Decodes(Circle)
class CircleDecoder extends Decoder.Text<Circle> {
  decode(text: string): Circle {
    return new Circle(text);
  }
}

@Decodes(Shape)
class ShapeDecoder extends Decoder.Text<Shape> {
  decode(text: string): Shape {
    return new Shape(text);
  }
}

@Encodes(Shape)
class ShapeEncoder extends Encoder.Text<Shape> {
  encode({ name }: Shape): string {
    return name;
  }
}

/** Makes an endpoint class of handlers that TypeScript would not let through, as a decorator in JavaScript would see it. */
function marked(place: (type: Class) => void): Class {
  class Misplaced {
    declare arrow: unknown;
    static said(_text: string): void {}
    get words(): string {
      return "";
    }
  }
  place(Misplaced);
  ServerEndpoint("/misplaced")(Misplaced);
  return Misplaced;
}

const onMessage = OnMessage() as (target: object, name: string, descriptor?: PropertyDescriptor) => void;

export const leftOutDeclarationCases: readonly ConformanceCase[] = [
  ruleCase(
    2,
    async (stage) => {
      // As a compiler without type information leaves it: no decorator has told what the parameter is.
      class Untyped {
        constructor(readonly greeter: Greeter) {}
      }
      ServerEndpoint("/untyped")(Untyped);
      await expectNothingDeployed([Untyped], ["Untyped", "constructor"]);

      @ServerEndpoint("/greeted")
      class Greeted {
        constructor(private readonly greeter: Greeter) {}
        @OnMessage()
        said(text: string): string {
          return this.greeter.greet(text);
        }
      }
      await expectNothingDeployed([Greeted], ["Greeted", "Greeter"]);
      const dependencies = container.createChildContainer();
      dependencies.registerSingleton(Greeter);
      const peer = await (await stage.start([Greeted], { container: dependencies })).open("/greeted");
      peer.send("you");
      expect(await peer.next()).toBe("hello you");
    },
    { changed: "a class is eligible when the container can construct it" },
  ),

  ruleCase(
    14,
    async () => {
      @ServerEndpoint("/mistaken/{room}")
      class Mistaken {
        @OnMessage()
        said(_text: string, _when: Date): void {}
        @OnClose()
        closed(_reason: CloseReason, _count: number): void {}
        @OnOpen()
        opened(@PathParam("chamber") _chamber: string): void {}
      }
      // Nothing has failed so far: decorators only record. The report has everything at once.
      await expectNothingDeployed(
        [Mistaken],
        [/3 problems/, /Mistaken\.said.*Date/, /Mistaken\.closed, parameter 2.*Number/, /Mistaken\.opened.*chamber/],
      );
    },
    { on: ["none"] },
  ),

  ruleCase(
    27,
    async (stage) => {
      const dependencies = container.createChildContainer();
      const ledger = new Ledger();
      dependencies.registerInstance(Ledger, ledger);
      dependencies.registerSingleton(Greeter);
      @injectable()
      class Configurator extends ServerEndpointConfigurator {
        constructor(given: Ledger) {
          super();
          given.made.push("configurator");
        }
      }
      @ServerEndpoint({
        value: "/injected",
        decoders: [NameDecoder],
        encoders: [NameEncoder],
        configurator: Configurator,
      })
      class Injected {
        constructor(private readonly given: Ledger) {
          given.made.push("endpoint");
        }
        @OnMessage()
        said(name: Name): Name {
          return this.given === ledger ? name : new Name("another");
        }
      }
      const peer = await (await stage.start([Injected], { container: dependencies })).open("/injected");
      peer.send("you");
      expect(await peer.next()).toBe("hello you");
      expect([...ledger.made].sort()).toEqual(["configurator", "decoder", "endpoint"]);
    },
    { changed: "injection by constructor only" },
  ),

  ruleCase(
    49,
    async () => {
      const places: readonly ((type: Class) => void)[] = [
        (type) => onMessage(type, "said", Object.getOwnPropertyDescriptor(type, "said")),
        (type) => onMessage(type.prototype, "words", Object.getOwnPropertyDescriptor(type.prototype, "words")),
        (type) => onMessage(type.prototype, "arrow"),
      ];
      for (const [index, name] of ["said", "words", "arrow"].entries())
        await expectNothingDeployed([marked(places[index]!)], ["Misplaced", name]);
    },
    { on: ["none"], changed: "a rule of our own: static methods, accessors and fields are no handlers" },
  ),

  ruleCase(
    63,
    async () => {
      for (const name of ["", undefined as never, 1 as never]) {
        @ServerEndpoint("/nameless/{room}")
        class Nameless {
          @OnMessage()
          said(_text: string, @PathParam(name) _room: string): void {}
        }
        await expectNothingDeployed([Nameless], ["Nameless.said", "PathParam"]);
      }
    },
    { on: ["none"] },
  ),

  ruleCase(72, async (stage) => {
    @ServerEndpoint({ value: "/both", decoders: [TextBeanDecoder, BinaryBeanDecoder] })
    class Both {
      @OnMessage()
      said({ text }: StringBean): string {
        return text;
      }
    }
    const peer = await stage.open([Both], "/both");
    for (const message of ["text", Buffer.from("binary")]) {
      peer.send(message);
      expect(await peer.next()).toBe(String(message));
    }
    for (const type of [String, Buffer]) {
      @ServerEndpoint({ value: "/blocked", decoders: [TextBeanDecoder, BinaryBeanDecoder] })
      class Blocked {
        @OnMessage()
        said(_bean: StringBean): void {}
        @OnMessage()
        also(@Arg(type) _message: unknown): void {}
      }
      await expectNothingDeployed([Blocked], ["Blocked", "said", "also", type === String ? "text" : "binary"]);
    }
  }),

  ruleCase(
    81,
    async (stage) => {
      @ServerEndpoint("/shapes")
      class Unencodable {
        @OnMessage()
        said(text: string): Shape {
          return new Shape(text);
        }
      }
      await expectNothingDeployed([Unencodable], ["Unencodable.said", "Shape"]);
      @ServerEndpoint({ value: "/shapes", encoders: [ShapeEncoder] })
      class Encodable extends Unencodable {
        @OnMessage()
        override said(text: string): Circle {
          return new Circle(text);
        }
      }
      const peer = await stage.open([Encodable], "/shapes");
      peer.send("circle");
      expect(await peer.next()).toBe("circle");
    },
    { changed: "known where the declared type is a class; otherwise J-91" },
  ),

  ruleCase(97, async (stage) => {
    @ServerEndpoint({ value: "/shapes", decoders: [CircleDecoder] })
    class Shapes {
      @OnMessage()
      said(session: Session, shape: Shape): string {
        return `${shape.name} ${shape instanceof Circle} ${session.isOpen}`;
      }
    }
    const peer = await stage.open([Shapes], "/shapes");
    peer.send("circle");
    expect(await peer.next()).toBe("circle true true");
    // Not every shape is a circle.
    @ServerEndpoint({ value: "/circles", decoders: [ShapeDecoder] })
    class Circles {
      @OnMessage()
      said(_circle: Circle): void {}
    }
    await expectNothingDeployed([Circles], ["Circles.said", "Circle"]);
  }),
];
