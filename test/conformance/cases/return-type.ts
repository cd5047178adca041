import { expect } from "vitest";
import { OnMessage, ServerEndpoint, type Class } from "wirespring";
import { CaseList, type Run } from "../case-list.js";
import {
  BinaryBeanEncoder,
  BinaryStreamBeanEncoder,
  StringBean,
  TextBeanEncoder,
  TextStreamBeanEncoder,
} from "./string-bean.js";

/** What a handler returns is sent: `ee/websocketmessagereturntype` (J-78, J-79, J-92). */

const ECHO = "Echo message to be sent to server endpoint";

/** An endpoint that returns what is made of the text. */
function returning(make: (text: string) => unknown, encoders: readonly Class[] = []): Class {
  @ServerEndpoint({ value: "/echo", encoders })
  class Returning {
    @OnMessage()
    said(text: string): unknown {
      return make(text);
    }
  }
  return Returning;
}

const list = new CaseList("ee/websocketmessagereturntype");

list.add("dataTypesTest", async (stage) => {
  const made: readonly (readonly [string, (text: string) => unknown])[] = [
    ["true", (text) => text === "true"],
    ["false", (text) => text === "true"],
    ["0", Number],
    ["-12.5", Number],
    ["9007199254740993", BigInt],
    ["E", (text) => text],
    ["", (text) => text],
  ];
  for (const [sent, make] of made) {
    const peer = await stage.open([returning(make)], "/echo");
    peer.send(sent);
    expect(await peer.next()).toBe(sent);
    const later = await stage.open([returning(async (text) => make(text))], "/echo");
    later.send(sent);
    expect(await later.next()).toBe(sent);
  }
});

for (const [method, encoder, kind] of [
  ["textEncoderTest", TextBeanEncoder, "string"],
  ["textStreamEncoderTest", TextStreamBeanEncoder, "string"],
  ["binaryEncoderTest", BinaryBeanEncoder, "object"],
  ["binaryStreamEncoderTest", BinaryStreamBeanEncoder, "object"],
] as const)
  list.add(method, async (stage) => {
    const peer = await stage.open([returning((text) => new StringBean(text), [encoder])], "/echo");
    for (const sent of [ECHO, "again"]) {
      peer.send(sent);
      const answer = await peer.next();
      expect([typeof answer, String(answer)]).toEqual([kind, sent]);
    }
  });

const binary =
  (make: (text: string) => unknown): Run =>
  async (stage) => {
    const peer = await stage.open([returning(make)], "/echo");
    peer.send(ECHO);
    expect(await peer.next()).toEqual(Buffer.from(ECHO));
  };

list.add(
  "byteArrayTest",
  binary((text) => new Uint8Array(Buffer.from(text))),
);
list.add(
  "byteBufferTest",
  binary((text) => Buffer.from(text)),
);
list.add(
  "directByteBufferTest",
  {
    changed: "there is no memory-mapped buffer: a view into the middle of a bigger one, of which just the view is sent",
  },
  binary((text) => {
    const bigger = Buffer.concat([Buffer.from("before"), Buffer.from(text), Buffer.from("behind")]);
    return bigger.subarray(6, 6 + Buffer.byteLength(text));
  }),
);

export const returnTypeCases = list.cases;
