import { EventEmitter, once } from "node:events";
import { Readable } from "node:stream";
import { expect } from "vitest";
import {
  Arg,
  ClientEndpoint,
  CloseReason,
  OnClose,
  OnError,
  OnMessage,
  PongMessage,
  Session,
  TextReader,
  type Class,
} from "wirespring";
import { CaseList, CHANGES } from "../case-list.js";
import type { Stage } from "../stage.js";
import {
  BinaryBeanDecoder,
  BinaryStreamBeanDecoder,
  StringBean,
  TextBeanDecoder,
  TextStreamBeanDecoder,
  wholeOf,
} from "./string-bean.js";

/**
 * Every legal message parameter of a client, alone and with the session beside it: `ee/clientendpointonmessage` (J-50 to J-60, J-69). Each endpoint
 * is made twice, as the compiler would emit its parameters' types, and with `@Arg` where a compiler emits none.
 */

const ECHO = "Echo message to be sent to client endpoint";

/** How a message parameter is declared, and what a handler may make of it while it is valid. */
interface Form {
  readonly type: abstract new (...args: never[]) => unknown;
  readonly decoder?: Class;
  readonly read: (message: never) => unknown;
}

const form = <T>(type: unknown, read: (message: T) => unknown, decoder?: Class): Form => ({
  type: type as Form["type"],
  read,
  ...(decoder === undefined ? {} : { decoder }),
});

const same = (message: unknown): unknown => message;
const bytesOf = (bytes: Uint8Array): Buffer => {
  expect(bytes).toBeInstanceOf(Uint8Array);
  return Buffer.from(bytes);
};
const bean = (decoder: Class): Form => form(StringBean, same, decoder);

const string = form(String, same);
const number = form(Number, same);
const boolean = form(Boolean, same);
const bigint = form(BigInt, same);
const reader = form<TextReader>(TextReader, (message) => message.text());
const buffer = form<Buffer>(Buffer, (message) => {
  expect(Buffer.isBuffer(message)).toBe(true);
  return bytesOf(message);
});
const array = form<Uint8Array>(Uint8Array, bytesOf);
const stream = form<Readable>(Readable, wholeOf);
const pong = form<PongMessage>(PongMessage, (message) => {
  expect(message).toBeInstanceOf(PongMessage);
  return message.applicationData;
});

/** What stands beside the message parameter, and in which order. */
type Parameters = readonly ("message" | "last" | "session")[];

/** What a handler was given. */
interface Call {
  readonly message: unknown;
  readonly last: unknown;
  readonly session: unknown;
}

type Marks = "emitted" | "marked";

/** Makes the endpoint class that a compiler would have made of such a handler. */
function listenerOf({ type, decoder, read }: Form, parameters: Parameters, marks: Marks, heard: EventEmitter): Class {
  class Listener {
    async said(...args: unknown[]): Promise<void> {
      const at = (what: Parameters[number]): unknown => args[parameters.indexOf(what)];
      expect(args).toHaveLength(parameters.length);
      const call: Call = { message: await read(at("message") as never), last: at("last"), session: at("session") };
      heard.emit("call", call);
    }
    failed(error: Error): void {
      heard.emit("error", error);
    }
  }
  const types = { message: type, last: Boolean, session: Session };
  const { prototype } = Listener;
  if (marks === "marked") parameters.forEach((what, index) => Arg(types[what] as never)(prototype, "said", index));
  else
    Reflect.defineMetadata(
      "design:paramtypes",
      parameters.map((what) => types[what]),
      prototype,
      "said",
    );
  Arg(Error)(prototype, "failed", 0);
  OnMessage()(prototype, "said", Object.getOwnPropertyDescriptor(prototype, "said")!);
  OnError()(prototype, "failed", Object.getOwnPropertyDescriptor(prototype, "failed")!);
  ClientEndpoint(decoder === undefined ? {} : { decoders: [decoder] })(Listener);
  return Listener;
}

type Sending = (peer: Awaited<ReturnType<Stage["connect"]>>["peer"]) => void;

/** Lets the server send one thing after another to the endpoint of a form, by both kinds of declaration, and looks at each call. */
async function hears(
  stage: Stage,
  each: Form,
  parameters: Parameters,
  script: readonly (readonly [Sending, Omit<Call, "session">])[],
): Promise<void> {
  for (const marks of ["emitted", "marked"] as const) {
    const heard = new EventEmitter();
    const { session, peer } = await stage.connect(listenerOf(each, parameters, marks, heard));
    for (const [send, expected] of script) {
      const call = once(heard, "call") as Promise<[Call]>;
      send(peer);
      const [{ session: given, ...rest }] = await call;
      expect(rest).toStrictEqual(expected);
      expect(given).toBe(parameters.includes("session") ? session : undefined);
    }
  }
}

const list = new CaseList("ee/clientendpointonmessage");
const { noChar, numberText } = CHANGES;

/** The method of a message parameter alone, and the one with the session before and behind it. */
function whole(stem: string, each: Form, sent: string | Buffer, expected: unknown, changed?: string): void {
  const heard = { message: expected, last: undefined };
  const send: Sending = (peer) => (each === pong ? peer.pong(String(sent)) : peer.send(sent));
  list.add(`${stem}Test`, { changed }, (stage) => hears(stage, each, ["message"], [[send, heard]]));
  list.add(`${stem}AndSessionTest`, { changed }, async (stage) => {
    await hears(stage, each, ["session", "message"], [[send, heard]]);
    await hears(stage, each, ["message", "session"], [[send, heard]]);
  });
}

