import { expect } from "vitest";
import { CaseList } from "../case-list.js";
import { controlCases } from "./remote-control.js";
import { addHalves, future, handled, type Conversation, type RemoteCase } from "./remote-halves.js";
import {
  binary,
  fails,
  failingEncoder,
  noEncoder,
  nullData,
  nullHandler,
  object,
  primitives,
  sendCase,
  text,
} from "./remote-sends.js";

/**
 * Sends whose promise is looked at later, and sends whose promise has a handler, on both sides of a connection: `ee/remoteendpoint/async`, Jakarta's
 * view with Future and SendHandler (J-131, J-136 to J-139, J-141, J-142).
 */

/** The TCK says "when" in two ways. */
const whenNull = (name: string, what: "Data" | "Handler"): string =>
  name === "Binary" ? `WhenNull${what}` : `When${what}IsNull`;

const futures: readonly RemoteCase[] = [
  ...[text, binary, object, ...primitives].map((send): RemoteCase => sendCase(`send${send.name}On*Test`, future, send)),
  ...Object.entries(nullData).map(([name, refused]): RemoteCase => ({
    method: `send${name}ThrowsIAEOn*Test`,
    run: fails(future, ...refused),
  })),
  { method: "sendObjectHasExecutionExceptionOn*Test", run: fails(future, failingEncoder, noEncoder) },
];

const unencoded = fails(handled, failingEncoder, noEncoder);

const handlers: readonly RemoteCase[] = [
  ...[text, binary, object].map((send): RemoteCase => sendCase(`send${send.name}WithHandlerOn*Test`, handled, send)),
  ...Object.entries(nullData).map(([name, refused]): RemoteCase => ({
    method: `send${name}WithHandlerThrowsIAEOn*${whenNull(name, "Data")}Test`,
    run: fails(handled, ...refused),
  })),
  ...Object.entries(nullHandler).map(([name, refused]): RemoteCase => ({
    method: `send${name}WithHandlerThrowsIAEOn*${whenNull(name, "Handler")}Test`,
    run: fails(handled, refused),
  })),
  // One case, which the TCK names differently on either side.
  { method: "sendObjectWithHandlerHasExceptionOn*Test", only: "Server", run: unencoded },
  { method: "sendObjectWithHandlerHasExecutionExceptionOn*Test", only: "Client", run: unencoded },
];

/** A send in time, one that has to wait too long for its turn, and one that may take any time again (J-139). */
async function timesOut({ session, peer, clock, remote }: Conversation): Promise<void> {
  expect(remote.sendTimeout).toBe(session.container.defaultSendTimeout);
  remote.sendTimeout = 100;
  expect(remote.sendTimeout).toBe(100);
  expect(await remote.sendText("in time")).toBe("sent");
  expect(await peer.next()).toBe("in time");

  expect(await remote.sendText("unfinished", false)).toBe("sent");
  const late = remote.sendText("waits for the end of the other");
  let error: unknown;
  void late.catch((e: unknown) => (error = e));
  await clock.advance(99);
  expect(error).toBeUndefined();
  await clock.advance(1);
  expect(error).toMatchObject({ name: "SessionException", code: "WS_SEND_TIMEOUT", session });

  remote.sendTimeout = -1;
  const patient = remote.sendText("waits, too");
  await clock.advance(1_000_000);
  expect(await remote.sendText("", true)).toBe("sent");
  expect(await patient).toBe("sent");
  expect(await peer.next()).toBe("unfinished");
  // It could not be taken back.
  expect(await peer.next()).toBe("waits for the end of the other");
  expect(await peer.next()).toBe("waits, too");
  expect(session.isOpen).toBe(true);
}

const list = new CaseList("ee/remoteendpoint/async");
addHalves(list, [{ method: "sendTimeoutOn*Test", run: timesOut }, ...futures, ...handlers, ...controlCases(future)]);

export const remoteAsyncCases = list.cases;
