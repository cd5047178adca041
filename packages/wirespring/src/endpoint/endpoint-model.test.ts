import "reflect-metadata";
import { PassThrough, Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { CloseReason } from "../close-reason.js";
import { Decodes, Encodes } from "../codec/codec-decorators.js";
import * as Decoder from "../codec/decoder.js";
import * as Encoder from "../codec/encoder.js";
import { json, JsonEncoder } from "../codec/json.js";
import { HandshakeRequest } from "../handshake-request.js";
import { PongMessage } from "../session/pong-message.js";
import { RemoteEndpoint } from "../session/remote-endpoint.js";
import { Session, WebSocketContainer } from "../session/session.js";
import { Arg, OnClose, Compress, OnError, OnMessage, OnOpen, PathParam, ServerEndpoint } from "./decorators.js";
import { EndpointConfig, type Class, type ClassReference } from "./endpoint-config.js";
import type { HandlerContext } from "./handler.js";
import { modelOf, type EndpointModel } from "./endpoint-model.js";

class Line {
  constructor(readonly text: string) {}
}

class LoudLine extends Line {}

interface Shape {
  readonly text: string;
}

@Decodes(Line)
class LineDecoder extends Decoder.Text<Line> {
  override decode(text: string): Line {
    return new Line(text);
  }
}

@Decodes(Line)
class LineBytesDecoder extends Decoder.Binary<Line> {
  override decode(bytes: Buffer): Line {
    return new Line(bytes.toString());
  }
}

@Encodes(Line)
class LineEncoder extends Encoder.Text<Line> {
  override encode(line: Line): string {
    return line.text;
  }
}

const none = { encoders: [], decoders: [] };

function problemsOf(endpointClass: Class, variables: readonly string[] | undefined = ["room"]): readonly string[] {
  return modelOf(endpointClass, none, variables).problems;
}

function compiled(
  endpointClass: Class,
  defaults: { encoders: ClassReference[]; decoders: ClassReference[] } = none as never,
): EndpointModel {
  const { model, problems } = modelOf(endpointClass, defaults, ["room"]);
  expect(problems).toEqual([]);
  return model!;
}

/** What a compiler emits, or not. */
function emit(endpointClass: Class, method: string, types: readonly unknown[] | undefined): void {
  if (types === undefined) Reflect.deleteMetadata("design:paramtypes", endpointClass.prototype, method);
  else Reflect.defineMetadata("design:paramtypes", types, endpointClass.prototype, method);
}

const NO_METADATA =
  'its type is not known at run time, because the compiler emitted no metadata (esbuild, tsx and type stripping never do, tsc and SWC only with "emitDecoratorMetadata")';
const OBJECT =
  'its type is not known at run time, where it is Object (an interface, a union, an alias, any, or a class imported with "import type")';
const FUNCTION =
  'its type is not known at run time, where it is Function (a class imported with "import type", or a function)';

type Mistake = readonly [name: string, declare: () => Class, problems: readonly string[]];

const parameterMistakes: readonly Mistake[] = [
  [
    "a PathParam that the path lacks",
    () => {
      @ServerEndpoint("/chat/{room}")
      class Chat {
        @OnOpen() opened(@PathParam("rom") _room: string): void {}
      }
      return Chat;
    },
    ['Chat.opened, parameter 1: @PathParam("rom") names no variable of the path, which has "room"'],
  ],
  [
    "a PathParam without name",
    () => {
      @ServerEndpoint("/chat/{room}")
      class Chat {
        @OnOpen() opened(@PathParam("") _room: string): void {}
      }
      return Chat;
    },
    ["Chat.opened, parameter 1: @PathParam needs the name of a variable of the path, found an empty text"],
  ],
  [
    "a PathParam of a class",
    () => {
      @ServerEndpoint({ value: "/chat/{room}", decoders: [LineDecoder] })
      class Chat {
        @OnClose() closed(@PathParam("room") _room: Line): void {}
      }
      return Chat;
    },
    [
      'Chat.closed, parameter 1: @PathParam("room") gives string, number, boolean or bigint, found Line: give it a converter, @PathParam("room", (text) => ...)',
    ],
  ],
  [
    "a PathParam with a converter that is none",
    () => {
      @ServerEndpoint("/chat/{room}")
      class Chat {
        @OnOpen() opened(@PathParam("room", "int" as never) _room: number): void {}
      }
      return Chat;
    },
    ['Chat.opened, parameter 1: the converter of @PathParam("room") must be a function, found string'],
  ],
  [
    "a PathParam without metadata, type or converter",
    () => {
      @ServerEndpoint("/chat/{room}")
      class Chat {
        @OnOpen() opened(@PathParam("room") _room: string): void {}
      }
      emit(Chat, "opened", undefined);
      return Chat;
    },
    [
      `Chat.opened, parameter 1: ${NO_METADATA}, but @PathParam gives string, number, boolean or bigint, told by its type. Say it: @Arg(String) or @Arg(Number), or give @PathParam a converter`,
    ],
  ],
  [
    "a PathParam twice on one parameter",
    () => {
      @ServerEndpoint("/chat/{room}")
      class Chat {
        @OnOpen() opened(@PathParam("room") @PathParam("room") _room: string): void {}
      }
      return Chat;
    },
    ["Chat.opened, parameter 1: has @PathParam twice: remove one"],
  ],
  [
    "a PathParam on a method that is no handler",
    () => {
      @ServerEndpoint("/chat/{room}")
      class Chat {
        opened(@PathParam("room") _room: string): void {}
      }
      return Chat;
    },
    [
      "Chat.opened: has a parameter with @PathParam, but is no handler: decorate it with @OnOpen(), @OnMessage(), @OnClose() or @OnError()",
    ],
  ],
  [
    "a message parameter that is an interface",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() said(_line: Shape): void {}
      }
      return Chat;
    },
    [
      `Chat.said, parameter 1: ${OBJECT}, but @OnMessage takes one message, Session, AbortSignal and @PathParam parameters, told by their types. Say it: @Arg(String), @Arg(Session) or @Arg(Line)`,
    ],
  ],
  [
    "a message parameter that is a union, beside one that is any",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() said(_data: string | Buffer, _more: any): void {}
      }
      return Chat;
    },
    [
      `Chat.said, parameter 1: ${OBJECT}, but @OnMessage takes one message, Session, AbortSignal and @PathParam parameters, told by their types. Say it: @Arg(String), @Arg(Session) or @Arg(Line)`,
      `Chat.said, parameter 2: ${OBJECT}, but @OnMessage takes one message, Session, AbortSignal and @PathParam parameters, told by their types. Say it: @Arg(String), @Arg(Session) or @Arg(Line)`,
    ],
  ],
  [
    "a class that import type has erased",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnOpen() opened(_session: Session): void {}
      }
      emit(Chat, "opened", [Function]);
      return Chat;
    },
    [
      `Chat.opened, parameter 1: ${FUNCTION}, but @OnOpen takes Session, EndpointConfig, HandshakeRequest and @PathParam parameters, told by their types. Say it: @Arg(Session)`,
    ],
  ],
  [
    "no metadata at all",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() said(_text: string, _session: Session): void {}
        @OnError() failed(_error: Error): void {}
      }
      emit(Chat, "said", undefined);
      emit(Chat, "failed", undefined);
      return Chat;
    },
    [
      `Chat.said, parameter 1: ${NO_METADATA}, but @OnMessage takes one message, Session, AbortSignal and @PathParam parameters, told by their types. Say it: @Arg(String), @Arg(Session) or @Arg(Line)`,
      `Chat.said, parameter 2: ${NO_METADATA}, but @OnMessage takes one message, Session, AbortSignal and @PathParam parameters, told by their types. Say it: @Arg(String), @Arg(Session) or @Arg(Line)`,
      `Chat.failed, parameter 1: ${NO_METADATA}, but @OnError takes the error as Error or unknown, Session and @PathParam parameters, told by their types. Say it: @Arg(Error) or @Arg(Session)`,
    ],
  ],
  [
    "a type that is a value at run time",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() said(_colour: string): void {}
      }
      emit(Chat, "said", [{ Red: 0 }]);
      return Chat;
    },
    [
      "Chat.said, parameter 1: its type is not known at run time, where it is an instance of Object (an enum, or modules that import each other), but @OnMessage takes one message, Session, AbortSignal and @PathParam parameters, told by their types. Say it: @Arg(String), @Arg(Session) or @Arg(Line)",
    ],
  ],
  [
    "an Arg that names nothing",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() said(@Arg(undefined as never) _line: Shape): void {}
      }
      return Chat;
    },
    [
      "Chat.said, parameter 1: what its @Arg names is undefined, expected a class: when two modules import each other, write () => Class",
    ],
  ],
  [
    "two Session parameters",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnOpen() opened(_a: Session, _b: Session): void {}
      }
      return Chat;
    },
    ["Chat.opened: takes Session 2 times, expected once"],
  ],
  [
    "EndpointConfig in OnMessage (J-48)",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() said(_text: string, _config: EndpointConfig): void {}
      }
      return Chat;
    },
    [
      "Chat.said, parameter 2: is EndpointConfig, but @OnMessage takes one message, Session, AbortSignal and @PathParam parameters: take it in @OnOpen and keep it in a field",
    ],
  ],
  [
    "HandshakeRequest in OnMessage",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() said(_text: string, _request: HandshakeRequest): void {}
      }
      return Chat;
    },
    [
      "Chat.said, parameter 2: is HandshakeRequest, but @OnMessage takes one message, Session, AbortSignal and @PathParam parameters: take it in @OnOpen and keep what you need of it",
    ],
  ],
  [
    "CloseReason in OnOpen",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnOpen() opened(_reason: CloseReason): void {}
      }
      return Chat;
    },
    [
      "Chat.opened, parameter 1: is CloseReason, but @OnOpen takes Session, EndpointConfig, HandshakeRequest and @PathParam parameters: take it in @OnClose",
    ],
  ],
  [
    "PongMessage in OnClose, RemoteEndpoint and WebSocketContainer in OnError",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnClose() closed(_pong: PongMessage): void {}
        @OnError() failed(_error: Error, _remote: RemoteEndpoint, _container: WebSocketContainer): void {}
      }
      return Chat;
    },
    [
      "Chat.closed, parameter 1: is PongMessage, but @OnClose takes Session, CloseReason and @PathParam parameters: take it in a method with @OnMessage",
      "Chat.failed, parameter 2: is RemoteEndpoint, but @OnError takes the error as Error or unknown, Session and @PathParam parameters: take the Session and use session.remote",
      "Chat.failed, parameter 3: is WebSocketContainer, but @OnError takes the error as Error or unknown, Session and @PathParam parameters: take the Session and use session.container",
    ],
  ],
  [
    "an extra string in OnOpen (J-44)",
    () => {
      @ServerEndpoint("/chat/{room}")
      class Chat {
        @OnOpen() opened(_session: Session, _room: string): void {}
      }
      return Chat;
    },
    [
      'Chat.opened, parameter 2: is String, but @OnOpen takes Session, EndpointConfig, HandshakeRequest and @PathParam parameters. A variable of the path needs @PathParam("name")',
    ],
  ],
  [
    "an Error in OnClose (J-46)",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnClose() closed(_reason: CloseReason, _error: Error): void {}
      }
      return Chat;
    },
    [
      'Chat.closed, parameter 2: is Error, but @OnClose takes Session, CloseReason and @PathParam parameters. A variable of the path needs @PathParam("name")',
    ],
  ],
  [
    "OnError without an error (J-47)",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnError() failed(_session: Session): void {}
      }
      return Chat;
    },
    ["Chat.failed: has no parameter for the error, expected one, as failed(error: Error)"],
  ],
  [
    "OnError with a subclass of Error",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnError() failed(_error: TypeError): void {}
      }
      return Chat;
    },
    ["Chat.failed, parameter 1: is TypeError, but anything may be thrown: take Error or unknown, and narrow it"],
  ],
  [
    "OnError with two errors",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnError() failed(_error: Error, _cause: unknown): void {}
      }
      return Chat;
    },
    ["Chat.failed: has 2 parameters for the error, expected one"],
  ],
];

