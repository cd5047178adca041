import { expect } from "vitest";
import {
  ClientEndpoint,
  CloseReason,
  DecodeException,
  Decoder,
  Decodes,
  EncodeException,
  OnClose,
  OnError,
  OnMessage,
  OnOpen,
  PathParam,
  ServerEndpoint,
  Session,
  type Class,
} from "wirespring";
import { ruleCase, type ConformanceCase } from "../case-list.js";
import { Echo, expectNothingDeployed } from "./refused-application.js";

/** Rules that no test of the TCK checks: deployment, paths, conversion, errors and the end of a connection. */

/** An endpoint at a path that answers with the path. */
function endpointAt(path: string, ignoreTrailingSlash = false): Class {
  @ServerEndpoint({ value: path, ignoreTrailingSlash })
  class Named {
    @OnMessage()
    said(_text: string): string {
      return path;
    }
  }
  return Named;
}

@ClientEndpoint()
class Marked {
  @OnMessage()
  said(_text: string): void {}
}

class Unmarked extends Marked {}

const FORBIDDEN = ["/a/../b", "/a/./b", "/a//b", "/a/..", "/a/."];
const MALFORMED = [
  "/a/{b}c",
  "/a{b}",
  "/{a}{b}",
  "/{a}/x/{a}",
  "/{}",
  "/{a",
  "/a}",
  "/{+a}",
  "/{#a}",
  "/{a*}",
  "/{a:3}",
  "/{a,b}",
];

class Point {
  constructor(readonly x: number) {}
}

@Decodes(Point)
class NeverDecodes extends Decoder.Text<Point> {
  override willDecode(): boolean {
    return false;
  }
  decode(): Point {
    return new Point(0);
  }
}

/** Tells the errors of one connection. */
class Errors {
  readonly #caught: Error[] = [];
  #next: ((error: Error) => void) | undefined;

  push(error: Error): void {
    this.#caught.push(error);
    this.#next?.(error);
  }

