import { Readable } from "node:stream";
import { expect } from "vitest";
import { Arg, OnMessage, PathParam, PongMessage, ServerEndpoint, Session, TextReader, type Class } from "wirespring";
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
 * Every legal message parameter, alone and with the session and a variable of the path around it: `ee/websocketmessage`. Each endpoint is made
 * twice, as the compiler would emit its parameters' types, and with `@Arg` where a compiler emits none.
 */

const ECHO = "Echo message to be sent to server endpoint";

/** What a variable of the path may be; undefined where the handler takes none. */
type Variable = string | number | boolean | bigint | undefined;

/** How a message parameter is declared and how its handler answers. */
interface Form {
  readonly type: abstract new (...args: never[]) => unknown;
  readonly decoders?: readonly Class[];
  /** What the handler returns, given the message and the variable of the path. */
  readonly answer: (message: never, variable: Variable) => unknown;
}

const text = (value: string | number | boolean | bigint | Buffer, variable: Variable): string =>
  `${String(value)}${variable === undefined ? "" : String(variable)}`;
const bytes = (value: Buffer, variable: Variable): Buffer => Buffer.from(text(value, variable));

const form = <T>(type: unknown, answer: (message: T, variable: Variable) => unknown, decoder?: Class): Form => ({
  type: type as Form["type"],
  answer,
  ...(decoder === undefined ? {} : { decoders: [decoder] }),
});

const string = form<string>(String, text);
const number = form<number>(Number, (value, variable) => (variable === undefined ? value : text(value, variable)));
const boolean = form<boolean>(Boolean, (value, variable) => (variable === undefined ? value : text(value, variable)));
const bigint = form<bigint>(BigInt, (value, variable) => (variable === undefined ? value : text(value, variable)));
const reader = form<TextReader>(TextReader, async (value, variable) => text(await value.text(), variable));
const bean = (decoder: Class): Form =>
  form<StringBean>(StringBean, (value, variable) => text(value.text, variable), decoder);
const texts: readonly Form[] = [string, reader, bean(TextBeanDecoder), bean(TextStreamBeanDecoder)];
const numbers: readonly Form[] = [number, bigint];
const buffer = form<Buffer>(Buffer, bytes);
const array = form<Uint8Array>(Uint8Array, (value, variable) => bytes(Buffer.from(value), variable));
const arrayBuffer = form<ArrayBuffer>(ArrayBuffer, (value, variable) => bytes(Buffer.from(value), variable));
const stream = form<Readable>(Readable, async (value, variable) => bytes(await wholeOf(value), variable));
const beanBytes = (decoder: Class): Form =>
  form<StringBean>(StringBean, (value, variable) => bytes(Buffer.from(value.text), variable), decoder);
const binaries: readonly Form[] = [
  buffer,
  array,
  arrayBuffer,
  stream,
  beanBytes(BinaryBeanDecoder),
  beanBytes(BinaryStreamBeanDecoder),
];
const pong = form<PongMessage>(PongMessage, (value, variable) => text(value.applicationData, variable));

/** What stands around the message parameter, and in which order. */
type Around = readonly ("message" | "last" | "session" | "variable")[];

const ALONE: Around = ["message"];
const WITH_SESSION: Around = ["session", "message"];
const WITH_VARIABLE: Around = ["message", "variable"];
const WITH_BOTH: Around = ["variable", "session", "message"];

type Marks = "emitted" | "marked";

/** Makes the endpoint class that a compiler would have made of such a handler. */
function endpointOf(form: Form, around: Around, marks: Marks, variableType: unknown = String): Class {
  class Echo {
    said(...args: unknown[]): unknown {
      const at = (what: Around[number]): unknown => args[around.indexOf(what)];
      if (around.includes("session")) expect(at("session")).toBeInstanceOf(Session);
      const variable = (around.includes("variable") ? at("variable") : undefined) as Variable;
      if (!around.includes("last")) return form.answer(at("message") as never, variable);
      const part = text(Buffer.from(at("message") as string), undefined);
      return `${part}(${String(at("last"))})${variable === undefined ? "" : `[${String(variable)}]`}`;
    }
  }
  const types = { message: form.type, last: Boolean, session: Session, variable: variableType };
  around.forEach((what, index) => {
    if (what === "variable") PathParam("param")(Echo.prototype, "said", index);
    if (marks === "marked") Arg(types[what] as never)(Echo.prototype, "said", index);
  });
  if (marks === "emitted") {
    const emitted = around.map((what) => types[what]);
    Reflect.defineMetadata("design:paramtypes", emitted, Echo.prototype, "said");
  }
  const descriptor = Object.getOwnPropertyDescriptor(Echo.prototype, "said")!;
  OnMessage()(Echo.prototype, "said", descriptor);
  ServerEndpoint({
    value: around.includes("variable") ? "/echo/{param}" : "/echo",
    decoders: form.decoders ?? [],
  })(Echo);
  return Echo;
}