const messageMistakes: readonly Mistake[] = [
  [
    "two handlers for text",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() said(_text: string): void {}
        @OnMessage() counted(_count: number): void {}
      }
      return Chat;
    },
    ["Chat: said and counted both take text messages, expected one @OnMessage for each kind"],
  ],
  [
    "two handlers for pong",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() alive(_pong: PongMessage): void {}
        @OnMessage() living(_session: Session, _pong: PongMessage): void {}
      }
      return Chat;
    },
    ["Chat: alive and living both take pong messages, expected one @OnMessage for each kind"],
  ],
  [
    "a decoded class whose second decoder takes the slot of another handler (J-72)",
    () => {
      @ServerEndpoint({ value: "/chat", decoders: [LineDecoder, LineBytesDecoder] })
      class Chat {
        @OnMessage() said(_line: Line): void {}
        @OnMessage() sent(_bytes: Buffer): void {}
      }
      return Chat;
    },
    ["Chat: said and sent both take binary messages, expected one @OnMessage for each kind"],
  ],
  [
    "OnOpen twice",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnOpen() opened(): void {}
        @OnOpen() joined(): void {}
      }
      return Chat;
    },
    ["Chat: opened and joined both have @OnOpen, expected one"],
  ],
  [
    "OnMessage twice on one method",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() @OnMessage() said(_text: string): void {}
      }
      return Chat;
    },
    ["Chat.said: has @OnMessage twice: remove one"],
  ],
  [
    "Compress where nothing is returned, and with what is no answer",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnOpen() @Compress(false) opened(): void {}
        @Compress(false) helps(): void {}
        @Compress(1 as never) @OnMessage() said(_text: string): void {}
      }
      return Chat;
    },
    [
      "Chat.opened: has @Compress, which is about what an @OnMessage method returns: add @OnMessage(), or remove it",
      "Chat.helps: has @Compress, which is about what an @OnMessage method returns: add @OnMessage(), or remove it",
      "Chat.said: @Compress takes true or false, found number",
    ],
  ],
  [
    "OnMessage without a message",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() said(_session: Session): void {}
      }
      return Chat;
    },
    ["Chat.said: has no message parameter, expected one, as said(text: string)"],
  ],
  [
    "a class without decoder",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() said(_line: Line): void {}
      }
      return Chat;
    },
    [
      "Chat.said, parameter 1: is Line, but no decoder of the endpoint makes one: list one, as decoders: [json(Line)], or take string or Buffer",
    ],
  ],
  [
    "string and number (J-61)",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() said(_text: string, _count: number): void {}
      }
      return Chat;
    },
    [
      'Chat.said: has 2 message parameters (String, Number), expected one, or string, Buffer or Uint8Array beside last: boolean. A variable of the path needs @PathParam("name")',
    ],
  ],
  [
    "a pong and a boolean (J-61)",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() alive(_pong: PongMessage, _last: boolean): void {}
      }
      return Chat;
    },
    [
      'Chat.alive: has 2 message parameters (PongMessage, Boolean), expected one, or string, Buffer or Uint8Array beside last: boolean. A variable of the path needs @PathParam("name")',
    ],
  ],
  [
    "two booleans (T-7)",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() said(_on: boolean, _last: boolean): void {}
      }
      return Chat;
    },
    [
      'Chat.said: has 2 message parameters (Boolean, Boolean), expected one, or string, Buffer or Uint8Array beside last: boolean. A variable of the path needs @PathParam("name")',
    ],
  ],
  [
    "a message in parts beside a whole one",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() said(_last: boolean, _part: string): void {}
        @OnMessage() counted(_count: number): void {}
      }
      return Chat;
    },
    ["Chat: said and counted both take text messages, expected one @OnMessage for each kind"],
  ],
  [
    "streams of another class, beside a boolean, and a second AbortSignal",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() sent(_bytes: Readable, _last: boolean): void {}
        @OnMessage() read(_bytes: PassThrough, _one: AbortSignal, _two: AbortSignal): void {}
      }
      return Chat;
    },
    [
      'Chat.sent: has 2 message parameters (Readable, Boolean), expected one, or string, Buffer or Uint8Array beside last: boolean. A variable of the path needs @PathParam("name")',
      "Chat.read: takes AbortSignal 2 times, expected once",
      "Chat.read, parameter 1: is PassThrough: a message is read as a stream by TextReader or by Readable of node:stream, take one of them",
    ],
  ],
  [
    "a result that no encoder takes (J-81)",
    () => {
      @ServerEndpoint({ value: "/chat", encoders: [] })
      class Chat {
        @OnMessage() said(text: string): Line {
          return new Line(text);
        }
      }
      return Chat;
    },
    ["Chat.said: returns Line, but no encoder of the endpoint takes one: list one, as encoders: [JsonEncoder]"],
  ],
  [
    "a maxMessageSize that ws would take for none (J-69)",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage({ maxMessageSize: 2 ** 31 }) said(_text: string): void {}
      }
      return Chat;
    },
    ["Chat.said: @OnMessage: maxMessageSize must be a whole number from 1 to 2147483647, found 2147483648"],
  ],
  [
    "an unknown option of OnMessage",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage({ maxSize: 5 } as never) said(_text: string): void {}
      }
      return Chat;
    },
    ['Chat.said: @OnMessage has no option "maxSize", expected maxMessageSize'],
  ],
  [
    "options of OnMessage that are none",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage(1024 as never) said(_text: string): void {}
      }
      return Chat;
    },
    ["Chat.said: @OnMessage takes an object, as { maxMessageSize: 1024 }, found number"],
  ],
];

