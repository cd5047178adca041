import { expect } from "vitest";
import {
  CloseReason,
  Endpoint,
  IllegalStateError,
  OnMessage,
  PathParam,
  PongMessage,
  ServerEndpoint,
  ServerEndpointConfig,
  Session,
  SessionException,
} from "wirespring";
import { upgradeRequest } from "@wirespring/testing";
import { Refusal } from "wirespring/spi";
import { ruleCase, type ConformanceCase } from "../case-list.js";
import { Happenings } from "../happenings.js";
import { added, bothHalves, connected } from "./added-endpoint.js";
import { secureServer } from "./secure-server.js";

/** Rules that no test of the TCK checks: what a session tells, what it sends, and what is left of it after its end. */

@ServerEndpoint("/secure/{room}")
class Telling {
  @OnMessage()
  said(session: Session, _text: string, @PathParam("room") _room: string): string {
    return String(session.isSecure);
  }
}

class Silent extends Endpoint {
  override onOpen(): void {}
}

/** What rejects, as the error that it rejects with. */
async function failureOf(sending: Promise<unknown>): Promise<unknown> {
  return sending.then(
    (outcome) => expect.fail(`it was not refused, but ${String(outcome)}`),
    (error: unknown) => error,
  );
}

/** All the ways in which a session sends. */
const SENDS: readonly ((session: Session) => Promise<unknown>)[] = [
  ({ remote }) => remote.sendText("text"),
  ({ remote }) => remote.sendText("part", false),
  ({ remote }) => remote.sendBinary(Buffer.from("bytes")),
  ({ remote }) => remote.sendBinary(Buffer.from("bytes"), true),
  ({ remote }) => remote.sendObject("object"),
  ({ remote }) => remote.sendPing(),
  ({ remote }) => remote.sendPong(),
  ({ remote }) => remote.flushBatch(),
];

/** Everything that would change a session or its sending side. */
const CHANGES: readonly ((session: Session) => void)[] = [
  (session) => session.addMessageHandler(PongMessage, () => {}),
  (session) => session.removeMessageHandler(() => {}),
  (session) => (session.maxIdleTimeout = 1),
  (session) => (session.maxTextMessageSize = 1),
  (session) => (session.maxBinaryMessageSize = 1),
  ({ remote }) => (remote.sendTimeout = 1),
  ({ remote }) => (remote.batchingAllowed = true),
  ({ remote }) => remote.textWriter(),
  ({ remote }) => remote.binaryWriter(),
];

/** What stays readable. */
const facts = (session: Session): readonly unknown[] => [
  session.id,
  session.requestURI.href,
  session.queryString,
  [...session.requestParameterMap],
  [...session.pathParameters],
  session.isSecure,
  session.protocolVersion,
  session.negotiatedSubprotocol,
  session.negotiatedExtensions,
  session.userPrincipal,
  session.container,
  session.remote,
  session.maxIdleTimeout,
  session.maxTextMessageSize,
  session.maxBinaryMessageSize,
];

async function expectSendsRefused(session: Session): Promise<void> {
  for (const send of SENDS) {
    const error = await failureOf(send(session));
    expect(error).toBeInstanceOf(SessionException);
    expect(error).toMatchObject({ code: "WS_SESSION_CLOSED", session });
  }
}

