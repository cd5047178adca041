import { Readable } from "node:stream";
import { expect } from "vitest";
import {
  Decoder,
  Decodes,
  json,
  PongMessage,
  TextReader,
  type Class,
  type MessageOf,
  type MessageType,
  type PartType,
  type Session,
} from "wirespring";
import { CaseList } from "../case-list.js";
import type { Peer } from "../peer.js";
import type { Stage } from "../stage.js";
import { openClient, openServer, type OpenEnd } from "./session-end.js";
import {
  BinaryBeanDecoder,
  BinaryStreamBeanDecoder,
  StringBean,
  TextBeanDecoder,
  TextStreamBeanDecoder,
  wholeOf,
} from "./string-bean.js";

/**
 * `session.addMessageHandler` for every type of message: `ee/session11`, server and client (J-101, J-102, J-106). One table for both ends. Each
 * handler is added twice, as a function and as an object with `onMessage`.
 */

export const ECHO = "Echo message";
const SECOND = "second part send partially";

/** How a handler is written. */
type Writing = "function" | "object";

/** What a handler's messages are told to. */
type Tell = (said: string) => void;

/** A type of message, as a handler takes it. */
export interface Form {
  readonly kind: "text" | "binary" | "pong";
  readonly decoders: readonly Class[];
  readonly partial: boolean;
  /** What is sent for a text. */
  readonly wire: (text: string) => string;
  readonly add: (session: Session, tell: Tell, writing?: Writing) => void;
}

const written = <A extends readonly unknown[]>(listen: (...message: A) => unknown, writing: Writing = "function") =>
  writing === "function" ? listen : { onMessage: listen };

/** What is said of a form where it is not as most are. */
interface Particulars {
  readonly decoders?: readonly Class[];
  /** Whether a message is what the handler asks for. Default: it is an instance of the type. */
  readonly made?: (message: unknown) => boolean;
  /** What is sent for a text. Default: the text. */
  readonly wire?: (text: string) => string;
}

function whole<C extends MessageType>(
  kind: Form["kind"],
  type: C,
  read: (message: MessageOf<C>) => string | Promise<string>,
  { decoders = [], made = (message) => Object(message) instanceof (type as never), wire = String }: Particulars = {},
): Form {
  const add: Form["add"] = (session, tell, writing) => {
    const listen = async (message: MessageOf<C>): Promise<void> =>
      tell(made(message) ? await read(message) : `found ${String(message)}`);
    session.addMessageHandler(type, written(listen, writing));
  };
  return { kind, decoders, partial: false, wire, add };
}

function parts<C extends PartType>(kind: Form["kind"], type: C, read: (part: MessageOf<C>) => string): Form {
  const add: Form["add"] = (session, tell, writing) => {
    const listen = (part: MessageOf<C>, last: boolean): void =>
      tell(Object(part) instanceof type ? `${read(part)}(${last})` : `found ${String(part)}`);
    session.addMessageHandler(type, written(listen, writing), { partial: true });
  };
  return { kind, decoders: [], partial: true, wire: String, add };
}

/** `LinkedList<HashSet<String>>`: a type argument is nothing at run time, so that each has a class of its own. */
class SetList extends Array<ReadonlySet<string>> {}

@Decodes(SetList)
class SetListDecoder extends Decoder.Text<SetList> {
  decode(text: string): SetList {
    return SetList.from(text.split(" "), (word) => new Set([word])) as SetList;
  }
}

/** An interface is nothing at run time, so that its decoder stands for it. */
type StringList = readonly string[];
const StringListJson = json<StringList>("StringList", (value) => Object.freeze((value as string).split(" ")));

/** Both lists at one endpoint, which must not take one for the other. */
const LISTS = [SetListDecoder, StringListJson];

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const bean = (kind: Form["kind"], decoder: Class): Form =>
  whole(kind, StringBean, ({ text }) => text, { decoders: [decoder] });

/** Every type of message. */
export const FORMS = {
  string: whole("text", String, (text) => text),
  reader: whole("text", TextReader, (reader) => reader.text()),
  textBean: bean("text", TextBeanDecoder),
  textStreamBean: bean("text", TextStreamBeanDecoder),
  setList: whole("text", SetList, (list) => list.flatMap((set) => [...set]).join(" "), { decoders: LISTS }),
  stringList: whole("text", StringListJson, (list) => list.join(" "), {
    decoders: LISTS,
    made: Object.isFrozen,
    wire: (text) => JSON.stringify(text),
  }),
  buffer: whole("binary", Buffer, textOf),
  bytes: whole("binary", Uint8Array, textOf),
  stream: whole("binary", Readable, async (bytes) => textOf(await wholeOf(bytes))),
  binaryBean: bean("binary", BinaryBeanDecoder),
  binaryStreamBean: bean("binary", BinaryStreamBeanDecoder),
  pong: whole("pong", PongMessage, ({ applicationData }) => textOf(applicationData)),
  stringParts: parts("text", String, (text) => text),
  bufferParts: parts("binary", Buffer, textOf),
  byteParts: parts("binary", Uint8Array, textOf),
} satisfies Readonly<Record<string, Form>>;

