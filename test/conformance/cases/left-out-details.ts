import { expect } from "vitest";
import {
  Decoder,
  Decodes,
  Encoder,
  Encodes,
  Endpoint,
  HandshakeRequest,
  HandshakeResponse,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  ServerEndpointConfig,
  Session,
} from "wirespring";
import { ruleCase, type ConformanceCase } from "../case-list.js";
import { Happenings } from "../happenings.js";
import { Echo } from "./refused-application.js";
import { StringBean } from "./string-bean.js";

/** Rules of which the TCK's cases look at one side only, or which all of them take for granted. */

let destroyed = new Happenings<string>();

@Decodes(StringBean)
class FirstDecoder extends Decoder.Text<StringBean> {
  decode(text: string): StringBean {
    return new StringBean(text);
  }
  override destroy(): void {
    destroyed.tell("decoder");
  }
}

@Encodes(StringBean)
class FirstEncoder extends Encoder.Text<StringBean> {
  encode({ text }: StringBean): string {
    return text;
  }
  override destroy(): void {
    destroyed.tell("first encoder");
  }
}

class Other {}

@Encodes(Other)
class SecondEncoder extends Encoder.Text<Other> {
  encode(): string {
    return "other";
  }
  override destroy(): void {
    destroyed.tell("second encoder");
  }
}

@ServerEndpoint({ value: "/coded", decoders: [FirstDecoder], encoders: [FirstEncoder, SecondEncoder] })
class Coded {
  @OnMessage()
  said(bean: StringBean): StringBean {
    return bean;
  }
}

class Silent extends Endpoint {
  override onOpen(session: Session): void {
    session.addMessageHandler(String, () => {});
  }
}

@ServerEndpoint("/held")
class Held {
  @OnOpen()
  opened(session: Session): void {
    session.remote.batchingAllowed = true;
    void session.remote.sendText("held");
    void session.close();
  }
}

export const leftOutDetailCases: readonly ConformanceCase[] = [
  ruleCase(8, async (stage) => {
    const app = await stage.start([Echo, Silent]);
    expect(await app.refusal("/silent")).toBe(404);
    expect(app.sockets.paths).toEqual(["/echo"]);
    const peer = await app.open("/echo");
    peer.send("x");
    expect(await peer.next()).toBe("x");
    app.sockets.addEndpoint(ServerEndpointConfig.create(Silent, "/silent"));
    (await app.open("/silent")).drop();
  }),

  ruleCase(19, async (stage) => {
    const app = await stage.start([Echo], { contextPath: "/app/v1" });
    const peer = await app.open("/app/v1/echo");
    peer.send("x");
    expect(await peer.next()).toBe("x");
    for (const elsewhere of ["/echo", "/app/echo", "/app/v1x/echo", "/app/v1", "/APP/v1/echo"])
      expect(await app.refusal(elsewhere)).toBe(404);
  }),

  ruleCase(88, async (stage) => {
    destroyed = new Happenings();
    const peer = await stage.open([Coded], "/coded");
    peer.send("x");
    await peer.next();
    peer.close();
    const order = [await destroyed.next(), await destroyed.next(), await destroyed.next()];
    expect(order).toEqual(["decoder", "second encoder", "first encoder"]);
  }),

  ruleCase(141, async (stage) => {
    const peer = await stage.open([Held], "/held");
    expect(await peer.next()).toBe("held");
    expect((await peer.closed).code).toBe(1000);
  }),

  ruleCase(
    178,
    () => {
      expect([
        HandshakeRequest.SEC_WEBSOCKET_KEY,
        HandshakeRequest.SEC_WEBSOCKET_PROTOCOL,
        HandshakeRequest.SEC_WEBSOCKET_VERSION,
        HandshakeRequest.SEC_WEBSOCKET_EXTENSIONS,
        HandshakeResponse.SEC_WEBSOCKET_ACCEPT,
      ]).toEqual([
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Protocol",
        "Sec-WebSocket-Version",
        "Sec-WebSocket-Extensions",
        "Sec-WebSocket-Accept",
      ]);
    },
    { on: ["none"] },
  ),
];
