import { EndpointExporter, OnMessage, ServerEndpoint } from "wirespring";

/** What a compiler makes of decorators that is not told that they are TypeScript's own. */

@ServerEndpoint("/rooms")
class RoomEndpoint {
  @OnMessage()
  said(name: string): string {
    return name;
  }
}

void new EndpointExporter({ endpoints: [RoomEndpoint] }).export();
