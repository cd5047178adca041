import { finished } from "node:stream/promises";
import type { Writable } from "node:stream";
import { expect } from "vitest";
import { EncodeException, type RemoteEndpoint, type SendOutcome } from "wirespring";
import { CHANGES } from "../case-list.js";
import { Unencodable, type Conversation, type Manner, type Outcome, type RemoteCase } from "./remote-halves.js";
import { StringBean } from "./string-bean.js";

/**
 * What is sent, and what must come of it, on either side of a connection and in every manner: `ee/remoteendpoint/basic` and `async` (J-130 to J-138).
 * The lists of both take their cases from here.
 */

const TEXT = "Text with a ü and a 😀, to be sent by an endpoint";
const BYTES = Buffer.from("bytes, the null byte \0 and 0xff \xff", "latin1");

/** A send that the peer receives as one message. */
export interface Send {
  readonly name: string;
  readonly send: (remote: RemoteEndpoint) => Promise<SendOutcome>;
  readonly received: string | Buffer;
  readonly changed?: string;
  readonly changedOn?: "Server";
}

/** A send that must fail with a certain error, with nothing sent. */
export interface Refused {
  readonly send: (remote: RemoteEndpoint) => Promise<SendOutcome>;
  readonly check: (error: unknown) => void;
}

/** Bytes in the middle of a larger buffer: only the view is to be sent. */
const view = (): Buffer => Buffer.concat([Buffer.from("before"), BYTES, Buffer.from("behind")]).subarray(6, -6);

export const text: Send = { name: "Text", send: (remote) => remote.sendText(TEXT), received: TEXT };
export const binary: Send = { name: "Binary", send: (remote) => remote.sendBinary(view()), received: BYTES };
export const object: Send = {
  name: "Object",
  send: (remote) => remote.sendObject(new StringBean(TEXT)),
  received: TEXT,
};

const { noChar } = CHANGES;
const form = "as JavaScript writes it, without the `.0` of Java";

/** Every primitive of Java, as what it is here. */
export const primitives: readonly Send[] = (
  [
    ["Boolean", true, "true"],
    ["Byte", -100, "-100"],
    ["Char", "j", "j", { changed: noChar }],
    ["Double", -105, "-105", { changed: form, changedOn: "Server" }],
    ["Float", -104, "-104", { changed: form, changedOn: "Server" }],
    ["Int", -2_147_483_648, "-2147483648"],
    ["Long", -9_223_372_036_854_775_808n, "-9223372036854775808"],
    ["Short", -32_768, "-32768"],
  ] as const
).map(([name, value, received, change = {}]) => ({
  name: `Object${name}`,
  send: (remote) => remote.sendObject(value),
  received,
  ...change,
}));

/** In the middle of a character that takes two code units: no part must cut it. */
const CUT = TEXT.indexOf("😀") + 1;

/** Two parts of one message, the second sent before the first has left, and an empty last one. */
export const partials: readonly Send[] = [
  {
    name: "TextPartial",
    send: async (remote) => {
      const parts = [remote.sendText(TEXT.slice(0, CUT), false), remote.sendText(TEXT.slice(CUT), false)];
      expect(await Promise.all(parts)).toEqual(["sent", "sent"]);
      return remote.sendText("", true);
    },
    received: TEXT,
  },
  {
    name: "BinaryPartial",
    send: async (remote) => {
      const parts = [remote.sendBinary(BYTES.subarray(0, 7), false), remote.sendBinary(BYTES.subarray(7), false)];
      expect(await Promise.all(parts)).toEqual(["sent", "sent"]);
      return remote.sendBinary(new Uint8Array(0), true);
    },
    received: BYTES,
  },
];

/** Writes a message in parts; in front of it lies a writer that writes nothing, and so sends nothing. */
async function write(writer: () => Writable, ...parts: readonly (string | Buffer)[]): Promise<SendOutcome> {
  const unused = writer();
  unused.end();
  await finished(unused);
  const message = writer();
  for (const part of parts) message.write(part);
  message.end();
  await finished(message);
  return "sent";
}

