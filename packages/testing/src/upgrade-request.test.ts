import { describe, expect, it } from "vitest";
import { HandshakeRequest } from "wirespring/spi";
import { RFC_KEY, upgradeRequest } from "./upgrade-request.js";

describe("upgradeRequest", () => {
  it("is that of a well-behaved client", () => {
    const request = upgradeRequest();
    expect(request).toMatchObject({ method: "GET", url: "/", httpVersion: "1.1" });
    expect({ ...request.headers }).toEqual({
      host: "localhost",
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-key": RFC_KEY,
      "sec-websocket-version": "13",
    });
    expect(request.socket).toMatchObject({ encrypted: false, remoteAddress: "127.0.0.1" });
  });

  it("takes path, headers and connection from the test", () => {
    const request = upgradeRequest({
      path: "/chat?x=1",
      secure: true,
      remoteAddress: "10.0.0.1",
      headers: { host: "example.org", Cookie: ["a=1", "b=2"], "X-Many": ["1", "2"], upgrade: undefined },
    });
    expect(request.url).toBe("/chat?x=1");
    expect(request.socket).toMatchObject({ encrypted: true, remoteAddress: "10.0.0.1", localPort: 443 });
    expect(request.headers).toMatchObject({ host: "example.org", cookie: "a=1; b=2", "x-many": "1, 2" });
    expect(request.headers.upgrade).toBeUndefined();
    expect(request.rawHeaders.filter((_, index) => index % 2 === 0)).toEqual([
      "host",
      "Connection",
      "Sec-WebSocket-Key",
      "Sec-WebSocket-Version",
      "Cookie",
      "Cookie",
      "X-Many",
      "X-Many",
    ]);
  });

  it("can be shown to the hooks of a handshake", () => {
    const facts = { pathParameters: new Map(), queryString: null };
    const shown = new HandshakeRequest(
      upgradeRequest({ headers: { Cookie: "a=1" } }),
      facts,
      new AbortController().signal,
    );
    expect([shown.host, shown.isSecure, shown.cookies.get("a")]).toEqual(["localhost", false, "1"]);
  });
});
