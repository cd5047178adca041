import { expect } from "vitest";
import { IllegalStateError, type Session } from "wirespring";
import { CaseList } from "../case-list.js";
import type { Peer } from "../peer.js";
import type { Stage } from "../stage.js";
import { ECHO, expectHeard, FORMS, sendTo, type Form } from "./message-handler.js";
import { openClient, openServer } from "./session-end.js";

/**
 * A second handler of a kind: `ee/session11` (J-73). Added when the session opens, and by the first one in the midst of a message.
 */

const codes = expect.objectContaining({ code: "WS_HANDLER_EXISTS" });

/** Adds a handler while the session opens, then others of its kind; the first one stays in service. */
async function refusesSecond(stage: Stage, form: Form, others: readonly Form[]): Promise<void> {
  const thrown: unknown[] = [];
  const { peer, session, errors } = await openClient(stage, {
    opened: (opened) => {
      form.add(opened, (said) => void opened.remote.sendText(said));
      for (const other of others)
        try {
          other.add(opened, () => void opened.remote.sendText("the second one was called"));
        } catch (error) {
          thrown.push(error);
        }
    },
  });
  expect(thrown).toEqual(others.map(() => expect.any(IllegalStateError)));
  expect(thrown).toEqual(others.map(() => codes));
  expect(session.messageHandlers.size).toBe(1);
  await expectHeard(form, peer, () => peer.next());
  expect(errors).toEqual([]);
}

const client = new CaseList("ee/session11/client");
for (const [name, form, others] of [
  ["Reader", FORMS.reader, [FORMS.reader, FORMS.string, FORMS.stringParts]],
  ["InputStream", FORMS.stream, [FORMS.stream, FORMS.buffer, FORMS.byteParts]],
  ["PongMessage", FORMS.pong, [FORMS.pong]],
  ["PartialString", FORMS.stringParts, [FORMS.stringParts, FORMS.string, FORMS.reader]],
] as const)
  client.add(`twiceAddMessageHandler${name}ThrowsExceptionTest`, (stage) => refusesSecond(stage, form, others));

const AGAIN = "add another one";

/** Says in a handler that another one be added; what that throws reaches `@OnError`, and everything goes on. */
async function throwsInHandler(stage: Stage, form: Form): Promise<void> {
  let caught: unknown;
  const added = (session: Session) => (said: string) => {
    if (!said.startsWith(AGAIN)) return void session.remote.sendText(said);
    try {
      form.add(session, () => {});
    } catch (error) {
      caught = error;
      throw error;
    }
  };
  const { peer, session, errors, failure } = await openServer(stage, {
    opened: (opened) => form.add(opened, added(opened)),
  });
  const others = [FORMS.stringParts, FORMS.stream, FORMS.pong].filter((other) => other !== form);
  for (const other of others) other.add(session, (said) => void session.remote.sendText(said));
  await expectHeard(form, peer, () => peer.next());
  expect(errors).toEqual([]);
  for (let times = 1; times <= 2; times++) {
    const failed = failure();
    sendTo(form, peer, AGAIN);
    expect(await failed).toBeInstanceOf(IllegalStateError);
    expect(errors).toEqual(Array.from({ length: times }, () => codes));
    expect(errors.at(-1)).toBe(caught);
    await expectHeard(form, peer, () => peer.next());
  }
  await expectUntouched(peer, others);
}

/** The handlers of the other kinds are still there. */
async function expectUntouched(peer: Peer, forms: readonly Form[]): Promise<void> {
  for (const form of forms) {
    sendTo(form, peer, ECHO);
    expect(String(await peer.next())).toBe(form.partial ? `${ECHO}(true)` : ECHO);
  }
}

const server = new CaseList("ee/session11/server");
for (const [name, form] of [
  ["PongMessage", FORMS.pong],
  ["StringPartialMessage", FORMS.stringParts],
  ["InputStream", FORMS.stream],
] as const)
  server.add(`addMessageHandler${name}ThrowsExceptionTest`, (stage) => throwsInHandler(stage, form));

export const refusedMessageHandlerCases = [...server.cases, ...client.cases];
