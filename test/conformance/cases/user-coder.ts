import type { Writable } from "node:stream";
import { expect } from "vitest";
import { Encoder, Encodes, OnMessage, Session, type Class, type RemoteEndpoint } from "wirespring";
import { CaseList, CHANGES } from "../case-list.js";
import { Happenings } from "../happenings.js";
import type { Stage } from "../stage.js";
import { annotatedClient, annotatedServer, type Side } from "./coded-endpoint.js";
import { awaited, future, handled, type Manner, type Outcome } from "./remote-halves.js";

/**
 * Encoders of an application for what would be sent without one: `ee/remoteendpoint/usercoder` in its three manners, on a server and on a client (J-89,
 * J-90, J-92). Each encoder writes more than the built-in form, so that the one cannot be taken for the other.
 */

type Primitive = string | number | boolean | bigint;

const TYPES = [Boolean, Number, BigInt, String] as const;

/** What an encoder makes of a value: whose encoder it was, and the value. */
const marked = (type: (typeof TYPES)[number], value: Primitive): string => `${type.name} encoded ${value}`;

/** Makes an encoder class for each type, in the form that the method says. */
const FORMS = {
  Text: (type: (typeof TYPES)[number]): Class => {
    class Text extends Encoder.Text<Primitive> {
      encode(value: Primitive): string {
        return marked(type, value);
      }
    }
    Encodes(type)(Text);
    return Text;
  },
  TextStream: (type: (typeof TYPES)[number]): Class => {
    class TextStream extends Encoder.TextStream<Primitive> {
      encode(value: Primitive, writer: Writable): void {
        for (const character of marked(type, value)) writer.write(character);
        writer.end();
      }
    }
    Encodes(type)(TextStream);
    return TextStream;
  },
  Binary: (type: (typeof TYPES)[number]): Class => {
    class Binary extends Encoder.Binary<Primitive> {
      encode(value: Primitive): Buffer {
        return Buffer.from(marked(type, value));
      }
    }
    Encodes(type)(Binary);
    return Binary;
  },
  BinaryStream: (type: (typeof TYPES)[number]): Class => {
    class BinaryStream extends Encoder.BinaryStream<Primitive> {
      encode(value: Primitive, writer: Writable): void {
        for (const character of marked(type, value)) writer.write(Buffer.from(character));
        writer.end();
      }
    }
    Encodes(type)(BinaryStream);
    return BinaryStream;
  },
} as const;

type FormName = keyof typeof FORMS;

/** A value of each primitive type of Java, and what type it has here. */
const BOOLEANS = [
  [Boolean, true],
  [Boolean, false],
] as const;
const CHARS = [[String, "j"]] as const;
const NUMBERS = [
  [Number, -100],
  [Number, -32_768],
  [Number, -2_147_483_648],
  [Number, -104.5],
  [Number, -105.25],
  [BigInt, -9_223_372_036_854_775_808n],
] as const;
const PRIMITIVES = [...BOOLEANS, ...CHARS, ...NUMBERS] as const;

type Values = readonly (readonly [(typeof TYPES)[number], Primitive])[];

/** An endpoint that does something with its session's sending side when it is told to. */
function acting(act: (remote: RemoteEndpoint) => Promise<void>): Class {
  class Acting {
    @OnMessage()
    async told(_command: string, session: Session): Promise<void> {
      await act(session.remote);
    }
  }
  return Acting;
}

/** Sends all values in one handler: each is encoded by the encoder of its type, and the messages leave in the order of the sends. */
async function encodes(stage: Stage, side: Side, form: FormName, manner: Manner, values: Values): Promise<void> {
  const outcomes = new Happenings<Promise<Outcome>>();
  const endpoint = acting(async (remote) => {
    for (const [, value] of values) {
      const { held, outcome } = manner(() => remote.sendObject(value));
      outcomes.tell(outcome);
      await held;
    }
  });
  const { peer, session } = await (await side(stage, endpoint, { encoders: TYPES.map(FORMS[form]) })).connect();
  peer.send("send them");
  for (const [type, value] of values) {
    const expected = marked(type, value);
    expect(await peer.next()).toEqual(form.startsWith("Binary") ? Buffer.from(expected) : expected);
    expect(await outcomes.next()).toEqual({ sent: "sent" });
  }
  // Nothing else was sent.
  await session.close();
  await expect(peer.next()).rejects.toThrow("the connection is closed (1000)");
}

const fourTypes = "the eight primitive types of Java are four here, and have an encoder each";

/** The methods that all three manners have, and those that the blocking one has in place of the first. */
const methods = (name: string): Readonly<Record<string, { form: FormName; values: Values; changed?: string }>> => {
  const primitives = (form: FormName) => ({ [`Primitives${form}`]: { form, values: PRIMITIVES, changed: fourTypes } });
  const inText =
    name === "basic"
      ? ({
          BooleanText: { form: "Text", values: BOOLEANS },
          CharText: { form: "Text", values: CHARS, changed: CHANGES.noChar },
          NumberText: { form: "Text", values: NUMBERS, changed: fourTypes },
        } as const)
      : primitives("Text");
  return { ...inText, ...primitives("TextStream"), ...primitives("Binary"), ...primitives("BinaryStream") };
};

/** The cases of the three classes. */
export const userCoderCases = Object.entries({ async: future, asyncwithhandler: handled, basic: awaited }).flatMap(
  ([name, manner]) => {
    const list = new CaseList(`ee/remoteendpoint/usercoder/${name}`);
    for (const [sideName, side] of Object.entries({ Server: annotatedServer, Client: annotatedClient }))
      for (const [method, { form, values, changed }] of Object.entries(methods(name)))
        list.add(`sendObject${method}EncoderOn${sideName}Test`, { changed }, (stage) =>
          encodes(stage, side, form, manner, values),
        );
    return list.cases;
  },
);