/** Sends a message to the endpoint of a form, by both kinds of declaration, and looks at what comes back. */
async function echoes(
  stage: Stage,
  form: Form,
  sent: string | Buffer,
  expected: string | ((answer: string) => void) = String(sent),
  around: Around = ALONE,
  variable = "",
  variableType?: unknown,
): Promise<void> {
  for (const marks of ["emitted", "marked"] as const) {
    const endpoint = endpointOf(form, around, marks, variableType);
    const peer = await stage.open([endpoint], around.includes("variable") ? `/echo/${variable}` : "/echo");
    if (form === pong) peer.pong(String(sent));
    else peer.send(sent);
    const answer = await peer.next();
    expect(typeof answer).toBe(binaries.includes(form) ? "object" : "string");
    if (typeof expected === "string") expect(String(answer)).toBe(expected);
    else expected(String(answer));
  }
}

/** The same with the session, a variable of the path, and both. */
async function echoesAround(
  stage: Stage,
  form: Form,
  sent: string | Buffer,
  variable: string,
  type?: unknown,
): Promise<void> {
  const value = form === number || form === bigint || form === boolean ? sent : String(sent);
  await echoes(stage, form, sent, String(value));
  await echoes(stage, form, sent, String(value), WITH_SESSION);
  await echoes(stage, form, sent, `${String(value)}${variable}`, WITH_VARIABLE, variable, type);
  await echoes(stage, form, sent, `${String(value)}${variable}`, WITH_BOTH, variable, type);
}

const list = new CaseList("ee/websocketmessage");
const { noChar, numberText } = CHANGES;

/** Numbers are equal, however they are written. */
const number64 = (value: number) => (answer: string) => expect(Number(answer)).toBe(value);
const number32 = (value: number) => (answer: string) => expect(Math.fround(Number(answer))).toBe(value);

list.add("echoStringTest", (stage) => echoes(stage, string, ECHO));
list.add("echoIntTest", (stage) => echoes(stage, number, "-2147483648"));
list.add("echoByteTest", (stage) => echoes(stage, number, "123"));
list.add("echoCharTest", { changed: noChar }, (stage) => echoes(stage, string, "E"));
list.add("echoBooleanTest", (stage) => echoes(stage, boolean, "true"));
list.add("echoShortTest", (stage) => echoes(stage, number, "-32100"));
list.add("echoDoubleTest", { changed: numberText }, (stage) =>
  echoes(stage, number, "-1.234567888E7", number64(-12_345_678.88)),
);
list.add("echoFloatTest", { changed: numberText }, (stage) =>
  echoes(stage, number, "-1.2345679E7", number32(Math.fround(-12_345_678.88))),
);
list.add("echoLongTest", (stage) => echoes(stage, bigint, "-9223372036854775808"));
list.add("echoFullIntTest", (stage) => echoes(stage, number, "-2147483648"));
list.add("echoFullByteTest", (stage) => echoes(stage, number, "-128"));
list.add("echoFullCharTest", { changed: noChar }, (stage) => echoes(stage, string, "E"));
list.add("echoFullBooleanTest", (stage) => echoes(stage, boolean, "true"));
list.add("echoFullShortTest", (stage) => echoes(stage, number, "32767"));
list.add("echoFullDoubleTest", { changed: numberText }, (stage) =>
  echoes(stage, number, "4.9E-324", number64(Number.MIN_VALUE)),
);
list.add("echoFullFloatTest", { changed: numberText }, (stage) =>
  echoes(stage, number, "3.4028235E38", number32(Math.fround(3.402_823_5e38))),
);
list.add("echoFullLongTest", (stage) => echoes(stage, bigint, "9223372036854775807"));

for (const [method, sent, variable, type] of [
  ["byteToTextsTest", "123", "101", Number],
  ["shortToTextsTest", "32767", "1001", Number],
  ["intToTextsTest", "32767", "100001", Number],
  ["longToTextsTest", "-32768", "100001", BigInt],
  ["charToTextsTest", "1", "99", Number],
] as const)
  list.add(method, async (stage) => {
    for (const each of [...numbers, ...texts]) await echoesAround(stage, each, sent, variable, type);
  });
