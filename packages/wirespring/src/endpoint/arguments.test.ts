import "reflect-metadata";
import { describe, expect, it } from "vitest";
import { CloseReason } from "../close-reason.js";
import { CodecChain, type CodecPlan } from "../codec/codec-chain.js";
import { json } from "../codec/json.js";
import { DecodeException } from "../errors.js";
import { HandshakeRequest } from "../handshake-request.js";
import { PongMessage } from "../session/pong-message.js";
import { Session } from "../session/session.js";
import { Arg, OnClose, OnError, OnMessage, OnOpen, PathParam, ServerEndpoint } from "./decorators.js";
import { EndpointConfig, ServerEndpointConfig, type Class } from "./endpoint-config.js";
import type { HandlerContext } from "./handler.js";
import { modelOf, type EndpointModel } from "./endpoint-model.js";

const VARIABLES = ["room", "id", "on", "big"];

const session = {
  pathParameters: new Map([
    ["room", "blue room"],
    ["id", "17"],
    ["on", "True"],
    ["big", "9007199254740993"],
  ]),
} as unknown as Session;
const config = { config: true } as unknown as EndpointConfig;
const request = { request: true } as unknown as HandshakeRequest;
const reason = new CloseReason(1000, "bye");

const { signal } = new AbortController();

const NO_CODECS: CodecPlan = { encoders: [], decoders: [], classes: [], shared: true };

function contextOf(instance: object, plan = NO_CODECS): HandlerContext {
  const codecs = new CodecChain(plan, () => expect.fail("nothing is to be made"));
  return { instance, session, config, request, reason, codecs, abortSignal: () => signal };
}

function compiled(endpointClass: Class): EndpointModel {
  const { model, problems } = modelOf(endpointClass, { encoders: [], decoders: [] }, VARIABLES);
  expect(problems).toEqual([]);
  return model!;
}

/** Gives back what it was called with. */
class Recorder {
  record(...args: unknown[]): unknown[] {
    return args;
  }
}

describe("parameters of @OnOpen (J-44)", () => {
  @ServerEndpoint("/chat")
  class Chat extends Recorder {
    @OnOpen() opened(
      @PathParam("id") id: number,
      request: HandshakeRequest,
      @PathParam("room") room: string,
      config: ServerEndpointConfig,
      session: Session,
      @PathParam("on") on: boolean,
      @PathParam("big") big: bigint,
    ): unknown[] {
      return this.record(id, request, room, config, session, on, big);
    }
  }

  it("are bound by type, in any order", () => {
    expect(compiled(Chat).open!.invoke(contextOf(new Chat()), undefined)).toEqual([
      17,
      request,
      "blue room",
      config,
      session,
      true,
      9007199254740993n,
    ]);
  });
});

