import { Readable } from "node:stream";
import { expect } from "vitest";
import {
  ClientEndpoint,
  ClientEndpointConfig,
  CloseReason,
  Decoder,
  Decodes,
  DeploymentException,
  OnClose,
  OnError,
  OnMessage,
  OnOpen,
  PongMessage,
  TextReader,
  type Class,
} from "wirespring";
import { CaseList, CHANGES, type ConformanceCase } from "../case-list.js";
import type { Stage } from "../stage.js";
import { StringBean, TextBeanDecoder } from "./string-bean.js";

/**
 * Faulty client endpoints, which must not be connected: `negdep/.../client` (J-14, J-44 to J-48, J-61, J-71). The report must name the class, the
 * method and the fault; the server must not have been asked; and the same class without the fault must be connected.
 */

/** Expects that an endpoint is refused before anything is sent, with a report that has all of these words. */
export async function expectNotConnected(stage: Stage, faulty: Class, words: readonly string[]): Promise<void> {
  let asked = 0;
  const error: unknown = await stage.connect(faulty, { play: () => asked++ }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DeploymentException);
  const { message, code } = error as DeploymentException;
  expect(code).toBe("WS_DEPLOYMENT_FAILED");
  for (const word of [faulty.name, ...words]) expect(message).toContain(word);
  expect(asked).toBe(0);
}

/** Expects that an endpoint is connected. */
export async function expectConnected(stage: Stage, endpoint: Class, config?: ClientEndpointConfig): Promise<void> {
  const { session, peer } = await stage.connect(endpoint, config === undefined ? {} : { config });
  expect(session.isOpen).toBe(true);
  await session.close();
  expect((await peer.closed).code).toBe(1000);
}

const cases: ConformanceCase[] = [];

/** The one method of a class of `negdep/.../client`: the faulty endpoint, and what it is without the fault. */
function refused(
  tckClass: string,
  method: string,
  faulty: Class,
  words: readonly string[],
  mended: Class,
  options: { readonly config?: ClientEndpointConfig; readonly changed?: string } = {},
): void {
  const list = new CaseList(`negdep/${tckClass}`);
  list.add(method, { changed: options.changed }, async (stage) => {
    await expectNotConnected(stage, faulty, words);
    await expectConnected(stage, mended, options.config);
  });
  cases.push(...list.cases);
}

@ClientEndpoint()
class TwoOnClose {
  @OnClose()
  closed(): void {}
  @OnClose()
  closedAgain(): void {}
}
@ClientEndpoint()
class OneOnClose extends TwoOnClose {
  override closedAgain(): void {}
}
refused("onclose/client/duplicate", "duplicateOnCloseTest", TwoOnClose, ["closed and closedAgain"], OneOnClose);

@ClientEndpoint()
class OnCloseWithError {
  @OnClose()
  closed(_reason: CloseReason, _error: Error): void {}
}
@ClientEndpoint()
class OnCloseWithout extends OnCloseWithError {
  @OnClose()
  override closed(_reason: CloseReason): void {}
}
refused(
  "onclose/client/toomanyargs",
  "tooManyArgumentsOnCloseTest",
  OnCloseWithError,
  [".closed", "Error"],
  OnCloseWithout,
);

@ClientEndpoint()
class TwoOnError {
  @OnError()
  failed(_error: Error): void {}
  @OnError()
  failedAgain(_error: Error): void {}
}
@ClientEndpoint()
class OneOnError extends TwoOnError {
  override failedAgain(): void {}
}
refused("onerror/client/duplicate", "duplicateOnCloseTest", TwoOnError, ["failed and failedAgain"], OneOnError);

@ClientEndpoint()
class OnErrorWithReason {
  @OnError()
  failed(_error: Error, _reason: CloseReason): void {}
}
@ClientEndpoint()
class OnErrorWithout extends OnErrorWithReason {
  @OnError()
  override failed(_error: Error): void {}
}
refused(
  "onerror/client/toomanyargs",
  "duplicateOnCloseTest",
  OnErrorWithReason,
  [".failed", "CloseReason"],
  OnErrorWithout,
);

@ClientEndpoint()
class TwoOnOpen {
  @OnOpen()
  opened(): void {}
  @OnOpen()
  openedAgain(): void {}
}
@ClientEndpoint()
class OneOnOpen extends TwoOnOpen {
  override openedAgain(): void {}
}
refused("onopen/client/duplicate", "duplicateOnClientTest", TwoOnOpen, ["opened and openedAgain"], OneOnOpen);

@ClientEndpoint()
class OnOpenWithError {
  @OnOpen()
  opened(_error: Error): void {}
}
@ClientEndpoint()
class OnOpenWithout extends OnOpenWithError {
  @OnOpen()
  override opened(): void {}
}
refused(
  "onopen/client/toomanyargs",
  "tooManyArgumentsOnOpenTest",
  OnOpenWithError,
  [".opened", "Error"],
  OnOpenWithout,
);