const placeMistakes: readonly Mistake[] = [
  [
    "a static method (J-49)",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        @OnMessage() static said(_text: string): void {}
      }
      return Chat;
    },
    ['Chat.said: @OnMessage on a static method has no effect: handlers belong to an instance, remove "static"'],
  ],
  [
    "an accessor",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        // @ts-expect-error: refused by the compiler, too.
        @OnMessage() get said(): number {
          return 1;
        }
      }
      return Chat;
    },
    ["Chat.said: @OnMessage on an accessor has no effect: write a method"],
  ],
  [
    "a function in a field",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        // @ts-expect-error: refused by the compiler, too.
        @OnMessage() said = (text: string): string => text;
      }
      return Chat;
    },
    ["Chat.said: @OnMessage on a field has no effect: write a method, said(...) { ... }, not a function in a property"],
  ],
  [
    "a constructor parameter",
    () => {
      @ServerEndpoint("/chat/{room}")
      class Chat {
        constructor(@PathParam("room") readonly room: string) {}
      }
      return Chat;
    },
    [
      'Chat: @PathParam on a constructor parameter has no effect: take it in a handler, as @OnOpen() opened(@PathParam("room") room: string)',
    ],
  ],
  [
    "decorators called as TC39 calls them",
    () => {
      class Chat {
        said(_text: string): void {}
      }
      (OnMessage() as (...args: unknown[]) => void)(Reflect.get(Chat.prototype, "said"), {
        kind: "method",
        name: "said",
      });
      (ServerEndpoint("/chat") as (...args: unknown[]) => void)(Chat, { kind: "class", name: "Chat" });
      return Chat;
    },
    [
      'Chat: its decorators were called as standard (TC39) decorators, which have no parameter types: set "experimentalDecorators": true and "emitDecoratorMetadata": true in the compiler\'s options',
    ],
  ],
  [
    "a handler decorator alone called as TC39 calls it",
    () => {
      class Chat {
        said(_text: string): void {}
      }
      (OnMessage() as (...args: unknown[]) => void)(Reflect.get(Chat.prototype, "said"), {
        kind: "method",
        name: "said",
      });
      return Chat;
    },
    [
      'Chat: its decorators were called as standard (TC39) decorators, which have no parameter types: set "experimentalDecorators": true and "emitDecoratorMetadata": true in the compiler\'s options',
    ],
  ],
  [
    "ServerEndpoint on a method",
    () => {
      @ServerEndpoint("/chat")
      class Chat {
        said(_text: string): void {}
      }
      (ServerEndpoint("/chat") as (...args: unknown[]) => void)(Chat.prototype, "said");
      return Chat;
    },
    ["Chat.said: @ServerEndpoint belongs on the class"],
  ],
  [
    "ServerEndpoint twice",
    () => {
      @ServerEndpoint("/chat")
      @ServerEndpoint("/talk")
      class Chat {}
      return Chat;
    },
    ["Chat: has @ServerEndpoint twice: remove one; several paths need several classes"],
  ],
  [
    "an undecorated subclass (J-23)",
    () => {
      @ServerEndpoint("/chat")
      class Chat {}
      class LoudChat extends Chat {}
      return LoudChat;
    },
    ["LoudChat: has no @ServerEndpoint of its own, and that of Chat is not inherited: decorate LoudChat, too"],
  ],
  [
    "a class without decorator",
    () => class Chat {},
    ['Chat: has no @ServerEndpoint: decorate the class, as @ServerEndpoint("/chat")'],
  ],
  [
    "something that is no class",
    () => undefined as never,
    ["undefined is listed as an endpoint, expected a class with @ServerEndpoint"],
  ],
  [
    "an inherited and an own OnOpen (J-26), the inherited one wrong, too",
    () => {
      class Base {
        @OnOpen() opened(_text: string): void {}
      }
      @ServerEndpoint("/chat")
      class Chat extends Base {
        @OnOpen() joined(): void {}
      }
      return Chat;
    },
    [
      'Chat.opened (inherited from Base), parameter 1: is String, but @OnOpen takes Session, EndpointConfig, HandshakeRequest and @PathParam parameters. A variable of the path needs @PathParam("name")',
      "Chat: joined and opened both have @OnOpen, expected one",
    ],
  ],
];

