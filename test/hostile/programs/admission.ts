import { HandshakeRequest, OnOpen, ServerEndpoint, Session } from "wirespring";
import type { HostileProgram } from "../hostile-program.js";

/** Endpoints that differ in whom they admit, and in what they agree on. */

@ServerEndpoint("/echo")
class Echo {}

@ServerEndpoint({ value: "/shop", allowedOrigins: ["https://app.example.com", "http://intra.example:8080"] })
class Shop {}

@ServerEndpoint({ value: "/public", allowedOrigins: ["*"] })
class Public {}

/** Tells what was agreed on. */
@ServerEndpoint({ value: "/protocols", subprotocols: ["chat", "superchat"] })
class Protocols {
  @OnOpen()
  opened(session: Session): void {
    void session.remote.sendText(session.negotiatedSubprotocol);
  }
}

@ServerEndpoint({ value: "/deflated", compression: true })
class Deflated {
  @OnOpen()
  opened(session: Session): void {
    void session.remote.sendText(String(session.negotiatedExtensions.length));
  }
}

/** Tells who somebody is taken for. */
@ServerEndpoint("/who")
export class Who {
  @OnOpen()
  opened(session: Session, request: HandshakeRequest): void {
    const { isSecure, remoteAddress, requestURI } = request;
    void session.remote.sendText(`${remoteAddress} ${isSecure ? "tls" : "plain"} ${requestURI.hostname}`);
  }
}

export const program: HostileProgram = { endpoints: [Echo, Shop, Public, Protocols, Deflated, Who] };
