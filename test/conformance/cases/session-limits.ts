import { VirtualClock } from "@wirespring/testing";
import { expect } from "vitest";
import { CaseList } from "../case-list.js";
import type { Stage } from "../stage.js";
import { atBothEnds, openClient, openServer, type OpenEnd, type Play } from "./session-end.js";

/** What a session may be told about sizes and times, at both ends, and that it holds: `ee/session` (J-114, J-116, J-117, J-153). */

const list = new CaseList("ee/session");

/** A handler that answers with what it was given. */
const echo: Required<Play>["opened"] = (session) =>
  session.addMessageHandler(String, (text) => void session.remote.sendText(`heard ${text}`));

/** Keeps a size exactly, starts with the container's, and closes with 1009 for more. */
async function holdsSize(
  stage: Stage,
  open: OpenEnd,
  member: "maxTextMessageSize" | "maxBinaryMessageSize",
  size: number,
): Promise<void> {
  const { session, peer, sockets, over, closings } = await open(stage, {
    opened: (opened) => {
      echo(opened);
      opened.addMessageHandler(Buffer, (data) => void opened.remote.sendText(`heard ${String(data)}`));
    },
  });
  const inContainer = member === "maxTextMessageSize" ? "defaultMaxTextMessageSize" : "defaultMaxBinaryMessageSize";
  expect([session[member], sockets[inContainer]]).toEqual([65_536, 65_536]);
  session[member] = size;
  expect([session[member], sockets[inContainer]]).toEqual([size, 65_536]);
  const sized = (bytes: number): string | Buffer => {
    const text = "x".repeat(bytes);
    return member === "maxTextMessageSize" ? text : Buffer.from(text);
  };
  peer.send(sized(65_537));
  expect(await peer.next()).toBe(`heard ${"x".repeat(65_537)}`);
  session[member] = 64;
  peer.send(sized(64));
  expect(await peer.next()).toBe(`heard ${"x".repeat(64)}`);
  peer.send(sized(65));
  expect((await peer.closed).code).toBe(1009);
  await over;
  expect(closings).toEqual([[session, expect.objectContaining({ code: 1009 })]]);
  expect(session[member]).toBe(64);
}

atBothEnds(list, "setMaxBinaryMessageBufferSizeTest", (stage, open) =>
  holdsSize(stage, open, "maxBinaryMessageSize", 98_765_432),
);
atBothEnds(list, "setMaxTextMessageBufferSizeTest", (stage, open) =>
  holdsSize(stage, open, "maxTextMessageSize", 987_654_321),
);

/** Sessions are looked at ten times a second: so much later one is closed, at most. */
const LATENESS = 101;

const LONG = 9_876_543_210;
/** Half an hour and more: with a heartbeat every 25 s, more would take longer than a test may. */
const QUIET = 2_000_000;

atBothEnds(list, "setTimeoutTest", async (stage, open) => {
  const clock = new VirtualClock();
  const { session, peer } = await open(stage, { clock, opened: echo });
  expect(session.maxIdleTimeout).toBe(0);
  session.maxIdleTimeout = LONG;
  expect(session.maxIdleTimeout).toBe(LONG);
  await clock.advance(QUIET);
  peer.send("anybody?");
  expect(await peer.next()).toBe("heard anybody?");
  session.maxIdleTimeout = -1;
  expect(session.maxIdleTimeout).toBe(-1);
  await clock.advance(QUIET);
  expect(session.isOpen).toBe(true);
});

const TIMEOUT = 4_000;

/** A handler that sets the session's timeout to what the query says, and answers what it was before and after. */
const setsTimeout: Required<Play>["opened"] = (session) =>
  session.addMessageHandler(String, (text) => {
    const before = session.maxIdleTimeout;
    session.maxIdleTimeout = Number(new URLSearchParams(session.queryString!).get("timeout"));
    void session.remote.sendText(`${text}: ${before} and ${session.maxIdleTimeout}`);
  });

/** Waits, on the case's clock, for the end of a session on which nothing happens any more. */
async function expires(stage: Stage, open: OpenEnd, sent: string): Promise<void> {
  const clock = new VirtualClock();
  const { session, peer, over, closings, errors } = await open(stage, {
    clock,
    opened: setsTimeout,
    target: `/session?timeout=${TIMEOUT}`,
  });
  await clock.advance(2 * TIMEOUT);
  peer.send(sent);
  expect(await peer.next()).toBe(`${sent}: 0 and ${TIMEOUT}`);
  await clock.advance(TIMEOUT - 1);
  expect(session.isOpen).toBe(true);
  await clock.advance(LATENESS);
  expect(session.isOpen).toBe(false);
  await over;
  expect((await peer.closed).code).toBe(1001);
  expect(closings).toEqual([
    [session, expect.objectContaining({ code: 1006, reasonPhrase: expect.stringMatching(/./) })],
  ]);
  expect(errors).toEqual([]);
  await expect(session.remote.sendText("a second message after the timeout")).rejects.toMatchObject({
    code: "WS_SESSION_CLOSED",
  });
  await expect(peer.next()).rejects.toThrow("waited for a message");
}

list.add("setTimeout1Test", (stage) => expires(stage, openClient, "by the client"));
list.add("setTimeout2Test", (stage) => expires(stage, openServer, "by the server"));

export const sessionLimitCases = list.cases;
