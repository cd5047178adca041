import { expect } from "vitest";
import { CloseCodes, CloseReason, Session } from "wirespring";
import { CaseList } from "../case-list.js";
import type { Peer } from "../peer.js";
import type { Stage } from "../stage.js";
import { openClient, openServer, type OpenEnd, type Play, type SessionEnd } from "./session-end.js";

/**
 * How a session ends, by either side and at both ends: the thirteen `close` methods of `ee/session` (J-113, J-119, J-120, J-128, J-129, J-151,
 * J-155, J-159). The original has four server classes, which differ in what their `@OnClose` takes.
 */

const TOO_BIG = new CloseReason(CloseCodes.TOO_BIG, "TCKCloseNowWithReason");
const NORMAL = new CloseReason(CloseCodes.NORMAL_CLOSURE);

/** What `@OnClose` takes, and the numbers of the methods that look at it. */
const CLOSINGS: readonly (readonly [numbers: readonly [string, string, string], Required<Play>["closing"]])[] = [
  [["", "1", "2"], [Session]],
  [["3", "4", "5"], []],
  [["6", "7", "8"], [CloseReason]],
  [
    ["9", "10", "11"],
    [Session, CloseReason],
  ],
];

/** Ends a session of ours that nobody else ends. */
type End = (end: SessionEnd) => void;

const byPeer = ({ peer }: SessionEnd): void => peer.close(1000);
const byPeerTooBig = ({ peer }: SessionEnd): void => peer.close(TOO_BIG.code, TOO_BIG.reasonPhrase);

/** Our side closes, in the midst of a handler. */
const inHandler = ({ peer }: SessionEnd): void => peer.send("close");

/** Our side closes, without a handler that has called it. */
const outside = ({ session }: SessionEnd): void => {
  void session.close();
  expect(session.isOpen).toBe(false);
};

/** Ends a session and looks at what its endpoint and its peer are told. */
async function ends(
  stage: Stage,
  open: OpenEnd,
  how: End,
  { reason = NORMAL, closing = [] }: { readonly reason?: CloseReason; readonly closing?: Required<Play>["closing"] },
): Promise<void> {
  const late: Promise<unknown>[] = [];
  const stateAtClose: unknown[] = [];
  const end = await open(stage, {
    closing,
    opened: (opened) => {
      expect(opened.isOpen).toBe(true);
      opened.addMessageHandler(String, () => void (reason === NORMAL ? opened.close() : opened.close(reason)));
    },
    closed: (session) => {
      stateAtClose.push(session.isOpen, session.userProperties.get("kept"));
      late.push(session.remote.sendText("said in @OnClose").then(String, (error: { code: string }) => error.code));
    },
  });
  const { session, peer, over, closings } = end;
  session.userProperties.set("kept", "until the end");
  how(end);
  expect(await peer.closed).toEqual({ code: reason.code, reason: reason.reasonPhrase });
  await over;
  expect(session.isOpen).toBe(false);
  await expectNoEffect(session, peer);
  const [given, ...more] = closings;
  expect(more).toEqual([]);
  expect(given).toHaveLength(closing.length);
  closing.forEach((type, index) => {
    if (type === Session) expect(given![index]).toBe(session);
    else expect(given![index]).toMatchObject({ code: reason.code, reasonPhrase: reason.reasonPhrase });
  });
  expect(stateAtClose).toEqual([false, "until the end"]);
  expect(await Promise.all(late)).toEqual(["WS_SESSION_CLOSED"]);
  expect(end.errors).toEqual([]);
}

/** A session that has ended: closing it again does nothing, and nothing can be sent. */
async function expectNoEffect(session: Session, peer: Peer): Promise<void> {
  await session.close();
  await session.close(TOO_BIG);
  await expect(session.remote.sendText("too late")).rejects.toMatchObject({ code: "WS_SESSION_CLOSED" });
  await expect(peer.next()).rejects.toThrow("waited for a message");
}

const list = new CaseList("ee/session");
for (const [[byClient, byServer, withReason], closing] of CLOSINGS) {
  list.add(`close${byClient}Test`, async (stage) => {
    await ends(stage, openServer, byPeer, { closing });
    await ends(stage, openClient, outside, { closing });
  });
  list.add(`close${byServer}Test`, async (stage) => {
    await ends(stage, openServer, inHandler, { closing });
    await ends(stage, openClient, byPeer, { closing });
  });
  list.add(`close${withReason}Test`, async (stage) => {
    await ends(stage, openServer, inHandler, { closing, reason: TOO_BIG });
    await ends(stage, openClient, byPeerTooBig, { closing, reason: TOO_BIG });
  });
}

/** What `@OnClose` throws goes to `@OnError`, once, and the session ends as it would have. */
async function failsAtClose(stage: Stage, open: OpenEnd, how: End, programmatic: boolean): Promise<void> {
  const thrown = new RangeError("division by zero");
  const end = await open(stage, {
    programmatic,
    closed: () => {
      throw thrown;
    },
  });
  const failed = end.failure();
  how(end);
  expect(await failed).toBe(thrown);
  expect(end.closings).toEqual([[end.session, expect.objectContaining({ code: 1000, reasonPhrase: "" })]]);
  expect(await end.peer.closed).toEqual({ code: 1000, reason: "" });
  expect(end.session.isOpen).toBe(false);
  expect(end.errors).toEqual([thrown]);
}

list.add("close12Test", async (stage) => {
  for (const programmatic of [true, false]) {
    await failsAtClose(stage, openClient, outside, programmatic);
    await failsAtClose(stage, openServer, byPeer, programmatic);
  }
});

export const sessionCloseCases = list.cases;