list.add("floatToTextsTest", { changed: numberText }, async (stage) => {
  for (const each of texts) await echoesAround(stage, each, "1.4E-45", "101.101", Number);
  await echoes(stage, number, "1.4E-45", number64(1.4e-45));
});
list.add("doubleToTextsTest", async (stage) => {
  for (const each of texts) await echoesAround(stage, each, "1.7976931348623157E308", "101.101", Number);
});
list.add("stringToTextsTest", async (stage) => {
  for (const each of texts) await echoesAround(stage, each, ECHO, "StringParam");
});
list.add("stringToAllNumbersTest", async (stage) => {
  for (const each of numbers) await echoesAround(stage, each, "127", "111", Number);
});
list.add("booleanToBooleanWithPathParamTest", (stage) => echoesAround(stage, boolean, "true", "false", Boolean));
list.add("stringToBooleanTest", async (stage) => {
  await echoesAround(stage, boolean, "true", "false", Boolean);
  await echoes(stage, boolean, "TRUE", "true");
  await echoes(stage, boolean, "yes", "false");
});
list.add("stringToCharTest", { changed: noChar }, async (stage) => {
  await echoesAround(stage, string, "&", "X");
  await echoes(stage, string, "&", "&y", WITH_BOTH, "y");
});

list.add("echoByteBufferTest", (stage) => echoes(stage, buffer, Buffer.from(ECHO)));
list.add("byteBufferToBytesTest", (stage) => echoes(stage, array, Buffer.from(ECHO)));
list.add("byteBufferToBinaryTest", async (stage) => {
  for (const each of binaries) await echoesAround(stage, each, Buffer.from(ECHO), "byteBufferToBinaryTest");
});
list.add("pongToPongTest", async (stage) => {
  await echoes(stage, pong, ECHO);
  await echoes(stage, pong, ECHO, ECHO, WITH_SESSION);
  await echoes(stage, pong, ECHO, `${ECHO}param`, WITH_VARIABLE, "param");
  await echoes(stage, pong, ECHO, `${ECHO}param`, WITH_BOTH, "param");
});

/** One call for each frame, each with an answer (J-53, J-58, J-84). */
async function parts(stage: Stage, form: Form, method: string, around: Around): Promise<void> {
  for (const marks of ["emitted", "marked"] as const) {
    const peer = await stage.open(
      [endpointOf(form, around, marks)],
      around.includes("variable") ? `/echo/${method}` : "/echo",
    );
    const suffix = around.includes("variable") ? `[${method}]` : "";
    const sent = [ECHO, method].map((part) => (form === string ? part : Buffer.from(part)));
    peer.sendPart(sent[0]!, false);
    expect(String(await peer.next())).toBe(`${ECHO}(false)${suffix}`);
    peer.sendPart(sent[1]!, true);
    expect(String(await peer.next())).toBe(`${method}(true)${suffix}`);
    peer.send(sent[0]!);
    expect(String(await peer.next())).toBe(`${ECHO}(true)${suffix}`);
  }
}

for (const [name, each] of [
  ["String", string],
  ["ByteArray", array],
  ["ByteBuffer", buffer],
] as const) {
  list.add(`partial${name}Test`, (stage) => parts(stage, each, `partial${name}Test`, ["message", "last"]));
  list.add(`partial${name}AndSessionTest`, (stage) =>
    parts(stage, each, `partial${name}AndSessionTest`, ["message", "session", "last"]),
  );
  list.add(`partial${name}WithPathParamTest`, (stage) =>
    parts(stage, each, `partial${name}WithPathParamTest`, ["variable", "last", "message"]),
  );
  list.add(`partial${name}AndSessionWithPathParamTest`, (stage) =>
    parts(stage, each, `partial${name}AndSessionWithPathParamTest`, ["last", "session", "message", "variable"]),
  );
}

@ServerEndpoint("/maxlen")
class MaxLength {
  @OnMessage({ maxMessageSize: 5 })
  said(message: string): string {
    return message;
  }
}

@ServerEndpoint("/defaultmaxlen")
class DefaultMaxLength {
  @OnMessage()
  said(message: string, session: Session): number {
    return message.length <= session.maxTextMessageSize ? -1 : 0;
  }
}

list.add("maxLengthOKTest", async (stage) => {
  const peer = await stage.open([MaxLength], "/maxlen");
  peer.send("12345");
  expect(await peer.next()).toBe("12345");
});
list.add("maxLengthFailsTest", async (stage) => {
  const application = await stage.start([MaxLength]);
  for (const tooLong of ["123456", "äöü"]) {
    const peer = await application.open("/maxlen");
    peer.send(tooLong);
    expect((await peer.closed).code).toBe(1009);
  }
});
list.add("defaultMaxLengthTest", async (stage) => {
  const peer = await stage.open([DefaultMaxLength], "/defaultmaxlen");
  peer.send("123456789");
  expect(await peer.next()).toBe("-1");
});

export const websocketMessageCases = list.cases;
