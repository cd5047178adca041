import "reflect-metadata";
import { describe, expect, it } from "vitest";
import { WebSocketContainer as SessionContainer } from "../session/session.js";
import { WebSocketContainer } from "./web-socket-container.js";

describe("WebSocketContainer", () => {
  it("has the defaults of sessions to come, which can be set (J-22)", () => {
    const container = new WebSocketContainer({ limits: { maxBinaryMessageSize: 7 } });
    expect(container.defaultMaxTextMessageSize).toBe(65_536);
    expect(container.defaultMaxBinaryMessageSize).toBe(7);
    expect(container.defaultMaxSessionIdleTimeout).toBe(0);
    expect(container.defaultSendTimeout).toBe(0);
    container.defaultMaxTextMessageSize = 1;
    container.defaultMaxBinaryMessageSize = 2;
    container.defaultMaxSessionIdleTimeout = 2 ** 40;
    container.defaultSendTimeout = -1;
    expect(container.defaultMaxTextMessageSize).toBe(1);
    expect(container.defaultMaxBinaryMessageSize).toBe(2);
    expect(container.defaultMaxSessionIdleTimeout).toBe(2 ** 40);
    expect(container.defaultSendTimeout).toBe(-1);
  });

  it("refuses values that are none", () => {
    const container = new WebSocketContainer();
    expect(() => (container.defaultMaxTextMessageSize = 0)).toThrow(RangeError);
    expect(() => (container.defaultMaxBinaryMessageSize = 2 ** 31)).toThrow(RangeError);
    expect(() => (container.defaultMaxSessionIdleTimeout = NaN)).toThrow(TypeError);
    expect(() => (container.defaultSendTimeout = "1" as never)).toThrow(TypeError);
    expect(() => new WebSocketContainer({ limits: { maxTextMessageSize: 0 } })).toThrow(RangeError);
  });

  it("adds nothing to what a session's container is, so that either fits for the other", () => {
    // The compiler checks it: with a member of its own, this would be an error.
    const fits = (container: SessionContainer): WebSocketContainer => container;
    expect(fits(new WebSocketContainer())).toBeInstanceOf(SessionContainer);
  });

  it("closes although nothing was connected, with one promise for all calls", async () => {
    const container = new WebSocketContainer();
    const closing = container.close();
    expect(container.close()).toBe(closing);
    await closing;
    const connecting = container.connectToServer(class {}, "ws://a");
    await expect(connecting).rejects.toMatchObject({ code: "WS_CONTAINER_CLOSED" });
  });
});
