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
  Session,
  type Class,
} from "wirespring";
import { CaseList } from "../case-list.js";
import { Happenings } from "../happenings.js";
import type { Stage } from "../stage.js";
import { annotatedClient, annotatedServer, type Coders, type Side } from "./coded-endpoint.js";
import { StringBean } from "./string-bean.js";

/**
 * Coders that throw, on a server and on a client: `ee/throwingcoder/annotated` (J-82, J-93, J-99, J-192, J-193). What the error handler gets must be
 * the very error, with the session in which it was thrown, and the connection must stay usable.
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

/** What an error handler was given. */
interface Caught {
  readonly session: Session;
  readonly error: Error;
}

/** How an endpoint comes to use its coder, which throws. */
type Use = (caught: Happenings<Caught>) => Class;

/** An endpoint whose error handler can still send. Each use adds its message handler. */
function catching(caught: Happenings<Caught>) {
  class Catching {
    @OnError()
    async failed(session: Session, error: Error): Promise<void> {
      await session.remote.sendText("caught");
      caught.tell({ session, error });
    }
  }
  return Catching;
}

/** By having a message decoded, which must not reach the handler. */
const decodes: Use = (caught) => {
  class Decoding extends catching(caught) {
    @OnMessage()
    said(_bean: StringBean): string {
      return "decoded";
    }
  }
  return Decoding;
};

/** By sending, whose failure the handler lets through. */
const sends: Use = (caught) => {
  class Sending extends catching(caught) {
    @OnMessage()
    async said(text: string, session: Session): Promise<void> {
      await session.remote.sendObject(new StringBean(text));
    }
  }
  return Sending;
};

/** By returning. */
const returns: Use = (caught) => {
  class Returning extends catching(caught) {
    @OnMessage()
    said(text: string): StringBean {
      return new StringBean(text);
    }
  }
  return Returning;
};

async function isCaught(stage: Stage, side: Side, use: Use, coders: Coders, sent: string | Buffer): Promise<void> {
  const caught = new Happenings<Caught>();
  const endpoint = await side(stage, use(caught), coders);
  const { session, peer } = await endpoint.connect();
  // The connection survives: the same happens again.
  for (let time = 0; time < 2; time++) {
    peer.send(sent);
    expect(await peer.next()).toBe("caught");
    const told = await caught.next();
    expect(told.error).toBe(thrown);
    expect(told.session).toBe(session);
  }
  expect(session.isOpen).toBe(true);
  expect(await session.remote.sendText("still open")).toBe("sent");
  expect(await peer.next()).toBe("still open");
  expect(caught.untaken).toBe(0);
}

const systemError = (): Error => Object.assign(new Error("the disk is full"), { code: "ENOSPC" });
const decodeException = (): Error => new DecodeException(ECHO, "cannot be decoded");
const encodeException = (): Error => new EncodeException(ECHO, "cannot be encoded");
const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

const list = new CaseList("ee/throwingcoder/annotated");

for (const [sideName, side] of Object.entries({ Server: annotatedServer, Client: annotatedClient }))
  for (const [name, { decoder, encoder, binary }] of Object.entries(FORMS)) {
    const add = (method: string, error: () => Error, use: Use): void =>
      list.add(`${method}AndCatchOn${sideName}Test`, (stage) => {
        thrown = error();
        const sent = use === decodes && binary ? Buffer.from(ECHO) : ECHO;
        return isCaught(stage, side, use, use === decodes ? { decoders: [decoder] } : { encoders: [encoder] }, sent);
      });
    add(`${name}DecoderThrow`, decodeException, decodes);
    add(`${name}EncoderThrow`, encodeException, sends);
    add(`returning${capital(name)}EncoderThrow`, encodeException, returns);
    if (!name.endsWith("Stream")) continue;
    add(`${name}DecoderThrowIO`, systemError, decodes);
    add(`${name}EncoderThrowIO`, systemError, sends);
    add(`returning${capital(name)}EncoderThrowIO`, systemError, returns);
  }

export const throwingCoderCases = list.cases;
