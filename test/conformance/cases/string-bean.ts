import { Readable, type Writable } from "node:stream";
import { Decoder, Decodes, Encoder, Encodes, TextReader } from "wirespring";

/** A text as an application object, with a decoder and an encoder of each form: what many cases send and receive. */

/** Holds a text. */
export class StringBean {
  constructor(readonly text: string) {}
}

@Decodes(StringBean)
export class TextBeanDecoder extends Decoder.Text<StringBean> {
  decode(text: string): StringBean {
    return new StringBean(text);
  }
}

@Decodes(StringBean)
export class TextStreamBeanDecoder extends Decoder.TextStream<StringBean> {
  async decode(reader: TextReader): Promise<StringBean> {
    return new StringBean(await reader.text());
  }
}

@Decodes(StringBean)
export class BinaryBeanDecoder extends Decoder.Binary<StringBean> {
  decode(bytes: Buffer): StringBean {
    return new StringBean(bytes.toString());
  }
}

@Decodes(StringBean)
export class BinaryStreamBeanDecoder extends Decoder.BinaryStream<StringBean> {
  async decode(bytes: Readable): Promise<StringBean> {
    return new StringBean((await wholeOf(bytes)).toString());
  }
}

@Encodes(StringBean)
export class TextBeanEncoder extends Encoder.Text<StringBean> {
  encode(bean: StringBean): string {
    return bean.text;
  }
}

/** Leaves its writer open: the message is sent all the same (J-92). */
@Encodes(StringBean)
export class TextStreamBeanEncoder extends Encoder.TextStream<StringBean> {
  encode(bean: StringBean, writer: Writable): void {
    writer.write(bean.text);
  }
}

@Encodes(StringBean)
export class BinaryBeanEncoder extends Encoder.Binary<StringBean> {
  encode(bean: StringBean): Buffer {
    return Buffer.from(bean.text);
  }
}

/** Leaves its writer open: the message is sent all the same (J-92). */
@Encodes(StringBean)
export class BinaryStreamBeanEncoder extends Encoder.BinaryStream<StringBean> {
  encode(bean: StringBean, writer: Writable): void {
    writer.write(Buffer.from(bean.text));
  }
}

/** Reads bytes to their end. */
export async function wholeOf(bytes: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