export const leftOutSessionCases: readonly ConformanceCase[] = [
  ruleCase(112, async (stage) => {
    const application = await stage.start([Telling]);
    // A proxy that says so does not make the connection itself secure.
    const plain = await application.open("/secure/1", { headers: { "X-Forwarded-Proto": "https" } });
    plain.send("anything");
    expect(await plain.next()).toBe("false");
    if (application.port === undefined) {
      const admission = await application.sockets.router.admit(upgradeRequest({ path: "/secure/1", secure: true }));
      expect(admission).not.toBeInstanceOf(Refusal);
      return;
    }
    const secure = await (await secureServer(stage, [Telling])).open("/secure/1");
    secure.send("anything");
    expect(await secure.next()).toBe("true");
  }),

  ruleCase(122, async (stage) => {
    const application = await stage.start([Telling]);
    const { session } = await connected(application, "/secure/blue?a=1&b=%C3%A9+x&a=2&c&room=red");
    expect([...session.requestParameterMap]).toEqual([
      ["a", ["1", "2"]],
      ["b", ["é x"]],
      ["c", [""]],
      ["room", ["red"]],
    ]);
    expect(() => (session.requestParameterMap as Map<string, unknown>).set("a", [])).toThrow(TypeError);
    expect((await connected(application, "/secure/blue")).session.requestParameterMap.size).toBe(0);
  }),

  ruleCase(128, async (stage) => {
    const ended = new Happenings<Map<string, unknown>>();
    class Ending extends Endpoint {
      override onOpen(session: Session): void {
        session.userProperties.set("kept", "until the end");
      }
      override onClose(session: Session): void {
        ended.tell(session.userProperties);
      }
    }
    await bothHalves(stage, Ending, async ({ session, peer }) => {
      const before = facts(session);
      await session.close();
      expect((await ended.next()).get("kept")).toBe("until the end");
      await peer.closed;
      expect(session.isOpen).toBe(false);
      expect(facts(session)).toEqual(before);
      for (const change of CHANGES)
        expect(() => change(session)).toThrow(expect.objectContaining({ code: "WS_SESSION_CLOSED" }));
      expect(() => session.userProperties).toThrow(IllegalStateError);
      await session.close(new CloseReason(4000));
      expect(await peer.closed).toEqual({ code: 1000, reason: "" });
    });
  }),

  ruleCase(
    133,
    async (stage) => {
      await bothHalves(stage, Silent, async ({ session: { remote }, peer }) => {
        const sent: string[] = [];
        void remote.sendText("a", false).then(() => sent.push("a"));
        const whole = remote.sendBinary(Buffer.from("B")).then(() => sent.push("B"));
        const object = remote.sendObject("D").then(() => sent.push("D"));
        const other = await failureOf(remote.sendBinary(Buffer.from("x"), false));
        expect(other).toBeInstanceOf(IllegalStateError);
        expect(other).toMatchObject({ code: "WS_MESSAGE_UNFINISHED" });
        await remote.sendPing();
        expect(sent).toEqual(["a"]);
        void remote.sendText("c", true);
        await Promise.all([whole, object]);
        expect([await peer.next(), await peer.next(), await peer.next()]).toEqual(["ac", Buffer.from("B"), "D"]);
      });
    },
    { changed: "whole messages wait behind an unfinished one; a part of another kind rejects" },
  ),

  ruleCase(144, async (stage) => {
    for (const end of ["close", "drop"] as const) {
      const ended = new Happenings<Promise<void>>();
      class Ending extends Silent {
        override onClose(session: Session): void {
          ended.tell(expectSendsRefused(session));
        }
      }
      await bothHalves(stage, Ending, async ({ session, peer }) => {
        if (end === "close") await session.close();
        else peer.drop();
        await ended.next();
        await expectSendsRefused(session);
        // Nobody waits for this one: it must do no harm.
        void session.remote.sendText("too late");
        for (const change of CHANGES) expect(() => change(session)).toThrow(IllegalStateError);
      });
    }
  }),

  ruleCase(
    145,
    async (stage) => {
      await bothHalves(stage, Silent, async ({ session: { remote }, peer }) => {
        const whole = Buffer.from("before|the view|behind");
        const view = whole.subarray(7, 15);
        for (const argument of [
          Buffer.from(whole).subarray(7, 15),
          new Uint8Array(view),
          Uint8Array.from(view).buffer,
        ]) {
          const bytes = ArrayBuffer.isView(argument) ? argument : new Uint8Array(argument);
          await remote.sendBinary(argument);
          // A client masks what it sends; not in the bytes of the application, which are its own again.
          expect(String(Buffer.from(bytes))).toBe("the view");
          bytes.fill(0);
          expect(await peer.next()).toEqual(Buffer.from("the view"));
        }
        remote.batchingAllowed = true;
        await remote.sendBinary(view);
        whole.fill("-");
        await remote.flushBatch();
        expect(await peer.next()).toEqual(Buffer.from("the view"));
      });
    },
    { changed: "bytes have no position; whoever holds messages back copies them" },
  ),

  ruleCase(
    146,
    async (stage) => {
      const application = await added(stage, ServerEndpointConfig.create(Silent, "/added"));
      const { session, peer } = await connected(application, "/added");
      // More than a network holds that nobody reads from.
      const sending = session.remote.sendBinary(Buffer.alloc(33_554_432));
      const alone = session.remote.sendText("nobody waits for it");
      peer.drop();
      expect(await failureOf(sending)).toBeInstanceOf(SessionException);
      expect(await failureOf(alone)).toBeInstanceOf(SessionException);
      expect(application.sockets.metrics().sendsFailed).toBeGreaterThanOrEqual(2);
    },
    { on: ["ws"] },
  ),
];