export const writers: readonly Send[] = [
  {
    name: "Stream",
    send: (remote) => write(() => remote.binaryWriter(), BYTES.subarray(0, 9), Buffer.alloc(0), BYTES.subarray(9)),
    received: BYTES,
  },
  {
    name: "Writer",
    send: (remote) => write(() => remote.textWriter(), TEXT.slice(0, CUT), "", TEXT.slice(CUT)),
    received: TEXT,
  },
];

/** A `TypeError`, where Java has an `IllegalArgumentException`. */
const illegal =
  (message: RegExp) =>
  (error: unknown): void => {
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ code: "WS_ILLEGAL_ARGUMENT", message: expect.stringMatching(message) as string });
  };

/** What is no data. */
const NOTHING = [null, undefined] as unknown as readonly never[];

/** No data, of each kind. */
export const nullData: Readonly<Record<"Text" | "Binary" | "Object", readonly Refused[]>> = {
  Text: NOTHING.map((none) => ({
    send: (remote) => remote.sendText(none),
    check: illegal(new RegExp(`^sendText takes a string, found ${String(none)} \\[WS_ILLEGAL_ARGUMENT\\]$`)),
  })),
  Binary: NOTHING.map((none) => ({
    send: (remote) => remote.sendBinary(none),
    check: illegal(new RegExp(`^sendBinary takes .*, found ${String(none)} \\[WS_ILLEGAL_ARGUMENT\\]$`)),
  })),
  Object: NOTHING.map((none) => ({
    send: (remote) => remote.sendObject(none),
    check: illegal(new RegExp(`^sendObject takes a value, found ${String(none)} \\[WS_ILLEGAL_ARGUMENT\\]$`)),
  })),
};

/** Calls with a second argument where Jakarta has the handler. */
export const nullHandler: Readonly<Record<"Text" | "Binary" | "Object", Refused>> = {
  Text: {
    send: (remote) => remote.sendText(TEXT, null as never),
    check: illegal(/^sendText: last must be true or false, found null \[WS_ILLEGAL_ARGUMENT\]$/),
  },
  Binary: {
    send: (remote) => remote.sendBinary(BYTES, null as never),
    check: illegal(/^sendBinary: last must be true or false, found null \[WS_ILLEGAL_ARGUMENT\]$/),
  },
  Object: {
    send: (remote) => {
      const withHandler: { sendObject(value: unknown, handler: null): Promise<SendOutcome> } = remote;
      return withHandler.sendObject(new StringBean(TEXT), null);
    },
    check: illegal(/^sendObject takes no handler.*, found null \[WS_ILLEGAL_ARGUMENT\]$/),
  },
};

const encodeError = new EncodeException(TEXT, "cannot be encoded");

/** An object whose encoder fails. */
export const failingEncoder: Refused = {
  send: (remote) => remote.sendObject(new Unencodable(encodeError)),
  check: (error) => expect(error).toBe(encodeError),
};

/** An object that no encoder takes. */
export const noEncoder: Refused = {
  send: (remote) => remote.sendObject(new Map()),
  check: (error) => {
    expect(error).toBeInstanceOf(EncodeException);
    expect(error).toMatchObject({ code: "WS_ENCODE_FAILED", object: new Map() });
  },
};

/** The case of a send that arrives. */
export function sendCase(method: string, manner: Manner, send: Send): RemoteCase {
  const { changed, changedOn } = send;
  return { method, changed, changedOn, run: arrives(manner, send) };
}

/** Sends something in a handler: it arrives as it is, in front of what the handler answers, and the send says so. */
const arrives =
  (manner: Manner, { send, received }: Send) =>
  async (conversation: Conversation): Promise<void> => {
    const outcome = conversation.perform(manner, send);
    expect(await conversation.peer.next()).toEqual(received);
    expect(await conversation.peer.next()).toBe("OK");
    expect(await outcome).toEqual({ sent: "sent" } satisfies Outcome);
  };

/** Sends what must fail: the send says why, nothing has left, and the session is as usable as before. */
export const fails =
  (manner: Manner, ...refused: readonly Refused[]) =>
  async (conversation: Conversation): Promise<void> => {
    for (const { send, check } of refused) {
      const outcome = await conversation.perform(manner, send);
      if (!("failed" in outcome)) throw new Error("the send did not fail");
      check(outcome.failed);
      expect(await conversation.peer.next()).toBe("OK");
    }
    await arrives(manner, text)(conversation);
  };
