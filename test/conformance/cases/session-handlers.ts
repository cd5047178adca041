import { expect } from "vitest";
import { Session, TextReader } from "wirespring";
import { CaseList } from "../case-list.js";
import type { Stage } from "../stage.js";
import { atBothEnds, type OpenEnd } from "./session-end.js";

/** The message handlers that a session is given and loses again, at both ends: `ee/session` (J-73, J-75, J-107, J-108). */

const list = new CaseList("ee/session");
const CLASS_FIRST = "`addMessageHandler` is told the class of the messages, which nothing else says at run time";

/** A second handler for the kind is refused, and the first one stays. */
async function takesOneFor(
  stage: Stage,
  open: OpenEnd,
  type: StringConstructor | BufferConstructor,
  sent: string | Buffer,
): Promise<void> {
  const thrown: unknown[] = [];
  const { session, peer, errors } = await open(stage, {
    programmatic: true,
    opened: (opened) => {
      const answer = (who: string) => (message: string | Buffer) =>
        void opened.remote.sendText(`${who}: ${String(message)}`);
      opened.addMessageHandler(type as StringConstructor, answer("first"));
      try {
        opened.addMessageHandler(type as StringConstructor, answer("second"));
      } catch (error) {
        thrown.push(error);
      }
    },
  });
  expect(thrown).toEqual([expect.objectContaining({ name: "IllegalStateError", code: "WS_HANDLER_EXISTS" })]);
  expect(session.messageHandlers.size).toBe(1);
  for (const message of [sent, sent, sent.slice(0, 0)]) {
    peer.send(message);
    expect(await peer.next()).toBe(`first: ${String(message)}`);
  }
  expect(errors).toEqual([]);
}

atBothEnds(
  list,
  "addMessageHandlerBasicStringTest",
  (stage, open) => takesOneFor(stage, open, String, "Hello World in String"),
  CLASS_FIRST,
);
atBothEnds(
  list,
  "addMessageHandlerBasicByteBufferTest",
  (stage, open) => takesOneFor(stage, open, Buffer, Buffer.from("Hello World in ByteBuffer")),
  CLASS_FIRST,
);

/** Takes out what a snapshot lists, one after another; the snapshot stays. */
function takeOutAll(session: Session): void {
  const snapshot = session.messageHandlers;
  const size = snapshot.size;
  const sizes = [...snapshot].map((handler) => {
    session.removeMessageHandler(handler);
    return session.messageHandlers.size;
  });
  expect(sizes).toEqual([1, 0]);
  expect(snapshot.size).toBe(size);
  for (const handler of snapshot) session.removeMessageHandler(handler);
}

async function removesHandlers(stage: Stage, open: OpenEnd): Promise<void> {
  const text = (said: string): void => void session.remote.sendText(`text ${said}`);
  const bytes = { onMessage: (data: Buffer): void => void session.remote.sendBinary(data) };
  const { session, peer } = await open(stage, {
    programmatic: true,
    opened: (opened) => {
      opened.addMessageHandler(String, text);
      opened.addMessageHandler(Buffer, bytes);
    },
  });
  expect([...session.messageHandlers]).toEqual([text, bytes]);
  peer.send("BasicStringMessageHandler added");
  expect(await peer.next()).toBe("text BasicStringMessageHandler added");
  peer.send(Buffer.from("BasicByteBufferMessageHandler added"));
  expect(await peer.next()).toEqual(Buffer.from("BasicByteBufferMessageHandler added"));
  takeOutAll(session);
  // The kind is free again, for a handler of another form.
  session.addMessageHandler(TextReader, async (reader) => void session.remote.sendText(`read ${await reader.text()}`));
  peer.send("once more");
  expect(await peer.next()).toBe("read once more");
  peer.send(Buffer.from("nobody takes it"));
  expect((await peer.closed).code).toBe(1003);
}

atBothEnds(list, "addMessageHandlersTest", removesHandlers, CLASS_FIRST);

/** Adds handlers when the session has long been open; what they have taken is sent by a writer. */
async function addsHandlersLater(stage: Stage, open: OpenEnd): Promise<void> {
  const { session, peer } = await open(stage, { programmatic: true });
  expect(session.messageHandlers.size).toBe(0);
  session.addMessageHandler(TextReader, async (reader) => {
    const writer = session.remote.textWriter();
    writer.write("read ");
    writer.end(await reader.text());
  });
  peer.send("BasicTextReaderMessageHandler added");
  expect(await peer.next()).toBe("read BasicTextReaderMessageHandler added");
  expect(session.messageHandlers.size).toBe(1);
  session.addMessageHandler(Buffer, (data) => void session.remote.sendBinary(data));
  peer.send(Buffer.from("BasicByteBufferMessageHandler added"));
  expect(await peer.next()).toEqual(Buffer.from("BasicByteBufferMessageHandler added"));
  expect(session.messageHandlers.size).toBe(2);
  takeOutAll(session);
  peer.send("nobody takes it");
  expect((await peer.closed).code).toBe(1003);
}

atBothEnds(list, "addMessageHandlersTest1", addsHandlersLater, CLASS_FIRST);

export const sessionHandlerCases = list.cases;