whole("echoString", string, ECHO, ECHO);
whole("echoInt", number, "-2147483648", -2_147_483_648);
whole("echoByte", number, "123", 123);
whole("echoChar", string, "E", "E", noChar);
whole("echoBoolean", boolean, "true", true);
whole("echoShort", number, "-32100", -32_100);
whole("echoDouble", number, "-1.234567888E7", -12_345_678.88, numberText);
whole("echoFloat", number, "-1.2345679E7", -12_345_679, numberText);
whole("echoLong", bigint, "-9223372036854775808", -(2n ** 63n));
whole("echoFullInt", number, "2147483647", 2_147_483_647);
whole("echoFullByte", number, "-128", -128);
whole("echoFullChar", string, "&", "&", noChar);
whole("echoFullBoolean", boolean, "false", false);
whole("echoFullShort", number, "32767", 32_767);
whole("echoFullDouble", number, "4.9E-324", Number.MIN_VALUE, numberText);
whole("echoFullFloat", number, "3.4028235E38", 3.402_823_5e38, numberText);
whole("echoFullLong", bigint, "9223372036854775807", 2n ** 63n - 1n);
whole("echoReader", reader, ECHO, ECHO);
whole("echoTextDecoder", bean(TextBeanDecoder), ECHO, new StringBean(ECHO));
whole("echoTextStreamDecoder", bean(TextStreamBeanDecoder), ECHO, new StringBean(ECHO));
whole("echoByteBuffer", buffer, Buffer.from(ECHO), Buffer.from(ECHO));
whole("byteBufferToBytes", array, Buffer.from(ECHO), Buffer.from(ECHO));
whole("byteBufferToInputStream", stream, Buffer.from(ECHO), Buffer.from(ECHO));
whole("byteBufferToBinaryDecoder", bean(BinaryBeanDecoder), Buffer.from(ECHO), new StringBean(ECHO));
whole("byteBufferToBinaryStreamDecoder", bean(BinaryStreamBeanDecoder), Buffer.from(ECHO), new StringBean(ECHO));
whole("pongToPong", pong, ECHO, Buffer.from(ECHO));

/** One call for each frame; a whole message is its own last part (J-53, J-58). */
for (const [name, each, data] of [
  ["String", string, (text: string) => text],
  ["ByteArray", array, (text: string) => Buffer.from(text)],
  ["ByteBuffer", buffer, (text: string) => Buffer.from(text)],
] as const) {
  const part =
    (text: string, last: boolean): Sending =>
    (peer) =>
      peer.sendPart(data(text), last);
  const script: readonly (readonly [Sending, Omit<Call, "session">])[] = [
    [part(ECHO, false), { message: data(ECHO), last: false }],
    [part(name, true), { message: data(name), last: true }],
    [(peer) => peer.send(data("whole")), { message: data("whole"), last: true }],
  ];
  list.add(`partial${name}Test`, (stage) => hears(stage, each, ["message", "last"], script));
  list.add(`partial${name}AndSessionTest`, async (stage) => {
    await hears(stage, each, ["message", "session", "last"], script);
    await hears(stage, each, ["last", "message", "session"], script);
  });
}

/** What an endpoint with or without a limit has seen. */
const seen: { lengths: number[]; reason: CloseReason | undefined; closed: () => void } = {
  lengths: [],
  reason: undefined,
  closed: () => {},
};

class Measuring {
  said(message: string): number {
    seen.lengths.push(message.length);
    return message.length;
  }
  @OnClose()
  closed(reason: CloseReason): void {
    seen.reason = reason;
    seen.closed();
  }
}

@ClientEndpoint()
class MaxLength extends Measuring {
  @OnMessage({ maxMessageSize: 5 })
  override said(message: string): number {
    return super.said(message);
  }
}

@ClientEndpoint()
class DefaultMaxLength extends Measuring {
  @OnMessage()
  override said(message: string): number {
    return super.said(message);
  }
}

const ignore = (): void => {};
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** A message that is taken, and one that is too long: the peer and the endpoint itself are told 1009. */
async function measures(stage: Stage, endpoint: Class, fits: string, tooLong?: string): Promise<void> {
  seen.lengths = [];
  seen.reason = undefined;
  const closed = new Promise<void>((resolve) => (seen.closed = resolve));
  const { session, peer } = await stage.connect(endpoint, { container: { logger: silent } });
  peer.send(fits);
  expect(await peer.next()).toBe(String(fits.length));
  if (tooLong === undefined) {
    expect(session.isOpen).toBe(true);
  } else {
    peer.send(tooLong);
    expect((await peer.closed).code).toBe(1009);
    await closed;
    expect(seen.reason!.code).toBe(1009);
    expect(session.isOpen).toBe(false);
  }
  expect(seen.lengths).toEqual([fits.length]);
}

list.add("maxLengthOKTest", (stage) => measures(stage, MaxLength, "12345"));
list.add("maxLengthFailsTest", async (stage) => {
  // Bytes are counted, not characters.
  for (const tooLong of ["123456", "äöü"]) await measures(stage, MaxLength, "12345", tooLong);
});
list.add("defaultMaxLengthTest", async (stage) => {
  const largest = 65_536;
  await measures(stage, DefaultMaxLength, "1".repeat(largest));
  await measures(stage, DefaultMaxLength, "1".repeat(largest), "1".repeat(largest + 1));
});

export const clientMessageCases = list.cases;
