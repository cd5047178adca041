import { Readable, type Writable } from "node:stream";
import { expect } from "vitest";
import {
  Decoder,
  Decodes,
  Encoder,
  Encodes,
  OnClose,
  OnMessage,
  ServerEndpoint,
  ServerEndpointConfig,
  TextReader,
  type Class,
} from "wirespring";
import { CaseList } from "../case-list.js";
import type { Peer } from "../peer.js";
import type { Stage } from "../stage.js";
import { StringBean, wholeOf } from "./string-bean.js";

/**
 * The life of coders on a server: `ee/coder`, server half (J-86 to J-89, J-94, J-95). The original's log of `destroy` calls is that of `init`
 * calls; here each coder of each connection must be destroyed once, after `@OnClose`.
 */

const ECHO = "Echo message";
const STRONGER = "`destroy` is looked at, once for each connection and after `@OnClose`";

/** What the coders and the endpoint of one case did, in order. */
class Diary {
  readonly entries: string[] = [];
  #resolve: (() => void) | undefined;
  #awaited = Infinity;

  write(entry: string): void {
    this.entries.push(entry);
    if (this.entries.length >= this.#awaited) this.#resolve?.();
  }

  /** Resolves when there are so many entries. */
  until(count: number): Promise<void> {
    this.#awaited = count;
    return new Promise((resolve) => {
      this.#resolve = resolve;
      if (this.entries.length >= count) resolve();
    });
  }
}

let diary = new Diary();

/** Writes the life of a coder into the diary, with a number for each instance. */
function recordLife<T extends { prototype: object }>(coder: T): void {
  const numbers = new WeakMap<object, number>();
  Object.assign(coder.prototype, {
    init(this: object, config: unknown) {
      expect(config).toBeInstanceOf(ServerEndpointConfig);
      numbers.set(this, diary.entries.filter((entry) => entry.startsWith("init")).length + 1);
      diary.write(`init ${numbers.get(this)}`);
    },
    destroy(this: object) {
      diary.write(`destroy ${numbers.get(this)}`);
    },
  });
}

@Encodes(StringBean)
class TextEncoder extends Encoder.Text<StringBean> {
  encode(bean: StringBean): string {
    diary.write("encode");
    return bean.text;
  }
}

@Encodes(StringBean)
class TextStreamEncoder extends Encoder.TextStream<StringBean> {
  encode(bean: StringBean, writer: Writable): void {
    diary.write("encode");
    writer.end(bean.text);
  }
}

@Encodes(StringBean)
class BinaryEncoder extends Encoder.Binary<StringBean> {
  encode(bean: StringBean): Buffer {
    diary.write("encode");
    return Buffer.from(bean.text);
  }
}

@Encodes(StringBean)
class BinaryStreamEncoder extends Encoder.BinaryStream<StringBean> {
  encode(bean: StringBean, writer: Writable): void {
    diary.write("encode");
    writer.end(Buffer.from(bean.text));
  }
}

@Decodes(StringBean)
class TextDecoder extends Decoder.Text<StringBean> {
  override willDecode(): boolean {
    diary.write("willDecode");
    return true;
  }
  decode(text: string): StringBean {
    diary.write("decode");
    return new StringBean(text);
  }
}

@Decodes(StringBean)
class TextStreamDecoder extends Decoder.TextStream<StringBean> {
  async decode(reader: TextReader): Promise<StringBean> {
    diary.write("decode");
    return new StringBean(await reader.text());
  }
}

@Decodes(StringBean)
class BinaryDecoder extends Decoder.Binary<StringBean> {
  override willDecode(): boolean {
    diary.write("willDecode");
    return true;
  }
  decode(bytes: Buffer): StringBean {
    diary.write("decode");
    return new StringBean(bytes.toString());
  }
}

@Decodes(StringBean)
class BinaryStreamDecoder extends Decoder.BinaryStream<StringBean> {
  async decode(bytes: Readable): Promise<StringBean> {
    diary.write("decode");
    return new StringBean((await wholeOf(bytes)).toString());
  }
}

/** Would take the message, but says that it will not. */
@Decodes(StringBean)
class UnwillingTextDecoder extends Decoder.Text<StringBean> {
  override willDecode(): boolean {
    diary.write("unwilling");
    return false;
  }
  decode(): StringBean {
    diary.write("decode of the unwilling");
    return new StringBean("");
  }
}

@Decodes(StringBean)
class UnwillingBinaryDecoder extends Decoder.Binary<StringBean> {
  override willDecode(): boolean {
    diary.write("unwilling");
    return false;
  }
  decode(): StringBean {
    diary.write("decode of the unwilling");
    return new StringBean("");
  }
}

const FORMS = {
  text: { encoder: TextEncoder, decoder: TextDecoder, binary: false, asks: true },
  textStream: { encoder: TextStreamEncoder, decoder: TextStreamDecoder, binary: false, asks: false },
  binary: { encoder: BinaryEncoder, decoder: BinaryDecoder, binary: true, asks: true },
  binaryStream: { encoder: BinaryStreamEncoder, decoder: BinaryStreamDecoder, binary: true, asks: false },
} as const;
for (const { encoder, decoder } of Object.values(FORMS)) [encoder, decoder].forEach(recordLife);

function encoding(encoder: Class): Class {
  @ServerEndpoint({ value: "/coder", encoders: [encoder] })
  class Encoding {
    @OnMessage()
    said(text: string): StringBean {
      return new StringBean(text);
    }
    @OnClose()
    closed(): void {
      diary.write("closed");
    }
  }
  return Encoding;
}

function decoding(...decoders: Class[]): Class {
  @ServerEndpoint({ value: "/coder", decoders })
  class Decoding {
    @OnMessage()
    said(bean: StringBean): string {
      return bean.text;
    }
    @OnClose()
    closed(): void {
      diary.write("closed");
    }
  }
  return Decoding;
}

async function echo(stage: Stage, endpoint: Class, binary: boolean, answersBinary: boolean): Promise<Peer> {
  diary = new Diary();
  const peer = await stage.open([endpoint], "/coder");
  peer.send(binary ? Buffer.from(ECHO) : ECHO);
  const answer = await peer.next();
  expect([typeof answer, String(answer)]).toEqual([answersBinary ? "object" : "string", ECHO]);
  return peer;
}

/** Two connections, one after the other: each has its own coder, initialised before anything and destroyed after everything. */
async function lives(
  stage: Stage,
  endpoint: Class,
  binary: boolean,
  answersBinary: boolean,
  work: readonly string[],
): Promise<void> {
  const peer = await echo(stage, endpoint, binary, answersBinary);
  expect(diary.entries).toEqual(["init 1", ...work]);
  const ended = diary.until(work.length + 3);
  peer.close(1000);
  await ended;
  expect(diary.entries).toEqual(["init 1", ...work, "closed", "destroy 1"]);
  const again = await echo(stage, endpoint, binary, answersBinary);
  const endedAgain = diary.until(work.length + 3);
  again.close(1000);
  await endedAgain;
  expect(diary.entries).toEqual(["init 1", ...work, "closed", "destroy 1"]);
}

const list = new CaseList("ee/coder");

for (const [name, { encoder, decoder, binary, asks }] of Object.entries(FORMS)) {
  const decode = asks ? ["willDecode", "decode"] : ["decode"];
  list.add(`${name}EncoderInitDestroyTest`, { changed: STRONGER }, (stage) =>
    lives(stage, encoding(encoder), false, binary, ["encode"]),
  );
  list.add(`${name}DecoderInitDestroyTest`, { changed: STRONGER }, (stage) =>
    lives(stage, decoding(decoder), binary, false, decode),
  );
  list.add(`${name}EncoderEncodeTest`, async (stage) => {
    await echo(stage, encoding(encoder), false, binary);
    expect(diary.entries).toEqual(["init 1", "encode"]);
  });
  list.add(`${name}DecoderDecodeTest`, async (stage) => {
    await echo(stage, decoding(decoder), binary, false);
    expect(diary.entries).toEqual(["init 1", ...decode]);
  });
}

for (const [method, unwilling, { decoder, binary }] of [
  ["textDecoderWillDecodeTest", UnwillingTextDecoder, FORMS.text],
  ["binaryDecoderWillDecodeTest", UnwillingBinaryDecoder, FORMS.binary],
] as const)
  list.add(method, async (stage) => {
    await echo(stage, decoding(unwilling, decoder), binary, false);
    expect(diary.entries).toEqual(["init 1", "unwilling", "willDecode", "decode"]);
  });

export const coderCases = list.cases;