class Undeclared extends Decoder.Text<Line> {
  override decode(text: string): Line {
    return new Line(text);
  }
}

class Formless {
  decode(text: string): Line {
    return new Line(text);
  }
}

const codecMistakes: readonly Mistake[] = [
  [
    "a decoder without Decodes",
    () => {
      @ServerEndpoint({ value: "/chat", decoders: [Undeclared] })
      class Chat {}
      return Chat;
    },
    ["Chat: Undeclared in decoders has no @Decodes of its own: say what it is for, as @Decodes(Line)"],
  ],
  [
    "a decoder that extends no form",
    () => {
      @ServerEndpoint({ value: "/chat", decoders: [Formless] })
      class Chat {}
      return Chat;
    },
    [
      "Chat: Formless in decoders extends none of Decoder.Text, TextStream, Binary and BinaryStream: let it extend the one for its kind of message",
    ],
  ],
  [
    "codecs in each other's lists",
    () => {
      @ServerEndpoint({ value: "/chat", decoders: [LineEncoder], encoders: [LineDecoder] })
      class Chat {}
      return Chat;
    },
    [
      "Chat: LineDecoder in encoders is a decoder: list it in decoders",
      "Chat: LineEncoder in decoders is an encoder: list it in encoders",
    ],
  ],
  [
    "a decoder of something that is no class",
    () => {
      class Lost extends Decoder.Text<Line> {
        override decode(text: string): Line {
          return new Line(text);
        }
      }
      Decodes(undefined as never)(Lost as never);
      @ServerEndpoint({ value: "/chat", decoders: [Lost] })
      class Chat {}
      return Chat;
    },
    ["Chat: Lost in decoders: its @Decodes names undefined, expected a class. Do two modules import each other?"],
  ],
  [
    "a codec decorator called as TC39 calls it",
    () => {
      class Modern extends Decoder.Text<Line> {
        override decode(text: string): Line {
          return new Line(text);
        }
      }
      (Decodes(Line) as (...args: unknown[]) => void)(Modern, { kind: "class", name: "Modern" });
      @ServerEndpoint({ value: "/chat", decoders: [Modern] })
      class Chat {}
      return Chat;
    },
    [
      'Chat: Modern in decoders: @Decodes was called as a standard (TC39) decorator: set "experimentalDecorators": true in the compiler\'s options',
    ],
  ],
  [
    "lists that are none, and entries that lead nowhere",
    () => {
      @ServerEndpoint({
        value: "/chat",
        encoders: LineEncoder as never,
        decoders: [
          undefined as never,
          () => undefined as never,
          () => {
            throw new ReferenceError("Cannot access 'Late' before initialization");
          },
        ],
      })
      class Chat {}
      return Chat;
    },
    [
      "Chat: encoders must be an array of classes, found LineEncoder",
      "Chat: decoders[0] is undefined, expected a class: when two modules import each other, write () => Class",
      "Chat: decoders[1] is undefined, expected a class: when two modules import each other, write () => Class",
      "Chat: decoders[2] is a function that threw: Cannot access 'Late' before initialization",
    ],
  ],
];

