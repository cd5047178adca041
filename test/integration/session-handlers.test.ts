import { Opcode, RawClient } from "@wirespring/testing";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import {
  Decoder,
  Decodes,
  json,
  OnClose,
  OnError,
  OnMessage,
  OnOpen,
  PongMessage,
  ServerEndpoint,
  Session,
  TextReader,
} from "wirespring";
import { serve } from "./served.js";

class Line {
  constructor(readonly text: string) {}
}

@Decodes(Line)
class LineDecoder extends Decoder.Text<Line> {
  override decode(text: string): Line {
    return new Line(text);
  }
}

interface Point {
  readonly x: number;
}
const PointJson = json<Point>("Point", (value) => value as Point);

let added: (session: Session) => void;
let after: (session: Session) => unknown;

@ServerEndpoint({ value: "/own", decoders: [LineDecoder, PointJson] })
class Own {
  @OnOpen()
  opened(session: Session): void {
    added(session);
  }
  @OnClose()
  closed(session: Session): void {
    after(session);
  }
  @OnError()
  failed(error: Error, session: Session): void {
    void session.remote.sendText(`${error.name}: ${(error as { code?: string }).code}`);
  }
}

@ServerEndpoint("/mixed")
class Mixed {
  @OnOpen()
  opened(session: Session): void {
    session.addMessageHandler(Buffer, (bytes) => void session.remote.sendBinary(bytes));
    session.addMessageHandler(String, () => {});
  }
  @OnMessage()
  said(text: string): string {
    return text;
  }
  @OnError()
  failed(error: Error): void {
    void error;
  }
}

async function connected(port: number, path = "/own"): Promise<RawClient> {
  const client = await RawClient.connect({ port });
  expect((await client.upgrade({ path })).status).toBe(101);
  return client;
}

async function said(client: RawClient, opcode: number, payload: string): Promise<string> {
  client.frame({ opcode, payload });
  return String((await client.nextFrame()).payload);
}

