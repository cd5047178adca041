import { Readable } from "node:stream";
import { OnMessage, PongMessage, ServerEndpoint, TextReader, type Class } from "wirespring";
import type { ConformanceCase } from "../case-list.js";
import { refused, StringHolder } from "./refused-application.js";

/** Faulty `@OnMessage` methods: `negdep/onmessage/srv` (J-48, J-61, J-71). */

const cases: ConformanceCase[] = [];

/** The pair of methods that all classes of `negdep/onmessage/srv` have. */
function onMessage(name: string, stem: string, faulty: Class, ...words: string[]): readonly ConformanceCase[] {
  return refused(
    `negdep/onmessage/srv/${name}`,
    [`${stem}UndeployOtherEndpointTest`, `${stem}Test`],
    [faulty],
    ...words,
  );
}

@ServerEndpoint("/invalid")
class BytesAndNumber {
  @OnMessage()
  said(_bytes: Buffer, _number: number): void {}
}
cases.push(...onMessage("binarybytebufferint", "byteBufferIntOnMessage", BytesAndNumber, "said", "Buffer", "Number"));

@ServerEndpoint("/invalid")
class TwoForBytes {
  @OnMessage()
  streamed(_bytes: Readable): void {}
  @OnMessage()
  parted(_part: Uint8Array, _last: boolean): void {}
}
cases.push(...onMessage("binaryduplicate", "duplicateOnMessage", TwoForBytes, "streamed", "parted", "binary"));

@ServerEndpoint("/invalid")
class StreamAndBoolean {
  @OnMessage()
  said(_bytes: Readable, _last: boolean): void {}
}
cases.push(
  ...onMessage("binaryinputstreamboolean", "inputStreamBooleanOnMessage", StreamAndBoolean, "said", "Readable"),
);

@ServerEndpoint("/invalid")
class NotDecoded {
  @OnMessage()
  said(_holder: StringHolder): void {}
}
cases.push(...onMessage("binarynodecoder", "noDecoderOnMessage", NotDecoded, "said", "StringHolder"));
cases.push(...onMessage("textnodecoder", "noDecoderOnMessage", NotDecoded, "said", "StringHolder"));

@ServerEndpoint("/invalid")
class PongAndBoolean {
  @OnMessage()
  said(_pong: PongMessage, _last: boolean): void {}
}
cases.push(...onMessage("pongboolean", "pongMessageBooleanOnMessage", PongAndBoolean, "said", "PongMessage"));

@ServerEndpoint("/invalid")
class TwoForPongs {
  @OnMessage()
  ponged(_pong: PongMessage): void {}
  @OnMessage()
  pongedAgain(_pong: PongMessage): void {}
}
cases.push(...onMessage("pongduplicate", "duplicateOnMessage", TwoForPongs, "pongedAgain", "pong"));

@ServerEndpoint("/invalid")
class TakesDate {
  @OnMessage()
  said(_date: Date): void {}
}
cases.push(
  ...refused(
    "negdep/onmessage/srv/textbigdecimal",
    ["bigdecimalArgumentsOnMessageUndeployOtherEndpointTest", "bigDecimalArgumentsOnMessageTest"],
    [TakesDate],
    "said",
    "Date",
  ),
);

@ServerEndpoint("/invalid")
export class TwoForText {
  @OnMessage()
  streamed(_reader: TextReader): void {}
  @OnMessage()
  parted(_part: string, _last: boolean): void {}
}
cases.push(...onMessage("textduplicate", "duplicateOnMessage", TwoForText, "streamed", "parted", "text"));

@ServerEndpoint("/invalid")
class ReaderAndBoolean {
  @OnMessage()
  said(_reader: TextReader, _last: boolean): void {}
}
cases.push(...onMessage("textreaderboolean", "tooManyArgumentsOnMessage", ReaderAndBoolean, "said", "TextReader"));

@ServerEndpoint("/invalid")
class TextAndNumber {
  @OnMessage()
  said(_text: string, _number: number): void {}
}
cases.push(...onMessage("textstringint", "tooManyArgumentsOnMessage", TextAndNumber, "said", "Number"));

export const refusedMessageCases: readonly ConformanceCase[] = cases;
