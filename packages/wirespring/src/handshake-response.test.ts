import { describe, expect, it } from "vitest";
import { HandshakeResponse } from "./handshake-response.js";

const MANDATORY = [
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
] as const;

const response = () => new HandshakeResponse(() => MANDATORY);

describe("HandshakeResponse.headers", () => {
  it("has the protocol's fields, in any case, and lets nobody change them (J-166)", () => {
    const { headers } = response();
    headers.set("UPGRADE", "h2c");
    headers.add("connection", "close");
    expect(headers.delete("Upgrade")).toBe(false);
    expect(headers.get("upgrade")).toEqual(["websocket"]);
    expect(headers.first("CONNECTION")).toBe("Upgrade");
    expect(headers.has("Sec-WebSocket-Protocol")).toBe(false);
  });

  it("takes fields with several values, in order, in any case", () => {
    const answer = response();
    answer.headers.set("X-A", ["1", "2"]);
    answer.addHeader("x-a", "3");
    answer.setHeader("X-B", "4");
    expect(answer.getHeader("X-a")).toEqual(["1", "2", "3"]);
    expect([...answer.headers]).toEqual([
      ["Upgrade", ["websocket"]],
      ["Connection", ["Upgrade"]],
      ["X-A", ["1", "2", "3"]],
      ["X-B", ["4"]],
    ]);
    answer.removeHeader("x-A");
    expect([...answer.lines()]).toEqual([["X-B", "4"]]);
  });

  it("gives copies, and refuses what HTTP forbids (T30)", () => {
    const { headers } = response();
    headers.set("X-A", "1");
    (headers.get("X-A") as string[]).push("2");
    expect(headers.get("X-A")).toEqual(["1"]);
    expect(() => headers.set("X-A", "a\r\nb")).toThrowError(TypeError);
    expect(() => headers.add("X A", "a")).toThrowError(TypeError);
  });
});
