import {
  ClientEndpoint,
  CloseReason,
  OnClose,
  OnError,
  OnMessage,
  ServerEndpoint,
  Session,
  WebSocketContainer,
} from "wirespring";
import type { HostileProgram } from "../hostile-program.js";

/** Endpoints for frames that break RFC 6455, and what they were told of them. */

/** What endpoints were told since somebody asked. */
const heard: string[] = [];

/** Called when a client endpoint was told that its connection has ended. */
let ended = (): void => {};

@ServerEndpoint("/echo")
class Echo {
  @OnMessage()
  said(text: string): string {
    return text;
  }

  @OnMessage()
  sent(bytes: Uint8Array): Uint8Array {
    return bytes;
  }
}

@ServerEndpoint("/watched")
class Watched {
  @OnMessage()
  said(text: string): string {
    heard.push(`message ${text}`);
    return text;
  }

  @OnError()
  failed(error: Error): void {
    heard.push(`error ${error.name}`);
  }

  @OnClose()
  closed({ code, reasonPhrase }: CloseReason): void {
    heard.push(`close ${code} ${JSON.stringify(reasonPhrase)}`);
  }
}

@ServerEndpoint("/parts")
class Parts {
  @OnMessage()
  said(part: string, last: boolean): void {
    heard.push(`part ${part.length} ${last}`);
  }
}

/** Says goodbye in whatever words it is told. */
@ServerEndpoint("/closes")
class Closes {
  @OnMessage()
  async said(session: Session, text: string): Promise<void> {
    const [code, phrase] = JSON.parse(text) as [number, string];
    await session.close(new CloseReason(code, phrase));
    await session.close(new CloseReason(1000, "a second time"));
  }
}

@ClientEndpoint()
class Caller {
  @OnMessage()
  said(_text: string): void {}

  @OnError()
  failed(error: Error): void {
    heard.push(`error ${error.name}`);
  }

  @OnClose()
  closed({ code }: CloseReason): void {
    heard.push(`close ${code}`);
    ended();
  }
}

export const program: HostileProgram = {
  endpoints: [Echo, Watched, Parts, Closes],
  commands: {
    heard: () => heard.splice(0),
    /** Connects a client endpoint of ours to a server, and waits until the connection has ended. */
    dial: async (_running, uri) => {
      const container = new WebSocketContainer();
      const over = new Promise<void>((resolve) => (ended = resolve));
      await container.connectToServer(new Caller(), uri as string);
      await over;
    },
  },
};
