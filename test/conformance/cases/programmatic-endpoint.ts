import { expect } from "vitest";
import { CloseReason, Endpoint, ServerEndpointConfig, Session, type Class } from "wirespring";
import { CaseList } from "../case-list.js";
import { Happenings } from "../happenings.js";
import type { Stage } from "../stage.js";
import type { Half } from "./added-endpoint.js";

/**
 * `onError` and `onClose` of a programmatic endpoint: `ee/endpoint/server` and `ee/endpoint/client` (J-11, J-192, J-193): that they were called, how
 * often, and with what.
 */

const ECHO = "Echo message";

/** What the endpoint of a case was told. */
interface Told {
  readonly session: Session;
  readonly what: unknown;
  readonly open: boolean;
}

/** An endpoint whose message handler throws this error when it is asked to. */
function recording(thrown: Error) {
  const errors = new Happenings<Told>();
  const closes = new Happenings<Told>();
  class Recording extends Endpoint {
    override onOpen(session: Session): void {
      session.addMessageHandler(String, async (text) => {
        if (text === "throw") throw thrown;
        await session.remote.sendText(text);
      });
    }
    override onError(session: Session, error: Error): void {
      errors.tell({ session, what: error, open: session.isOpen });
    }
    override onClose(session: Session, reason: CloseReason): void {
      closes.tell({ session, what: [reason.code, reason.reasonPhrase], open: session.isOpen });
    }
  }
  return { Recording, errors, closes };
}

/** Gives one end of a new connection to an endpoint, and the plain peer at the other. */
type Connect = (stage: Stage, endpoint: Class<Endpoint>) => Promise<Half>;

const connectToServer: Connect = async (stage, endpoint) => {
  const application = await stage.start([], { allowEmpty: true });
  application.sockets.addEndpoint(ServerEndpointConfig.create(endpoint, "/programmatic"));
  const peer = await application.open("/programmatic");
  const [session] = application.sockets.sessions();
  return { session: session!, peer };
};
const connectClient: Connect = (stage, endpoint) => stage.connect(endpoint);

export const programmaticEndpointCases = (["server", "client"] as const).flatMap((side) => {
  const connect = side === "server" ? connectToServer : connectClient;
  const list = new CaseList(`ee/endpoint/${side}`);
  const said = {
    changed: side === "server" ? "what was called is looked at, where the original cannot fail" : undefined,
  };

  list.add("onErrorWorksTest", said, async (stage) => {
    const thrown = new Error("as asked");
    const { Recording, errors, closes } = recording(thrown);
    const { session, peer } = await connect(stage, Recording);
    for (let time = 0; time < 2; time++) {
      peer.send("throw");
      const told = await errors.next();
      expect(told.what).toBe(thrown);
      expect(told.session).toBe(session);
      expect(told.open).toBe(true);
      // The connection stays as it was.
      peer.send(ECHO);
      expect(await peer.next()).toBe(ECHO);
    }
    expect([errors.untaken, closes.untaken]).toEqual([0, 0]);
  });

  list.add("onCloseWorksTest", said, async (stage) => {
    for (const [code, reason] of [
      [1000, ""],
      [1001, "gone"],
      [4001, "a code of one's own"],
    ] as const)
      for (const byPeer of [true, false]) {
        const { Recording, errors, closes } = recording(new Error("never thrown"));
        const { session, peer } = await connect(stage, Recording);
        if (byPeer) peer.close(code, reason);
        else await session.close(new CloseReason(code, reason));
        expect(await peer.closed).toEqual({ code, reason });
        const told = await closes.next();
        expect(told.session).toBe(session);
        expect([told.what, told.open]).toEqual([[code, reason], false]);
        expect([errors.untaken, closes.untaken]).toEqual([0, 0]);
      }
  });
  return list.cases;
});
