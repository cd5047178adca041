import { type Class, HandshakeRequest, JsonEncoder, OnMessage, OnOpen, ServerEndpoint, Session } from "wirespring";
import type { Visit } from "./host.js";
import { Work } from "./work.js";

@ServerEndpoint("/echo")
class EchoEndpoint {
  @OnMessage()
  echo(text: string): string {
    return text;
  }
}

/** What a session was told of its visitor; null for what nobody knows. */
export interface Visitor {
  readonly visits: number | null;
  readonly taste: string | null;
}

/** Says what the handshake knows of the HTTP side: the visitor's session, and a cookie. */
@ServerEndpoint({ value: "/visits", encoders: [JsonEncoder] })
class VisitEndpoint {
  @OnOpen()
  opened(session: Session, request: HandshakeRequest): void {
    const visit = request.httpSession as Visit | null;
    const visitor = { visits: visit?.visits ?? null, taste: request.cookies.get("taste") ?? null };
    void session.remote.sendObject(visitor satisfies Visitor);
  }
}

@ServerEndpoint("/slow")
class SlowEndpoint {
  constructor(private readonly work: Work) {}

  @OnMessage()
  ask(_question: string): Promise<string> {
    return this.work.done();
  }
}

/** The endpoints that every host is given. */
export const endpoints: readonly Class[] = [EchoEndpoint, VisitEndpoint, SlowEndpoint];
