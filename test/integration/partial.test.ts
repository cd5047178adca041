import { Opcode, RawClient } from "@wirespring/testing";
import { describe, expect, it } from "vitest";
import { OnError, OnMessage, PathParam, ServerEndpoint, Session } from "wirespring";
import { serve } from "./served.js";

@ServerEndpoint("/parts/{room}")
class Parts {
  @OnMessage()
  text(last: boolean, @PathParam("room") room: string, part: string, session: Session): string {
    return `${room}:${part}:${last}:${session.isOpen}`;
  }
  @OnMessage()
  async binary(part: Uint8Array, last: boolean): Promise<string> {
    await Promise.resolve();
    return `${part.constructor.name} ${Buffer.from(part).toString("hex")} ${last}`;
  }
}

@ServerEndpoint({ value: "/sends" })
class Sends {
  @OnMessage()
  async said(session: Session, text: string): Promise<string> {
    const { remote } = session;
    void remote.sendText("a\ud83d", false);
    void remote.sendText("whole");
    void remote.sendPing(Buffer.from("p"));
    const refused = await remote.sendBinary(Buffer.from("b"), false).catch((error: { code?: string }) => error.code);
    void remote.sendText("\ude00z", true);
    return `${text} ${refused}`;
  }
}

@ServerEndpoint("/later")
class Later {
  @OnMessage()
  said(session: Session, text: string): string {
    void session.remote.sendText(text, text === "end");
    return `re ${text}`;
  }
}

@ServerEndpoint("/writers")
class Writers {
  @OnMessage()
  async said(session: Session, text: string): Promise<void> {
    const { remote } = session;
    if (text === "none") remote.textWriter().end();
    if (text === "break") {
      const writer = remote.textWriter();
      writer.write("half");
      writer.destroy(new Error("no more"));
      return;
    }
    const writer = text === "binary" ? remote.binaryWriter() : remote.textWriter();
    writer.write("x\ud83d");
    writer.write("\ude00");
    writer.end("y");
    await remote.sendText("after");
  }
  @OnError()
  failed(_error: Error): void {}
}

async function open(served: { port: number }, path: string): Promise<RawClient> {
  const client = await RawClient.connect({ port: served.port });
  expect((await client.upgrade({ path })).status).toBe(101);
  return client;
}

describe("messages in parts", () => {
  it("are given part by part, one call for each frame, and each result is sent (J-53, J-58, J-84)", async () => {
    await using served = await serve([Parts]);
    const client = await open(served, "/parts/red");
    const smile = Buffer.from("😀");
    client.frame(
      { opcode: Opcode.TEXT, fin: false, payload: Buffer.concat([Buffer.from("a"), smile.subarray(0, 2)]) },
      { opcode: Opcode.PING, payload: "between" },
      { opcode: Opcode.CONTINUATION, fin: false, payload: smile.subarray(2) },
      { opcode: Opcode.CONTINUATION, payload: "z" },
      { opcode: Opcode.TEXT, payload: "one" },
      { opcode: Opcode.BINARY, fin: false, payload: Buffer.from([1]) },
      { opcode: Opcode.CONTINUATION, payload: Buffer.alloc(0) },
    );
    const texts: string[] = [];
    while (texts.length < 6) {
      const frame = await client.nextFrame();
      if (frame.opcode === Opcode.TEXT) texts.push(String(frame.payload));
    }
    expect(texts).toEqual([
      "red:a:false:true",
      "red:😀:false:true",
      "red:z:true:true",
      "red:one:true:true",
      "Uint8Array 01 false",
      "Uint8Array  true",
    ]);
    client.destroy();
  });

  it("are no longer than a frame each, but as a whole of any size (1009 from the header)", async () => {
    await using served = await serve([Parts], { limits: { maxFrameSize: 100 } });
    const client = await open(served, "/parts/red");
    client.frame({ opcode: Opcode.TEXT, fin: false, payload: "x".repeat(100) });
    for (let count = 0; count < 1_000; count++)
      client.frame({ opcode: Opcode.CONTINUATION, fin: false, payload: "x".repeat(100) });
    client.frame({ opcode: Opcode.CONTINUATION, payload: Buffer.alloc(0), length: 101 });
    expect((await client.nextClose()).code).toBe(1009);
    expect(client.frames.filter(({ opcode }) => opcode === Opcode.TEXT)).toHaveLength(1_001);
    client.destroy();
  });
});

describe("sends in parts", () => {
  it("keep a message whole: others wait, controls do not, characters are not cut (J-132, J-133)", async () => {
    await using served = await serve([Sends]);
    const client = await open(served, "/sends");
    client.frame({ opcode: Opcode.TEXT, payload: "hi" });
    const seen: string[] = [];
    for (let count = 0; count < 5; count++) {
      const { opcode, fin, payload } = await client.nextFrame();
      seen.push(`${opcode}${fin ? "." : "…"}${String(payload)}`);
    }
    expect(seen).toEqual(["1…a", "9.p", "0.😀z", "1.whole", "1.hi WS_MESSAGE_UNFINISHED"]);
    client.destroy();
  });

  it("may go on in a later call: the reply of the first waits for the end, its session does not", async () => {
    await using served = await serve([Later]);
    const client = await open(served, "/later");
    client.frame({ opcode: Opcode.TEXT, payload: "begin" }, { opcode: Opcode.TEXT, payload: "end" });
    const seen: string[] = [];
    for (let count = 0; count < 4; count++) seen.push(String((await client.nextFrame()).payload));
    expect(seen).toEqual(["begin", "end", "re begin", "re end"]);
    client.destroy();
  });

  it("come from writers, too: no write, no message; whole messages wait (J-134, J-135)", async () => {
    await using served = await serve([Writers]);
    const client = await open(served, "/writers");
    for (const text of ["none", "binary"]) {
      client.frame({ opcode: Opcode.TEXT, payload: text });
      let whole = Buffer.alloc(0);
      let opcode: number | undefined;
      for (;;) {
        const frame = await client.nextFrame();
        opcode ??= frame.opcode;
        whole = Buffer.concat([whole, frame.payload]);
        if (frame.fin) break;
      }
      expect(opcode).toBe(text === "binary" ? Opcode.BINARY : Opcode.TEXT);
      if (text === "none") expect(String(whole)).toBe("x😀y");
      expect(String((await client.nextFrame()).payload)).toBe("after");
    }
    client.frame({ opcode: Opcode.TEXT, payload: "break" });
    expect((await client.nextClose()).code).toBe(1011);
    client.destroy();
  });
});