describe("modelOf, mistakes", () => {
  it.each([...parameterMistakes, ...messageMistakes, ...placeMistakes, ...codecMistakes])(
    "tells of %s",
    (_name, declare, problems) => {
      expect(problemsOf(declare())).toEqual(problems);
    },
  );

  it("tells everything that is wrong with a class at once, and gives no model", () => {
    @ServerEndpoint({ value: "/chat", concurrency: 0, decoders: [Undeclared] })
    class Chat {
      @OnOpen() opened(_text: string): void {}
      @OnError() failed(): void {}
    }
    const { model, problems } = modelOf(Chat, none, []);
    expect(model).toBeUndefined();
    expect(problems).toHaveLength(4);
  });

  it("says nothing of names where the path is malformed", () => {
    @ServerEndpoint("chat/{")
    class Chat {
      @OnOpen() opened(@PathParam("room") _room: string): void {}
    }
    expect(modelOf(Chat, none, undefined).problems).toEqual([]);
    expect(problemsOf(Chat, [])).toEqual([
      'Chat.opened, parameter 1: @PathParam("room") names no variable of the path, which has none',
    ]);
  });

  it("names the application for a codec of all endpoints", () => {
    @ServerEndpoint("/chat")
    class Chat {}
    expect(modelOf(Chat, { encoders: [], decoders: [Undeclared] }, []).problems).toEqual([
      "the application: Undeclared in decoders has no @Decodes of its own: say what it is for, as @Decodes(Line)",
    ]);
  });
});

