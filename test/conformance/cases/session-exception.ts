import { expect } from "vitest";
import { Endpoint, SessionException } from "wirespring";
import { CaseList } from "../case-list.js";

/** What a `SessionException` tells: `ee/sessionexception` (J-196, J-197). */

class Silent extends Endpoint {
  override onOpen(): void {}
}

const list = new CaseList("ee/sessionexception");

list.add("test1", async (stage) => {
  const { session } = await stage.connect(Silent);
  const cause = new TypeError("the cause");
  const exception = new SessionException("what went wrong", cause, session);
  expect(exception).toBeInstanceOf(Error);
  expect([exception.name, exception.message, exception.code]).toEqual([
    "SessionException",
    "what went wrong",
    "WS_SESSION_FAILED",
  ]);
  expect(exception.cause).toBe(cause);
  expect(exception.session).toBe(session);
  expect(exception.session.isOpen).toBe(true);
  expect("cause" in new SessionException("without", undefined, session)).toBe(false);
  // The one that a session itself throws.
  await session.close();
  const refused: unknown = await session.remote.sendText("too late").catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(SessionException);
  expect((refused as SessionException).session).toBe(session);
  expect((refused as SessionException).code).toBe("WS_SESSION_CLOSED");
});

export const sessionExceptionCases = list.cases;
