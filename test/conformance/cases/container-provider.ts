import { container, injectable } from "tsyringe";
import { expect } from "vitest";
import {
  ClientEndpoint,
  OnMessage,
  ServerContainer,
  ServerEndpoint,
  Session,
  WebSocketContainer,
  type Class,
} from "wirespring";
import { CaseList, CHANGES } from "../case-list.js";
import { Happenings } from "../happenings.js";

/** Where a program has its container from: `ee/containerprovider/vi` (J-21). */

const ECHO = "Echo message";

@ServerEndpoint("/echo")
class Echo {
  @OnMessage()
  said(text: string): string {
    return text;
  }
}

/** A client endpoint that keeps what it hears. */
function listening() {
  const heard = new Happenings<string>();
  @ClientEndpoint()
  class Listening {
    @OnMessage()
    said(text: string): void {
      heard.tell(text);
    }
  }
  return { Listening: Listening as Class, heard };
}

const list = new CaseList("ee/containerprovider/vi", ["ws"]);

list.add(
  "getWebSocketContainerOnClientTest",
  { changed: `${CHANGES.containerDefaults}; tsyringe gives it to whoever asks, once it is registered` },
  async (stage) => {
    const { url } = await stage.start([Echo]);
    const dependencies = container.createChildContainer();
    dependencies.registerInstance(WebSocketContainer, new WebSocketContainer());
    @injectable()
    class Caller {
      constructor(readonly sockets: WebSocketContainer) {}
    }
    const { sockets } = dependencies.resolve(Caller);
    stage.atEnd(() => sockets.close());
    expect(sockets).not.toBeInstanceOf(ServerContainer);
    const { Listening, heard } = listening();
    const session = await sockets.connectToServer(Listening, `${url}/echo`);
    expect(session.container).toBe(sockets);
    await session.remote.sendText(ECHO);
    expect(await heard.next()).toBe(ECHO);
  },
);

list.add(
  "getWebSocketContainerOnServerTest",
  { changed: "tsyringe gives the application's container, not a static provider; it is used to connect" },
  async (stage) => {
    const { Listening, heard } = listening();
    let uri = "";
    @ServerEndpoint("/ask")
    class Asking {
      constructor(readonly sockets: WebSocketContainer) {}
      @OnMessage()
      async said(text: string, session: Session): Promise<string> {
        expect(this.sockets).toBe(session.container);
        const other = await this.sockets.connectToServer(Listening, uri);
        expect(other.container).toBe(session.container);
        await other.remote.sendText(`${text}, asked`);
        return heard.next();
      }
    }
    const dependencies = container.createChildContainer();
    const application = await stage.start([Echo, Asking], { container: dependencies });
    uri = `${application.url}/echo`;
    for (const token of [WebSocketContainer, ServerContainer])
      expect(dependencies.resolve<unknown>(token as Class)).toBe(application.sockets);
    const peer = await application.open("/ask");
    peer.send(ECHO);
    expect(await peer.next()).toBe(`${ECHO}, asked`);
    expect([...application.sockets.sessions()].every((session) => session.container === application.sockets)).toBe(
      true,
    );
  },
);

export const containerProviderCases = list.cases;