describe("modelOf, models", () => {
  it("takes an endpoint without handlers", () => {
    @ServerEndpoint("/chat")
    class Chat {}
    const model = compiled(Chat);
    expect(model).toMatchObject({ endpointClass: Chat, options: { value: "/chat" }, wantsRequest: false });
    expect([model.open, model.close, model.error, model.text, model.binary, model.pong]).toEqual(
      Array(6).fill(undefined),
    );
    expect(model.codecs.shared).toBe(true);
    expect(Object.isFrozen(model)).toBe(true);
  });

  it("gives each handler its slot, and wants the request only where a handler does", () => {
    @ServerEndpoint("/chat")
    class Chat {
      @OnOpen() opened(_request: HandshakeRequest): void {}
      @OnMessage({ maxMessageSize: 5 }) said(_text: string): void {}
      @Compress(false) @OnMessage() sent(_bytes: Buffer): void {}
      @Compress(true) @OnMessage() alive(_pong: PongMessage): void {}
      @OnClose() closed(): void {}
      @OnError() failed(_error: unknown): void {}
    }
    const model = compiled(Chat);
    expect(model).toMatchObject({
      open: { method: "opened" },
      text: { method: "said", maxMessageSize: 5, isPlain: false },
      binary: { method: "sent", maxMessageSize: undefined, isPlain: true },
      pong: { method: "alive" },
      close: { method: "closed" },
      error: { method: "failed" },
      wantsRequest: true,
    });
  });

  it("lets one method take both kinds where the class has a decoder for each (J-72)", () => {
    @ServerEndpoint({ value: "/chat", decoders: [LineDecoder, LineBytesDecoder] })
    class Chat {
      @OnMessage() said(_line: Line): void {}
    }
    const model = compiled(Chat);
    expect([model.text?.method, model.binary?.method]).toEqual(["said", "said"]);
  });

  it("gives a handler of a base class the decoders of its subclasses (J-97), not the other way round", () => {
    const decoders = [json(LoudLine)];
    @ServerEndpoint({ value: "/chat", decoders })
    class Chat {
      @OnMessage() said(_line: Line): void {}
    }
    expect(compiled(Chat).text?.method).toBe("said");
    @ServerEndpoint({ value: "/chat", decoders: [json(Line)] })
    class LoudChat {
      @OnMessage() said(_line: LoudLine): void {}
    }
    expect(problemsOf(LoudChat)).toHaveLength(1);
  });

  it("takes the application's codecs after the endpoint's own", () => {
    @ServerEndpoint({ value: "/chat", encoders: [LineEncoder], decoders: [() => LineDecoder] })
    class Chat {
      @OnMessage() said(line: Line): Line {
        return line;
      }
    }
    const { codecs } = compiled(Chat, { encoders: [JsonEncoder, LineEncoder], decoders: [LineBytesDecoder] });
    expect(codecs.encoders.map(({ coder }) => coder)).toEqual([LineEncoder, JsonEncoder]);
    expect(codecs.decoders.map(({ coder }) => coder)).toEqual([LineDecoder, LineBytesDecoder]);
    expect(codecs.classes).toEqual([LineEncoder, LineDecoder, LineBytesDecoder]);
    expect(codecs.shared).toBe(false);
  });

  it("names an interface by what json gives", () => {
    const ShapeJson = json<Shape>("Shape", (value) => value as Shape);
    @ServerEndpoint({ value: "/chat", decoders: [ShapeJson] })
    class Chat {
      @OnMessage() said(@Arg(ShapeJson) _shape: Shape): void {}
    }
    expect(compiled(Chat).text?.method).toBe("said");
  });

  it("takes declared results that can be sent (J-81)", () => {
    @ServerEndpoint({ value: "/chat", encoders: [JsonEncoder] })
    class Chat {
      @OnMessage() said(text: string): Line {
        return new Line(text);
      }
      @OnMessage() sent(bytes: Buffer): Uint8Array {
        return bytes;
      }
      @OnMessage() async alive(_pong: PongMessage): Promise<Shape | undefined> {
        return undefined;
      }
    }
    expect(problemsOf(Chat)).toEqual([]);
    @ServerEndpoint({ value: "/loud", encoders: [LineEncoder] })
    class LoudChat {
      @OnMessage() said(text: string): LoudLine {
        return new LoudLine(text);
      }
    }
    expect(problemsOf(LoudChat)).toEqual([]);
    @Encodes(LoudLine)
    class LoudEncoder extends Encoder.Text<LoudLine> {
      override encode(line: LoudLine): string {
        return line.text;
      }
    }
    @ServerEndpoint({ value: "/maybe", encoders: [LoudEncoder] })
    class MaybeLoudChat {
      @OnMessage() said(text: string): Line {
        return new LoudLine(text);
      }
    }
    expect(problemsOf(MaybeLoudChat)).toEqual([]);
  });
});

