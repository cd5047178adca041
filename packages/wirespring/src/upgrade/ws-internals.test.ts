import { describe, expect, it } from "vitest";
import { judgeWs, verifyWs } from "./ws-internals.js";

describe("verifyWs", () => {
  it("accepts the installed ws", () => {
    expect(() => verifyWs()).not.toThrow();
  });
});

describe("judgeWs", () => {
  it.each(["8.23.0", "8.23.1", "8.24.0", "9.0.0", "10.1.0", undefined])(
    "accepts %s when nothing is missing",
    (version) => {
      expect(judgeWs(version, [])).toBeUndefined();
    },
  );

  it.each(["8.22.9", "8.9.0", "7.5.10", "8.23.0-beta.1"])("refuses %s and names the cure (T50)", (version) => {
    expect(judgeWs(version, [])).toBe(
      `wirespring needs ws 8.23.0 or later, found ws ${version}: install "ws": "^8.23.0" and look with "npm ls ws" for an older copy or an override`,
    );
  });

  it("names what is missing", () => {
    expect(judgeWs(undefined, ["Receiver.startLoop", "Sender._state"])).toBe(
      'wirespring cannot work with a ws whose version cannot be read, which lacks Receiver.startLoop, Sender._state: install "ws": "^8.23.0" and look with "npm ls ws" for an older copy or an override',
    );
  });
});