const ROWS: readonly (readonly [method: string, form: Form])[] = [
  ["textStringBeanHandlerTest", FORMS.textBean],
  ["textStreamStringBeanHandlerTest", FORMS.textStreamBean],
  ["stringTextHandlerTest", FORMS.string],
  ["readerMessageHandlerTest", FORMS.reader],
  ["pongMessageHandlerTest", FORMS.pong],
  ["byteBufferMessageHandlerTest", FORMS.buffer],
  ["byteArrayMessageHandlerTest", FORMS.bytes],
  ["inputStreamMessageHandlerTest", FORMS.stream],
  ["binaryStringBeanMessageHandlerTest", FORMS.binaryBean],
  ["binaryStreamStringBeanMessageHandlerTest", FORMS.binaryStreamBean],
  ["stringPartialHandlerTest", FORMS.stringParts],
  ["byteBufferPartialMessageHandlerTest", FORMS.bufferParts],
  ["byteArrayPartialMessageHandlerTest", FORMS.byteParts],
];

/** Sends a message of a handler's kind. */
export function sendTo({ kind }: Form, peer: Peer, text: string): void {
  if (kind === "pong") peer.pong(text);
  else peer.send(kind === "text" ? text : Buffer.from(text));
}

/** Sends what a handler takes, and looks at what it was given. `heard`: the next thing it tells. */
export async function expectHeard(form: Form, peer: Peer, heard: () => Promise<unknown>): Promise<void> {
  if (!form.partial) {
    for (const text of [ECHO, SECOND]) {
      sendTo(form, peer, form.wire(text));
      expect(await heard()).toBe(text);
    }
    return;
  }
  const part = (text: string): string | Buffer => (form.kind === "text" ? text : Buffer.from(text));
  peer.sendPart(part(ECHO), false);
  expect(await heard()).toBe(`${ECHO}(false)`);
  peer.sendPart(part(SECOND), true);
  expect(await heard()).toBe(`${SECOND}(true)`);
  peer.send(part(ECHO));
  expect(await heard()).toBe(`${ECHO}(true)`);
}

/** A session on which a handler has been added when it opened; the handler answers with what it was given. */
async function handles(stage: Stage, open: OpenEnd, form: Form, programmatic = true): Promise<void> {
  for (const writing of ["function", "object"] as const) {
    const { peer, session, errors } = await open(stage, {
      decoders: form.decoders,
      programmatic,
      opened: (opened) => form.add(opened, (said) => void opened.remote.sendText(said), writing),
    });
    await expectHeard(form, peer, () => peer.next());
    expect(errors).toEqual([]);
    expect(session.messageHandlers.size).toBe(1);
  }
}

const ERASED = "a type argument is nothing at run time: a class of its own";
const NO_INTERFACE = "an interface is nothing at run time: its JSON decoder stands for it";

/** The cases that both classes of the TCK have. */
function addShared(list: CaseList, open: OpenEnd): void {
  for (const [method, form] of ROWS) list.add(method, (stage) => handles(stage, open, form));
  list.add("linkedListHashSetTextHandlerTest", { changed: ERASED }, (stage) => handles(stage, open, FORMS.setList));
  list.add("linkedListTextHandlerTest", { changed: NO_INTERFACE }, (stage) => handles(stage, open, FORMS.stringList));
}

const server = new CaseList("ee/session11/server");
addShared(server, openServer);
server.add("binaryAnnotatedStringBeanMessageHandlerTest", (stage) =>
  handles(stage, openServer, FORMS.binaryBean, false),
);
server.add("textAnnotatedStringBeanMessageHandlerTest", (stage) => handles(stage, openServer, FORMS.textBean, false));

const client = new CaseList("ee/session11/client");
addShared(client, openClient);

/** J-98: what a decoder of the endpoint makes, instead of what is built in. */
const DECODED = "decoded: ";

@Decodes(TextReader)
class OwnReaderDecoder extends Decoder.TextStream<TextReader> {
  async decode(reader: TextReader): Promise<TextReader> {
    const own = new TextReader();
    own.push(DECODED + (await reader.text()));
    own.push(null);
    return own;
  }
}

@Decodes(Readable)
class OwnStreamDecoder extends Decoder.BinaryStream<Readable> {
  async decode(bytes: Readable): Promise<Readable> {
    return Readable.from([Buffer.from(DECODED), await wholeOf(bytes)]);
  }
}

/** A decorated client without a handler of its own, whose decoder makes what could be had without one. */
async function decodesItself(stage: Stage, form: Form, decoder: Class): Promise<void> {
  const { peer, errors } = await openClient(stage, {
    decoders: [decoder],
    opened: (opened) => form.add(opened, (said) => void opened.remote.sendText(said)),
  });
  for (const text of [ECHO, SECOND]) {
    sendTo(form, peer, text);
    expect(await peer.next()).toBe(DECODED + text);
  }
  expect(errors).toEqual([]);
}

client.add("annotatedTextReaderClientTest", (stage) => decodesItself(stage, FORMS.reader, OwnReaderDecoder));
client.add("annotatedBinaryInputStreamClientTest", (stage) => decodesItself(stage, FORMS.stream, OwnStreamDecoder));

export const messageHandlerCases = [...server.cases, ...client.cases];