describe("Session.addMessageHandler", () => {
  it("takes scalars, bytes, pongs, decoded classes, tokens and streams (J-101, J-106)", async () => {
    await using served = await serve([Own]);
    after = () => {};
    const cases: readonly [(session: Session) => void, number, string, string][] = [
      [(s) => s.addMessageHandler(String, (text) => void s.remote.sendText(text.toUpperCase())), Opcode.TEXT, "a", "A"],
      [(s) => s.addMessageHandler(Number, (n) => void s.remote.sendObject(n + 1)), Opcode.TEXT, "1", "2"],
      [(s) => s.addMessageHandler(Uint8Array, (b) => void s.remote.sendText(`${b.length}`)), Opcode.BINARY, "abc", "3"],
      [
        (s) => s.addMessageHandler(ArrayBuffer, (b) => void s.remote.sendText(`${b.byteLength}`)),
        Opcode.BINARY,
        "ab",
        "2",
      ],
      [
        (s) => s.addMessageHandler(PongMessage, (p) => void s.remote.sendText(String(p.applicationData))),
        Opcode.PONG,
        "p",
        "p",
      ],
      [(s) => s.addMessageHandler(Line, (line) => void s.remote.sendText(line.text)), Opcode.TEXT, "l", "l"],
      [(s) => s.addMessageHandler(PointJson, (p) => void s.remote.sendText(`${p.x}`)), Opcode.TEXT, '{"x":4}', "4"],
      [
        (s) => s.addMessageHandler(TextReader, async (r) => void s.remote.sendText(await r.text())),
        Opcode.TEXT,
        "r",
        "r",
      ],
      [
        (s) =>
          s.addMessageHandler(Readable, async (bytes) => {
            for await (const chunk of bytes) void s.remote.sendText(`${chunk}`);
          }),
        Opcode.BINARY,
        "b",
        "b",
      ],
      [
        (s) =>
          s.addMessageHandler(String, (part, last) => void s.remote.sendText(`${part} ${last}`), { partial: true }),
        Opcode.TEXT,
        "p",
        "p true",
      ],
      [(s) => s.addMessageHandler(String, { onMessage: (text) => s.remote.sendText(text) }), Opcode.TEXT, "o", "o"],
    ];
    for (const [add, opcode, payload, expected] of cases) {
      added = add;
      const client = await connected(served.port);
      expect(await said(client, opcode, payload)).toBe(expected);
      client.destroy();
    }
  });

  it("shares the kinds with @OnMessage and refuses an occupied one, an undecodable type and what is no handler (J-73, J-74)", async () => {
    await using served = await serve([Own, Mixed]);
    after = () => {};
    const codes: unknown[] = [];
    added = (session) => {
      const first = (): void => {};
      session.addMessageHandler(String, first);
      const attempts = [
        () => session.addMessageHandler(TextReader, () => {}),
        () => session.addMessageHandler(Date, () => {}),
        () => session.addMessageHandler(Buffer, null as never),
        () => session.addMessageHandler(ArrayBuffer as never, () => {}, { partial: true }),
      ];
      for (const attempt of attempts)
        try {
          attempt();
          codes.push("none");
        } catch (error) {
          codes.push((error as { code?: string }).code);
        }
      const snapshot = session.messageHandlers;
      session.removeMessageHandler(() => {});
      session.removeMessageHandler(first);
      codes.push(snapshot.size, session.messageHandlers.size);
      session.addMessageHandler(String, (text) => void session.remote.sendText(text));
    };
    const client = await connected(served.port);
    expect(await said(client, Opcode.TEXT, "x")).toBe("x");
    expect(codes).toEqual(["WS_HANDLER_EXISTS", "WS_UNDECODABLE", "WS_ILLEGAL_ARGUMENT", "WS_UNDECODABLE", 1, 0]);
    client.destroy();
    const mixed = await connected(served.port, "/mixed");
    expect((await mixed.nextClose()).code).toBe(1011);
    expect(served.sockets.metrics().errors).toEqual({ onOpen: 1 });
    mixed.destroy();
  });

  it("does not touch a message that has begun (J-76), and does not send results", async () => {
    await using served = await serve([Own]);
    after = () => {};
    added = (session) => {
      const parts = (part: string, last: boolean): string => {
        void session.remote.sendText(`part ${part} ${last}`);
        if (!last) {
          session.removeMessageHandler(parts);
          session.addMessageHandler(String, (text) => void session.remote.sendText(`whole ${text}`));
        }
        return "never sent";
      };
      session.addMessageHandler(String, parts, { partial: true });
    };
    const client = await connected(served.port);
    client.frame(
      { opcode: Opcode.TEXT, fin: false, payload: "a" },
      { opcode: Opcode.CONTINUATION, payload: "b" },
      { opcode: Opcode.TEXT, payload: "c" },
    );
    const seen: string[] = [];
    for (let count = 0; count < 3; count++) seen.push(String((await client.nextFrame()).payload));
    expect(seen).toEqual(["part a false", "part b true", "whole c"]);
    client.destroy();
  });

  it("and everything that changes a session throws after its end, getters answer (J-128)", async () => {
    await using served = await serve([Own]);
    let session!: Session;
    added = (opened) => {
      session = opened;
      opened.userProperties.set("kept", 1);
      opened.addMessageHandler(String, () => void opened.close());
    };
    let inClose: unknown;
    after = ({ userProperties }) => (inClose = userProperties.get("kept"));
    const client = await connected(served.port);
    client.frame({ opcode: Opcode.TEXT, payload: "x" }, { opcode: Opcode.CLOSE, payload: Buffer.from([3, 232]) });
    await client.nextClose();
    client.end();
    await client.untilEnded();
    const changes: (() => unknown)[] = [
      () => session.addMessageHandler(Buffer, () => {}),
      () => session.removeMessageHandler(() => {}),
      () => (session.maxIdleTimeout = 1),
      () => (session.maxTextMessageSize = 1),
      () => (session.maxBinaryMessageSize = 1),
      () => (session.remote.batchingAllowed = true),
      () => (session.remote.sendTimeout = 1),
      () => session.remote.textWriter(),
      () => session.userProperties,
    ];
    for (const change of changes) expect(change).toThrow(expect.objectContaining({ code: "WS_SESSION_CLOSED" }));
    expect(inClose).toBe(1);
    expect([session.isOpen, session.id.length, session.negotiatedExtensions, session.messageHandlers.size]).toEqual([
      false,
      36,
      [],
      1,
    ]);
    await expect(session.remote.sendText("x")).rejects.toMatchObject({ code: "WS_SESSION_CLOSED" });
    client.destroy();
  });
});
