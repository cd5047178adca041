import { describe, expect, it } from "vitest";
import {
  coded,
  ConnectException,
  decodeFailure,
  DecodeException,
  deploymentFailure,
  DeploymentException,
  encodeFailure,
  EncodeException,
  illegalArgument,
  IllegalStateError,
  saidBy,
} from "./errors.js";
import { SessionException, sessionFailure } from "./session/session-exception.js";
import type { Session } from "./session/session.js";

const session = {} as Session;

describe("the message of an error", () => {
  it.each([
    new ConnectException("no answer"),
    new ConnectException("no answer", "WS_CONNECT_TIMEOUT"),
    decodeFailure("x", "no number"),
    deploymentFailure("no endpoint"),
    deploymentFailure(["one", "two"]),
    deploymentFailure("refused", { status: 401 }),
    encodeFailure({}, "no encoder"),
    new IllegalStateError("not now"),
    new IllegalStateError("not now", "WS_ADMISSION_USED"),
    sessionFailure("it is gone", undefined, session),
    sessionFailure("it is gone", undefined, session, "WS_SESSION_CLOSED"),
    illegalArgument("not this"),
    illegalArgument("not this", RangeError),
  ])("ends with its code, on the stack as well, when it is ours: $message", (error) => {
    expect(error.code).toMatch(/^WS_[A-Z_]+$/);
    expect(error.message.endsWith(`[${error.code}]`)).toBe(true);
    expect(error.stack).toContain(`[${error.code}]`);
  });

  it("has the code of a list on a line of its own, and none in the problems", () => {
    const error = deploymentFailure(["one", "two"]);
    expect(error.message).toBe("2 problems:\n- one\n- two\n[WS_DEPLOYMENT_FAILED]");
    expect(error.problems).toEqual(["one", "two"]);
  });

  it.each([
    new DecodeException("x", "no number"),
    new DeploymentException("no endpoint"),
    new EncodeException({}, "no encoder"),
    new SessionException("it is gone", undefined, session),
  ])("is what an application gave when that has made it: $message", (error) => {
    expect(error.message).toMatch(/^[a-z ]+$/);
  });

  it("keeps status and cause of a deployment that has failed", () => {
    const cause = new Error("why");
    expect(deploymentFailure("refused", { status: 401, cause })).toMatchObject({ status: 401, cause });
  });
});

describe("coded", () => {
  it("says a code once", () => {
    expect(coded(coded("gone", "WS_A"), "WS_A")).toBe("gone [WS_A]");
  });
});

describe("saidBy", () => {
  it("gives what an error says without its code, to be quoted", () => {
    expect(saidBy(new IllegalStateError("not now"))).toBe("not now");
    expect(saidBy(deploymentFailure(["one", "two"]))).toBe("2 problems:\n- one\n- two");
  });

  it("leaves alone what is no code at the end", () => {
    expect(saidBy(new Error("[WS_A] comes first"))).toBe("[WS_A] comes first");
    expect(saidBy("text")).toBe('a value that is not an Error was thrown: "text"');
  });
});