describe("modelOf, inheritance", () => {
  class Base {
    @OnOpen() opened(session: Session): unknown {
      return session;
    }
    @OnMessage() said(text: string): string {
      return `base ${text}`;
    }
    @OnClose() closed(_reason: CloseReason): void {}
  }

  it("keeps handlers that are inherited unchanged (J-24)", () => {
    @ServerEndpoint("/chat")
    class Chat extends Base {}
    const model = compiled(Chat);
    expect([model.open?.method, model.text?.method, model.close?.method]).toEqual(["opened", "said", "closed"]);
    expect(model.text!.invoke({ instance: new Chat() } as HandlerContext, "x")).toBe("base x");
  });

  it("switches off what is overridden without decorator (J-25)", () => {
    @ServerEndpoint("/chat")
    class Chat extends Base {
      override said(text: string): string {
        return text;
      }
    }
    expect(compiled(Chat).text).toBeUndefined();
    @ServerEndpoint("/chat")
    class Further extends Chat {}
    expect(compiled(Further).text).toBeUndefined();
  });

  it("replaces what is overridden with the decorator, its types included (J-25)", () => {
    @ServerEndpoint("/chat")
    class Chat extends Base {
      @OnMessage() override said(bytes: any): string {
        return `own ${bytes}`;
      }
    }
    emit(Chat, "said", [Buffer]);
    const model = compiled(Chat);
    expect(model.text).toBeUndefined();
    expect(model.binary!.invoke({ instance: new Chat() } as HandlerContext, "x")).toBe("own x");
  });
});
