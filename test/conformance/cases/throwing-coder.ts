import { expect } from "vitest";
import {
  DecodeException,
  Decoder,
  Decodes,
  EncodeException,
  Encoder,
  Encodes,
  OnError,
  OnMessage,
  ServerEndpoint,
  Session,
  type Class,
} from "wirespring";
import { CaseList } from "../case-list.js";
import type { Stage } from "../stage.js";
import { StringBean } from "./string-bean.js";

/**
 * Coders that throw, on a server: `ee/throwingcoder/annotated`, server half (J-82, J-93, J-99, J-192, J-193). What the error handler gets must be the
 * very error, and the connection must stay usable.
 */

const ECHO = "Echo message";

/** What is thrown in the running case. */
let thrown: Error;

@Decodes(StringBean)
class TextDecoder extends Decoder.Text<StringBean> {
  decode(): StringBean {
    throw thrown;
  }
}

@Decodes(StringBean)
class TextStreamDecoder extends Decoder.TextStream<StringBean> {
  decode(): StringBean {
    throw thrown;
  }
}

@Decodes(StringBean)
class BinaryDecoder extends Decoder.Binary<StringBean> {
  decode(): StringBean {
    throw thrown;
  }
}

@Decodes(StringBean)
class BinaryStreamDecoder extends Decoder.BinaryStream<StringBean> {
  decode(): StringBean {
    throw thrown;
  }
}

@Encodes(StringBean)
class TextEncoder extends Encoder.Text<StringBean> {
  encode(): string {
    throw thrown;
  }
}

@Encodes(StringBean)
class TextStreamEncoder extends Encoder.TextStream<StringBean> {
  encode(): void {
    throw thrown;
  }
}

@Encodes(StringBean)
class BinaryEncoder extends Encoder.Binary<StringBean> {
  encode(): Buffer {
    throw thrown;
  }
}

@Encodes(StringBean)
class BinaryStreamEncoder extends Encoder.BinaryStream<StringBean> {
  encode(): void {
    throw thrown;
  }
}

const FORMS = {
  text: { decoder: TextDecoder, encoder: TextEncoder, binary: false },
  textStream: { decoder: TextStreamDecoder, encoder: TextStreamEncoder, binary: false },
  binary: { decoder: BinaryDecoder, encoder: BinaryEncoder, binary: true },
  binaryStream: { decoder: BinaryStreamDecoder, encoder: BinaryStreamEncoder, binary: true },
} as const;

const list = new CaseList("ee/throwingcoder/annotated");

function decoding(decoder: Class, caught: (error: Error) => void): Class {
  @ServerEndpoint({ value: "/throws", decoders: [decoder] })
  class Decoding {
    @OnMessage()
    said(_bean: StringBean): string {
      return "decoded";
    }
    @OnError()
    failed(error: Error): void {
      caught(error);
    }
  }
  return Decoding;
}

/** Encodes by `sendObject`, whose failure the handler lets through, or by returning. */
function encoding(encoder: Class, returns: boolean, caught: (error: Error) => void): Class {
  @ServerEndpoint({ value: "/throws", encoders: [encoder] })
  class Encoding {
    @OnMessage()
    async said(text: string, session: Session): Promise<StringBean | string | undefined> {
      if (text === "plain") return text;
      if (returns) return new StringBean(text);
      await session.remote.sendObject(new StringBean(text));
      return undefined;
    }
    @OnError()
    failed(error: Error): void {
      caught(error);
    }
  }
  return Encoding;
}

async function throwsAt(
  stage: Stage,
  make: (caught: (error: Error) => void) => Class,
  sent: string | Buffer,
  error: Error,
): Promise<void> {
  thrown = error;
  let caught!: (error: Error) => void;
  const next = (): Promise<Error> => new Promise((resolve) => (caught = resolve));
  const first = next();
  const peer = await stage.open([make((each) => caught(each))], "/throws");
  peer.send(sent);
  expect(await first).toBe(error);
  // The connection has survived: the same happens again.
  const second = next();
  peer.send(sent);
  expect(await second).toBe(error);
}

const systemError = (): Error => Object.assign(new Error("the disk is full"), { code: "ENOSPC" });
const decodeException = (): Error => new DecodeException(ECHO, "cannot be decoded");
const encodeException = (): Error => new EncodeException(ECHO, "cannot be encoded");
const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

for (const [name, { decoder, encoder, binary }] of Object.entries(FORMS)) {
  const sent = binary ? Buffer.from(ECHO) : ECHO;
  const decode = (error: () => Error) => (stage: Stage) =>
    throwsAt(stage, (caught) => decoding(decoder, caught), sent, error());
  const encode = (error: () => Error, returns: boolean) => (stage: Stage) =>
    throwsAt(stage, (caught) => encoding(encoder, returns, caught), ECHO, error());
  list.add(`${name}DecoderThrowAndCatchOnServerTest`, decode(decodeException));
  list.add(`${name}EncoderThrowAndCatchOnServerTest`, encode(encodeException, false));
  list.add(`returning${capital(name)}EncoderThrowAndCatchOnServerTest`, encode(encodeException, true));
  if (!name.endsWith("Stream")) continue;
  list.add(`${name}DecoderThrowIOAndCatchOnServerTest`, decode(systemError));
  list.add(`${name}EncoderThrowIOAndCatchOnServerTest`, encode(systemError, false));
  list.add(`returning${capital(name)}EncoderThrowIOAndCatchOnServerTest`, encode(systemError, true));
}

export const throwingCoderCases = list.cases;