describe("parameters of @OnMessage (J-48)", () => {
  @ServerEndpoint("/a")
  class MessageFirst {
    @OnMessage() said(text: string, session: Session, @PathParam("room") room: string): unknown {
      return { text, session, room };
    }
  }
  @ServerEndpoint("/b")
  class SessionFirst {
    @OnMessage() said(session: Session, text: string, @PathParam("room") room: string): unknown {
      return { text, session, room };
    }
  }
  @ServerEndpoint("/c")
  class RoomFirst {
    @OnMessage() said(@PathParam("room") room: string, session: Session, text: string): unknown {
      return { text, session, room };
    }
  }
  @ServerEndpoint("/d")
  class RoomBetween {
    @OnMessage() said(session: Session, @PathParam("room") room: string, text: string): unknown {
      return { text, session, room };
    }
  }

  it.each([MessageFirst, SessionFirst, RoomFirst, RoomBetween])("are bound in any order: %o", (endpointClass) => {
    const { text } = compiled(endpointClass);
    expect(text!.invoke(contextOf(new endpointClass()), "hello")).toEqual({
      text: "hello",
      session,
      room: "blue room",
    });
  });

  it("tell a boolean message from boolean variables of the path (T-7)", () => {
    @ServerEndpoint("/chat")
    class Chat {
      @OnMessage() switched(@PathParam("on") on: boolean, value: boolean, @PathParam("id") id: boolean): unknown {
        return [on, value, id];
      }
    }
    const { text } = compiled(Chat);
    const context = contextOf(new Chat());
    expect(text!.invoke(context, text!.decode(context, Buffer.from("false")))).toEqual([true, false, false]);
  });

  it("give the message itself, or a view of its very bytes (J-57, T-9)", () => {
    @ServerEndpoint("/a")
    class Whole {
      @OnMessage() sent(_bytes: Buffer): void {}
      @OnMessage() alive(_pong: PongMessage): void {}
    }
    @ServerEndpoint("/b")
    class View {
      @OnMessage() sent(_bytes: Uint8Array): void {}
    }
    @ServerEndpoint("/c")
    class Copy {
      @OnMessage() sent(_bytes: ArrayBuffer): void {}
    }
    const data = Buffer.from("xxabcyy").subarray(2, 5);
    const decode = (endpointClass: Class): unknown => compiled(endpointClass).binary!.decode(contextOf({}), data);
    expect(decode(Whole)).toBe(data);
    const view = decode(View) as Uint8Array;
    expect([view.constructor, view.buffer, view.byteOffset, view.length]).toEqual([
      Uint8Array,
      data.buffer,
      data.byteOffset,
      3,
    ]);
    const copy = decode(Copy) as ArrayBuffer;
    expect(Buffer.from(copy).toString()).toBe("abc");
    expect(copy).not.toBe(data.buffer);
    expect(compiled(Whole).pong!.decode(contextOf({}), data)).toEqual(new PongMessage(data));
  });

  it.each<[Class, string, unknown]>([
    [String, "\uFEFFé\u0000", "\uFEFFé\u0000"],
    [Number, "-1e3", -1000],
    [Boolean, "TRUE", true],
    [BigInt as unknown as Class, "12345678901234567890", 12345678901234567890n],
  ])("convert text to %o (J-50, J-51)", (type, text, value) => {
    class Chat {
      said(_message: unknown): void {}
    }
    Arg(type)(Chat.prototype, "said", 0);
    OnMessage()(Chat.prototype, "said", Object.getOwnPropertyDescriptor(Chat.prototype, "said") as never);
    ServerEndpoint("/chat")(Chat);
    expect(compiled(Chat).text!.decode(contextOf({}), Buffer.from(text))).toBe(value);
  });

  it("make text of another type a DecodeException before the handler is called (J-52)", () => {
    @ServerEndpoint("/chat")
    class Chat {
      @OnMessage() counted(_count: number): void {}
    }
    expect(() => compiled(Chat).text!.decode(contextOf({}), Buffer.from("0x10"))).toThrow(DecodeException);
  });
});

describe("parameters of @OnClose and @OnError (J-46, J-47)", () => {
  it("are the reason, the error, the session and variables of the path", () => {
    @ServerEndpoint("/chat")
    class Chat {
      @OnClose() closed(@PathParam("id") id: number, reason: CloseReason, session: Session): unknown {
        return [id, reason, session];
      }
      @OnError() failed(session: Session, error: Error, @PathParam("room") room: string): unknown {
        return [session, error, room];
      }
    }
    const model = compiled(Chat);
    const error = new Error("x");
    expect(model.close!.invoke(contextOf(new Chat()), undefined)).toEqual([17, reason, session]);
    expect(model.error!.invoke(contextOf(new Chat()), error)).toEqual([session, error, "blue room"]);
  });

  it("take unknown for the error", () => {
    @ServerEndpoint("/chat")
    class Chat {
      @OnError() failed(error: unknown): unknown {
        return error;
      }
    }
    expect(compiled(Chat).error!.invoke(contextOf(new Chat()), "anything")).toBe("anything");
  });
});

describe("@PathParam", () => {
  it("gives the text where the type is erased, and undefined for a variable that is not there (T-2)", () => {
    @ServerEndpoint("/chat")
    class Chat {
      @OnOpen() opened(@PathParam("id") id: string | null, @PathParam("room") room?: string): unknown {
        return [id, room];
      }
    }
    const context = { ...contextOf(new Chat()), session: { pathParameters: new Map([["id", "5"]]) } as never };
    expect(compiled(Chat).open!.invoke(context, undefined)).toEqual(["5", undefined]);
  });

  it("takes a converter for any type, and scalar types as strict converters", () => {
    @ServerEndpoint("/chat")
    class Chat {
      @OnOpen() opened(
        @PathParam("id", (text) => new Date(Number(text))) date: Date,
        @PathParam("id", Boolean) on: unknown,
      ): unknown {
        return [date, on];
      }
    }
    expect(compiled(Chat).open!.invoke(contextOf(new Chat()), undefined)).toEqual([new Date(17), false]);
  });

  it("makes text of another type a DecodeException with the text, when the handler would be called (J-66)", () => {
    @ServerEndpoint("/chat")
    class Chat {
      @OnOpen() opened(@PathParam("room") _room: number): void {
        expect.fail("must not be called");
      }
    }
    const { open } = compiled(Chat);
    expect(() => open!.invoke(contextOf(new Chat()), undefined)).toThrow(
      expect.objectContaining({
        name: "DecodeException",
        text: "blue room",
        message:
          'Chat.opened, parameter 1: path parameter "room": expected a decimal number, found a text of 9 characters that is none [WS_DECODE_FAILED]',
      }),
    );
  });

  it("makes whatever a converter throws the cause of a DecodeException", () => {
    const cause = new RangeError("no such room");
    @ServerEndpoint("/chat")
    class Chat {
      @OnOpen() opened(
        @PathParam("room", () => {
          throw cause;
        })
        _room: string,
      ): void {}
    }
    expect(() => compiled(Chat).open!.invoke(contextOf(new Chat()), undefined)).toThrow(
      expect.objectContaining({
        name: "DecodeException",
        text: "blue room",
        message: 'Chat.opened, parameter 1: path parameter "room": its converter has failed [WS_DECODE_FAILED]',
        cause,
      }),
    );
  });
});

