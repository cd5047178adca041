import { RawClient } from "@wirespring/testing";
import { describe, expect, it } from "vitest";
import { OnMessage, ServerEndpoint } from "wirespring";
import { serve } from "./served.js";

@ServerEndpoint({ value: "/chat", subprotocols: ["chat"] })
class Chat {
  @OnMessage()
  said(text: string): string {
    return text;
  }
}

describe("the opening handshake on the wire", () => {
  it("answers the request of RFC 6455 section 1.2 byte by byte", async () => {
    await using served = await serve([Chat], {});
    const client = await RawClient.connect({ port: served.port });
    client.write(
      [
        "GET /chat HTTP/1.1",
        "Host: server.example.com",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Origin: http://server.example.com",
        "Sec-WebSocket-Protocol: chat, superchat",
        "Sec-WebSocket-Version: 13",
        "",
        "",
      ].join("\r\n"),
    );
    const { head } = await client.response();
    expect(head).toBe(
      [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "Sec-WebSocket-Protocol: chat",
      ].join("\r\n"),
    );
    client.write(Buffer.from([0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]));
    expect(await client.nextFrame()).toMatchObject({ opcode: 1, fin: true, payload: Buffer.from("Hello") });
    client.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]));
    expect(await client.nextClose()).toEqual({ code: 1000, reason: "" });
    await client.untilEnded();
    client.destroy();
  });

  it("gives no subprotocol that is not declared (T27)", async () => {
    await using served = await serve([Chat]);
    const client = await RawClient.connect({ port: served.port });
    const { status, headers } = await client.upgrade({ path: "/chat", headers: { "Sec-WebSocket-Protocol": "token" } });
    expect(status).toBe(101);
    expect(headers.has("sec-websocket-protocol")).toBe(false);
    client.destroy();
  });
});