  /** The next one that comes. */
  next(): Promise<Error> {
    return new Promise((resolve) => (this.#next = resolve));
  }
}

export const leftOutRuleCases: readonly ConformanceCase[] = [
  ruleCase(9, async (stage) => {
    const application = await stage.start([Echo, Echo]);
    application.sockets.addEndpoint(Echo);
    expect(application.sockets.paths).toEqual(["/echo"]);
  }),

  ruleCase(23, async (stage) => {
    class Undecorated extends endpointAt("/base") {}
    await expectNothingDeployed([Undecorated], ["Undecorated"]);
    expect((await stage.start([Echo])).sockets.paths).toEqual(["/echo"]);
    // The marker of a client is not inherited either.
    await expect(stage.connect(Unmarked)).rejects.toThrow(/Unmarked/);
    (await stage.connect(Marked)).peer.drop();
  }),

  ruleCase(
    30,
    async () => {
      for (const path of FORBIDDEN) await expectNothingDeployed([endpointAt(path)], [path.slice(1, 3)]);
    },
    { on: ["none"] },
  ),

  ruleCase(
    31,
    async () => {
      for (const path of MALFORMED) await expectNothingDeployed([endpointAt(path)], ["Named"]);
    },
    { on: ["none"] },
  ),

  ruleCase(
    33,
    async () => {
      await expectNothingDeployed([endpointAt("/a/{x}"), endpointAt("/a/{y}")], ["/a/{y}"]);
    },
    { on: ["none"] },
  ),

  ruleCase(37, async (stage) => {
    const application = await stage.start([endpointAt("/a/b/c"), endpointAt("/{x}/b/d")]);
    const peer = await application.open("/a/b/d");
    peer.send("hello");
    expect(await peer.next()).toBe("/{x}/b/d");
  }),

  ruleCase(38, async (stage) => {
    const application = await stage.start([endpointAt("/a/{v}")]);
    for (const target of ["/a", "/a/b/", "/a/b/c"]) expect(await application.refusal(target)).toBe(404);
    expect([400, 404]).toContain(await application.refusal("/a/"));
  }),

  ruleCase(39, async (stage) => {
    const strict = await stage.start([endpointAt("/a/b")]);
    expect(await strict.refusal("/a/b/")).toBe(404);
    const lenient = await stage.start([endpointAt("/a/b", true)]);
    const peer = await lenient.open("/a/b/");
    peer.send("hello");
    expect(await peer.next()).toBe("/a/b");
  }),

  ruleCase(52, async (stage) => {
    const errors = new Errors();
    @ServerEndpoint("/number")
    class Numbers {
      @OnMessage()
      said(value: number): number {
        return value;
      }
      @OnError()
      failed(error: Error): void {
        errors.push(error);
      }
    }
    const peer = await stage.open([Numbers], "/number");
    const caught = errors.next();
    peer.send("twelve");
    expect(await caught).toBeInstanceOf(DecodeException);
    expect(((await caught) as DecodeException).text).toBe("twelve");
    peer.send("12");
    expect(await peer.next()).toBe("12");
  }),

  ruleCase(66, async (stage) => {
    const errors = new Errors();
    let opened = false;
    @ServerEndpoint("/room/{number}")
    class Rooms {
      @OnOpen()
      opened(): void {
        opened = true;
      }
      @OnMessage()
      said(_text: string, @PathParam("number") number: number): number {
        return number;
      }
      @OnError()
      failed(error: Error): void {
        errors.push(error);
      }
    }
    const peer = await stage.open([Rooms], "/room/first");
    const caught = errors.next();
    peer.send("hello");
    expect(await caught).toBeInstanceOf(DecodeException);
    expect([((await caught) as DecodeException).text, opened]).toEqual(["first", true]);
    const again = errors.next();
    peer.send("hello");
    expect(await again).toBeInstanceOf(DecodeException);
  }),

  ruleCase(
    68,
    async () => {
      @ServerEndpoint("/twice")
      class Twice {
        @OnMessage()
        said(_one: Session, _text: string, _two: Session): void {}
      }
      await expectNothingDeployed([Twice], ["said", "Session"]);
    },
    { on: ["none"] },
  ),

  ruleCase(
    77,
    async (stage) => {
      const peer = await stage.open([Echo], "/echo");
      peer.send(Buffer.from("bytes"));
      expect((await peer.closed).code).toBe(1003);
    },
    { changed: "the session closes with 1003" },
  ),

  ruleCase(85, async (stage) => {
    @ServerEndpoint("/results")
    class Results {
      @OnOpen()
      async opened(): Promise<string> {
        return "of open";
      }
      @OnMessage()
      said(text: string): string {
        if (text === "fail") throw new Error("failed");
        return text;
      }
      @OnError()
      failed(_error: Error): string {
        return "of error";
      }
    }
    const peer = await stage.open([Results], "/results");
    peer.send("fail");
    peer.send("hello");
    expect(await peer.next()).toBe("hello");
  }),

  ruleCase(91, async (stage) => {
    const errors = new Errors();
    @ServerEndpoint("/unencoded")
    class Unencoded {
      @OnMessage()
      said(text: string): unknown {
        return text === "object" ? { text } : text;
      }
      @OnError()
      failed(error: Error): void {
        errors.push(error);
      }
    }
    const peer = await stage.open([Unencoded], "/unencoded");
    const caught = errors.next();
    peer.send("object");
    expect(await caught).toBeInstanceOf(EncodeException);
    peer.send("hello");
    expect(await peer.next()).toBe("hello");
  }),

  ruleCase(
    96,
    async (stage) => {
      const errors = new Errors();
      @ServerEndpoint({ value: "/unwilling", decoders: [NeverDecodes] })
      class Unwilling {
        @OnMessage()
        said(_point: Point): string {
          return "decoded";
        }
        @OnError()
        failed(error: Error): void {
          errors.push(error);
        }
      }
      const peer = await stage.open([Unwilling], "/unwilling");
      const caught = errors.next();
      peer.send("1");
      expect(await caught).toBeInstanceOf(DecodeException);
    },
    { changed: "the message is not dropped silently" },
  ),

  ...([149, 150] as const).map((number) =>
    ruleCase(number, async (stage) => {
      let told!: (reason: CloseReason) => void;
      const reported = new Promise<CloseReason>((resolve) => (told = resolve));
      @ServerEndpoint("/ends")
      class Ends {
        @OnMessage()
        said(text: string): string {
          return text;
        }
        @OnClose()
        closed(reason: CloseReason): void {
          told(reason);
        }
      }
      const peer = await stage.open([Ends], "/ends");
      peer.send("hello");
      await peer.next();
      if (number === 149) peer.close();
      else peer.drop();
      const { code, reasonPhrase } = await reported;
      expect([code, reasonPhrase]).toEqual([number === 149 ? 1005 : 1006, ""]);
    }),
  ),

  ruleCase(195, async (stage) => {
    let calls = 0;
    @ServerEndpoint("/worse")
    class Worse {
      @OnMessage()
      said(text: string): string {
        if (text === "fail") throw new Error("failed");
        return text;
      }
      @OnError()
      failed(_error: Error): void {
        calls++;
        throw new Error("worse");
      }
    }
    const application = await stage.start([Worse]);
    const peer = await application.open("/worse");
    peer.send("fail");
    peer.send("hello");
    expect(await peer.next()).toBe("hello");
    expect(calls).toBe(1);
    expect(JSON.stringify(application.log.map((record) => Object.keys(record)))).toContain("error");
  }),

  ruleCase(203, async (stage) => {
    const events: string[] = [];
    let over!: () => void;
    const closed = new Promise<void>((resolve) => (over = resolve));
    @ServerEndpoint("/order")
    class Order {
      @OnMessage()
      async said(text: string): Promise<void> {
        await new Promise((resolve) => setImmediate(resolve));
        events.push(text);
      }
      @OnClose()
      closed(): void {
        events.push("closed");
        over();
      }
    }
    const peer = await stage.open([Order], "/order");
    for (const text of ["one", "two", "three"]) peer.send(text);
    peer.close(1000);
    await closed;
    expect(events).toEqual(["one", "two", "three", "closed"]);
  }),
];