describe("@Arg", () => {
  interface Line {
    readonly text: string;
  }
  const LineJson = json<Line>("Line", (value) => ({ text: String((value as Line).text) }));

  it("says everything where the compiler says nothing (T-3)", () => {
    class Chat {
      opened(...args: unknown[]): unknown[] {
        return args;
      }
      said(...args: unknown[]): unknown[] {
        return args;
      }
      alive(...args: unknown[]): unknown[] {
        return args;
      }
      closed(...args: unknown[]): unknown[] {
        return args;
      }
      failed(...args: unknown[]): unknown[] {
        return args;
      }
    }
    const { prototype } = Chat;
    const on = (decorate: ReturnType<typeof OnOpen>, method: keyof Chat): void =>
      decorate(prototype, method, Object.getOwnPropertyDescriptor(prototype, method) as never);
    Arg(Session)(prototype, "opened", 0);
    Arg(ServerEndpointConfig)(prototype, "opened", 1);
    Arg(HandshakeRequest)(prototype, "opened", 2);
    PathParam("id")(prototype, "opened", 3);
    Arg(Number)(prototype, "opened", 3);
    PathParam("room", (text) => text.toUpperCase())(prototype, "opened", 4);
    on(OnOpen(), "opened");
    Arg(LineJson)(prototype, "said", 0);
    Arg(() => Session)(prototype, "said", 1);
    on(OnMessage(), "said");
    Arg(PongMessage)(prototype, "alive", 0);
    on(OnMessage(), "alive");
    Arg(CloseReason)(prototype, "closed", 0);
    on(OnClose(), "closed");
    Arg(Error)(prototype, "failed", 0);
    on(OnError(), "failed");
    ServerEndpoint({ value: "/chat/{room}", decoders: [LineJson] })(Chat);

    expect(Reflect.getMetadata("design:paramtypes", prototype, "said")).toBeUndefined();
    const model = compiled(Chat);
    const context = contextOf(new Chat(), model.codecs);
    expect(model.open!.invoke(context, undefined)).toEqual([session, config, request, 17, "BLUE ROOM"]);
    const line = model.text!.decode(context, Buffer.from('{"text":"hi","more":1}'));
    expect(model.text!.invoke(context, line)).toEqual([{ text: "hi" }, session]);
    expect(model.pong!.method).toBe("alive");
    expect(model.close!.invoke(context, undefined)).toEqual([reason]);
    const error = new Error("x");
    expect(model.error!.invoke(context, error)).toEqual([error]);
  });

  it("holds over what the compiler says", () => {
    @ServerEndpoint("/chat")
    class Chat {
      @OnMessage() said(@Arg(String) text: string | Buffer, @Arg(Session) session: unknown): unknown {
        return [text, session];
      }
    }
    expect(compiled(Chat).text!.invoke(contextOf(new Chat()), "x")).toEqual(["x", session]);
  });

  it("is seen behind a default value, where Function.length ends", () => {
    @ServerEndpoint("/chat")
    class Chat {
      @OnMessage() said(text: string, loud = false, @Arg(Session) session?: Session): unknown {
        return [text, loud, session];
      }
    }
    Reflect.deleteMetadata("design:paramtypes", Chat.prototype, "said");
    expect(modelOf(Chat, { encoders: [], decoders: [] }, VARIABLES).problems).toHaveLength(2);
  });
});