@ClientEndpoint()
class BytesAndNumber {
  @OnMessage()
  said(_bytes: Buffer, _number: number): void {}
}
@ClientEndpoint()
class Bytes extends BytesAndNumber {
  @OnMessage()
  override said(_bytes: Buffer): void {}
}
refused(
  "onmessage/client/binarybytebufferint",
  "byteBufferIntOnMessageTest",
  BytesAndNumber,
  [".said", "Buffer", "Number"],
  Bytes,
);

@ClientEndpoint()
class TwoForBytes {
  @OnMessage()
  streamed(_bytes: Readable): void {}
  @OnMessage()
  parted(_part: Uint8Array, _last: boolean): void {}
}
@ClientEndpoint()
class OneForBytes extends TwoForBytes {
  override parted(): void {}
}
refused(
  "onmessage/client/binaryduplicate",
  "duplicateOnMessageTest",
  TwoForBytes,
  ["streamed and parted", "binary"],
  OneForBytes,
);

@ClientEndpoint()
class StreamAndBoolean {
  @OnMessage()
  said(_bytes: Readable, _last: boolean): void {}
}
@ClientEndpoint()
class Stream extends StreamAndBoolean {
  @OnMessage()
  override said(_bytes: Readable): void {}
}
refused(
  "onmessage/client/binaryinputstreamboolean",
  "byteBufferIntOnMessageTest",
  StreamAndBoolean,
  [".said", "Readable"],
  Stream,
);

@ClientEndpoint()
class NotDecoded {
  @OnMessage()
  said(_bean: StringBean): void {}
}
refused(
  "onmessage/client/nodecoder",
  "byteBufferIntOnMessageTest",
  NotDecoded,
  [".said", "StringBean", "decode"],
  NotDecoded,
  { config: ClientEndpointConfig.create({ decoders: [TextBeanDecoder] }) },
);

@ClientEndpoint()
class PongAndBoolean {
  @OnMessage()
  said(_pong: PongMessage, _last: boolean): void {}
}
@ClientEndpoint()
class Pong extends PongAndBoolean {
  @OnMessage()
  override said(_pong: PongMessage): void {}
}
refused("onmessage/client/pongboolean", "pongBooleanOnMessageTest", PongAndBoolean, [".said", "PongMessage"], Pong);

@ClientEndpoint()
class TwoForPongs {
  @OnMessage()
  ponged(_pong: PongMessage): void {}
  @OnMessage()
  pongedAgain(_pong: PongMessage): void {}
}
@ClientEndpoint()
class OneForPongs extends TwoForPongs {
  override pongedAgain(): void {}
}
refused(
  "onmessage/client/pongduplicate",
  "duplicateOnMessageTest",
  TwoForPongs,
  ["ponged and pongedAgain", "pong"],
  OneForPongs,
);

@Decodes(Date)
class DateDecoder extends Decoder.Text<Date> {
  decode(text: string): Date {
    return new Date(text);
  }
}
@ClientEndpoint()
class TakesDate {
  @OnMessage()
  said(_date: Date): void {}
}
refused("onmessage/client/textbigdecimal", "bigDecimalOnMessageTest", TakesDate, [".said", "Date"], TakesDate, {
  config: ClientEndpointConfig.create({ decoders: [DateDecoder] }),
  changed: CHANGES.noBigDecimal,
});

@ClientEndpoint({ decoders: [TextBeanDecoder] })
class TwoForText {
  @OnMessage()
  parted(_part: string, _last: boolean): void {}
  @OnMessage()
  decoded(_bean: StringBean): void {}
}
@ClientEndpoint({ decoders: [TextBeanDecoder] })
class OneForText extends TwoForText {
  override decoded(): void {}
}
refused(
  "onmessage/client/textduplicate",
  "duplicateOnMessageTest",
  TwoForText,
  ["parted and decoded", "text"],
  OneForText,
);

@ClientEndpoint()
class ReaderAndBoolean {
  @OnMessage()
  said(_reader: TextReader, _last: boolean): void {}
}
@ClientEndpoint()
class Reader extends ReaderAndBoolean {
  @OnMessage()
  override said(_reader: TextReader): void {}
}
refused(
  "onmessage/client/textreaderboolean",
  "readerBooleanOnMessageTest",
  ReaderAndBoolean,
  [".said", "TextReader"],
  Reader,
);

@ClientEndpoint()
class TextAndNumber {
  @OnMessage()
  said(_text: string, _number: number): void {}
}
@ClientEndpoint()
class Text extends TextAndNumber {
  @OnMessage()
  override said(_text: string): void {}
}
refused("onmessage/client/textstringint", "stringIntOnMessageTest", TextAndNumber, [".said", "String", "Number"], Text);

export const clientRefusedCases: readonly ConformanceCase[] = cases;
