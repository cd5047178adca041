import type { Readable, Writable } from "node:stream";
import { expect } from "vitest";
import { Decoder, Decodes, Encoder, Encodes, TextReader, type Class, type EndpointConfig } from "wirespring";
import type { CaseList } from "../case-list.js";
import type { Peer } from "../peer.js";
import type { Stage } from "../stage.js";
import type { Coders, Side } from "./coded-endpoint.js";
import { StringBean, wholeOf } from "./string-bean.js";

/**
 * The life of coders, for either side and either style of endpoint: `ee/coder` and `ee/programaticcoder` (J-86 to J-89, J-94, J-95). The original's log
 * of `destroy` calls is that of `init` calls; here each coder of each connection must be destroyed once, after the endpoint's close handler.
 */

const ECHO = "Echo message";
const STRONGER = "`destroy` is looked at, once for each connection and after the close handler";

/** What the coders and the endpoint of one case did, in order. */
export class Diary {
  readonly entries: string[] = [];
  /** What each coder was initialised with. */
  readonly configs: EndpointConfig[] = [];
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

/** That of the running case. */
let diary = new Diary();

/** What each coder writes into, since it was initialised, and its number there. */
const lives = new WeakMap<object, { readonly diary: Diary; readonly number: number }>();

/** Writes down what a coder does; without a number where it was never initialised. */
function note(coder: object, what: string): void {
  const life = lives.get(coder);
  (life?.diary ?? diary).write(`${what} ${life?.number}`);
}

/** Lets the coders of a class write down their life. */
function recordLife(coder: { readonly prototype: object }): void {
  Object.assign(coder.prototype, {
    init(this: object, config: EndpointConfig) {
      lives.set(this, { diary, number: diary.configs.push(config) });
      note(this, "init");
    },
    destroy(this: object) {
      note(this, "destroy");
    },
  });
}

@Encodes(StringBean)
class TextEncoder extends Encoder.Text<StringBean> {
  encode(bean: StringBean): string {
    note(this, "encode");
    return bean.text;
  }
}

@Encodes(StringBean)
class TextStreamEncoder extends Encoder.TextStream<StringBean> {
  encode(bean: StringBean, writer: Writable): void {
    note(this, "encode");
    writer.end(bean.text);
  }
}

@Encodes(StringBean)
class BinaryEncoder extends Encoder.Binary<StringBean> {
  encode(bean: StringBean): Buffer {
    note(this, "encode");
    return Buffer.from(bean.text);
  }
}

@Encodes(StringBean)
class BinaryStreamEncoder extends Encoder.BinaryStream<StringBean> {
  encode(bean: StringBean, writer: Writable): void {
    note(this, "encode");
    writer.end(Buffer.from(bean.text));
  }
}

@Decodes(StringBean)
class TextDecoder extends Decoder.Text<StringBean> {
  override willDecode(): boolean {
    note(this, "willDecode");
    return true;
  }
  decode(text: string): StringBean {
    note(this, "decode");
    return new StringBean(text);
  }
}

@Decodes(StringBean)
class TextStreamDecoder extends Decoder.TextStream<StringBean> {
  async decode(reader: TextReader): Promise<StringBean> {
    note(this, "decode");
    return new StringBean(await reader.text());
  }
}

@Decodes(StringBean)
class BinaryDecoder extends Decoder.Binary<StringBean> {
  override willDecode(): boolean {
    note(this, "willDecode");
    return true;
  }
  decode(bytes: Buffer): StringBean {
    note(this, "decode");
    return new StringBean(bytes.toString());
  }
}

@Decodes(StringBean)
class BinaryStreamDecoder extends Decoder.BinaryStream<StringBean> {
  async decode(bytes: Readable): Promise<StringBean> {
    note(this, "decode");
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

/** Where coders live: an endpoint of a certain style on a certain side. */
export interface Habitat {
  readonly side: Side;
  /** What coders are initialised with. */
  readonly config: abstract new (...args: never[]) => EndpointConfig;
  /** An endpoint that answers each text with a bean, and writes `closed` when a connection has ended. */
  readonly encoding: (diary: Diary) => Class;
  /** An endpoint that answers each bean with its text, and writes `closed` when a connection has ended. */
  readonly decoding: (diary: Diary) => Class;
}

/** What goes through a coder, and what the coder does about it. */
interface Passage {
  readonly coders: Coders;
  /** Whether the peer sends bytes. */
  readonly asks: boolean;
  /** Whether it receives bytes. */
  readonly answers: boolean;
  readonly work: readonly string[];
}

async function echo(peer: Peer, { asks, answers }: Passage): Promise<void> {
  peer.send(asks ? Buffer.from(ECHO) : ECHO);
  const answer = await peer.next();
  expect([typeof answer, String(answer)]).toEqual([answers ? "object" : "string", ECHO]);
}

function settle(stage: Stage, { side, encoding, decoding }: Habitat, { coders }: Passage): ReturnType<Side> {
  diary = new Diary();
  return side(stage, (coders.encoders === undefined ? decoding : encoding)(diary), coders);
}

/** One connection: the coder is initialised first, and then used. */
async function works(stage: Stage, habitat: Habitat, passage: Passage): Promise<void> {
  const endpoint = await settle(stage, habitat, passage);
  const { peer } = await endpoint.connect();
  await echo(peer, passage);
  expect(diary.entries).toEqual(["init 1", ...passage.work]);
}

/** Two connections at a time: each has its own coder from its beginning to its end, initialised before anything and destroyed after everything. */
async function livesOnce(stage: Stage, habitat: Habitat, passage: Passage): Promise<void> {
  const endpoint = await settle(stage, habitat, passage);
  const first = passage.work;
  const second = first.map((entry) => entry.replace("1", "2"));
  const one = await endpoint.connect();
  await echo(one.peer, passage);
  const two = await endpoint.connect();
  await echo(two.peer, passage);
  await echo(one.peer, passage);
  const used = ["init 1", ...first, "init 2", ...second, ...first];
  expect(diary.entries).toEqual(used);
  for (const config of diary.configs) {
    expect(config).toBeInstanceOf(habitat.config);
    expect({ encoders: config.encoders, decoders: config.decoders }).toEqual({
      encoders: [],
      decoders: [],
      ...passage.coders,
    });
  }

  const secondEnded = diary.until(used.length + 2);
  two.peer.close(1000);
  await secondEnded;
  expect(diary.entries).toEqual([...used, "closed", "destroy 2"]);
  // The other connection's coder is alive.
  await echo(one.peer, passage);
  const ended = [...used, "closed", "destroy 2", ...first, "closed", "destroy 1"];
  const firstEnded = diary.until(ended.length);
  one.peer.close(1000);
  await firstEnded;
  await endpoint.close();
  expect(diary.entries).toEqual(ended);
}

/** Adds the cases of one side, whose methods end with this. */
export function addCoderLives(list: CaseList, suffix: "" | "OnClient", habitat: Habitat): void {
  for (const [name, { encoder, decoder, binary, asks }] of Object.entries(FORMS)) {
    const work = asks ? ["willDecode 1", "decode 1"] : ["decode 1"];
    const encodes: Passage = { coders: { encoders: [encoder] }, asks: false, answers: binary, work: ["encode 1"] };
    const decodes: Passage = { coders: { decoders: [decoder] }, asks: binary, answers: false, work };
    const add = (method: string, passage: Passage, use: typeof works, changed?: string): void =>
      list.add(`${method}${suffix}Test`, { changed }, (stage) => use(stage, habitat, passage));
    add(`${name}EncoderInitDestroy`, encodes, livesOnce, STRONGER);
    add(`${name}DecoderInitDestroy`, decodes, livesOnce, STRONGER);
    add(`${name}EncoderEncode`, encodes, works);
    add(`${name}DecoderDecode`, decodes, works);
    if (!asks) continue;
    const unwilling = binary ? UnwillingBinaryDecoder : UnwillingTextDecoder;
    add(
      `${name}DecoderWillDecode`,
      { ...decodes, coders: { decoders: [unwilling, decoder] }, work: ["unwilling", ...work] },
      works,
    );
  }
}
