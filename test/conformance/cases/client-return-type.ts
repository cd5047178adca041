import { expect } from "vitest";
import { ClientEndpoint, OnMessage, type Class } from "wirespring";
import { CaseList, type Run } from "../case-list.js";
import {
  BinaryBeanEncoder,
  BinaryStreamBeanEncoder,
  StringBean,
  TextBeanEncoder,
  TextStreamBeanEncoder,
} from "./string-bean.js";

/** What a client's handler returns is sent: `ee/clientendpointreturntype` (J-78, J-79, J-92). */

const ECHO = "Echo message to be sent to client endpoint";

/** An endpoint that returns what is made of the text. */
function returning(make: (text: string) => unknown, encoders: readonly Class[] = []): Class {
  @ClientEndpoint({ encoders })
  class Returning {
    @OnMessage()
    said(text: string): unknown {
      return make(text);
    }
  }
  return Returning;
}

/** What comes back for a text, twice on one connection, returned at once and later. */
const answers =
  (make: (text: string) => unknown, sent: string, expected: string | Buffer, encoders: readonly Class[] = []): Run =>
  async (stage) => {
    for (const how of [make, async (text: string) => make(text)]) {
      const { peer } = await stage.connect(returning(how, encoders));
      for (let time = 0; time < 2; time++) {
        peer.send(sent);
        expect(await peer.next()).toStrictEqual(expected);
      }
    }
  };

const list = new CaseList("ee/clientendpointreturntype");

list.add("dataTypesTest", async (stage) => {
  const made: readonly (readonly [string, (text: string) => unknown])[] = [
    ["true", (text) => text === "true"],
    ["false", (text) => text === "true"],
    ["0", Number],
    ["-128", Number],
    ["-12.5", Number],
    ["9223372036854775807", BigInt],
    ["E", (text) => text],
    ["", (text) => text],
  ];
  for (const [sent, make] of made) await answers(make, sent, sent)(stage);
});

const bean = (text: string): StringBean => new StringBean(text);
list.add("textEncoderTest", answers(bean, ECHO, ECHO, [TextBeanEncoder]));
list.add("textStreamEncoderTest", answers(bean, ECHO, ECHO, [TextStreamBeanEncoder]));
list.add("binaryEncoderTest", answers(bean, ECHO, Buffer.from(ECHO), [BinaryBeanEncoder]));
list.add("binaryStreamEncoderTest", answers(bean, ECHO, Buffer.from(ECHO), [BinaryStreamBeanEncoder]));
list.add(
  "byteArrayTest",
  answers((text) => new Uint8Array(Buffer.from(text)), ECHO, Buffer.from(ECHO)),
);
list.add(
  "byteBufferTest",
  answers((text) => Buffer.from(text), ECHO, Buffer.from(ECHO)),
);

export const clientReturnTypeCases = list.cases;
