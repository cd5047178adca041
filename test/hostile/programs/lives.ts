import {
  CloseReason,
  type HandshakeRequest,
  OnClose,
  OnError,
  OnMessage,
  OnOpen,
  type Principal,
  ServerEndpoint,
  ServerEndpointConfigurator,
  Session,
} from "wirespring";
import type { HostileProgram } from "../hostile-program.js";
import type { SkippingClock } from "../skipping-clock.js";
import { race, type Raced } from "../race.js";

/** Endpoints for how sessions begin, how long they may last, and how they end. */

/** What endpoints were told since somebody asked. */
const heard: string[] = [];

let clock: SkippingClock | undefined;

/** Lets in whoever says for how long. */
class Guard extends ServerEndpointConfigurator {
  override authenticate({ queryString }: HandshakeRequest): Principal {
    const [name, seconds] = queryString!.split("=") as [string, string];
    const now = clock?.wallTime() ?? Date.now();
    return { name, expiresAt: new Date(now + Number(seconds) * 1_000) };
  }
}

@ServerEndpoint({ value: "/guarded", configurator: Guard })
class Guarded {
  @OnMessage()
  said(session: Session, text: string): string {
    if (text === "renew") session.expiresAt = new Date(session.expiresAt!.getTime() + 60_000);
    if (text === "for ever") session.expiresAt = null;
    return session.userPrincipal!.name;
  }

  @OnClose()
  closed({ code, reasonPhrase }: CloseReason): void {
    heard.push(`close ${code} ${reasonPhrase}`);
  }
}

/** Asks who is there after the handshake, and waits 10 s for the answer. */
@ServerEndpoint("/in-band")
class InBand {
  #known = false;

  @OnOpen()
  opened(session: Session): void {
    session.expiresAt = new Date((clock?.wallTime() ?? Date.now()) + 10_000);
  }

  @OnMessage()
  said(session: Session, text: string): string {
    if (!this.#known && text !== "password") return "who are you?";
    this.#known = true;
    session.expiresAt = null;
    return "welcome";
  }
}

/** Who waits in `@OnOpen` until a case says that they may go on. */
const opening: (() => void)[] = [];

@ServerEndpoint("/slow")
class Slow {
  @OnOpen()
  async opened(): Promise<void> {
    heard.push("opening");
    await new Promise<void>((resolve) => opening.push(resolve));
    heard.push("open");
  }

  @OnMessage()
  said(text: string): string {
    heard.push(text);
    return text;
  }

  @OnError()
  failed(error: Error): void {
    heard.push(`error ${error.name}`);
  }

  @OnClose()
  closed({ code }: CloseReason): void {
    heard.push(`close ${code}`);
  }
}

@ServerEndpoint("/id")
class Id {
  @OnOpen()
  async opened(session: Session): Promise<void> {
    await session.remote.sendText(session.id);
  }
}

export const program: HostileProgram = {
  endpoints: [Guarded, InBand, Slow, Id],
  commands: {
    heard: () => heard.splice(0),
    useClock: (running) => void (clock = running.clock),
    /** Lets those in `@OnOpen` go on, and tells how many they were. */
    goOn: () => opening.splice(0).map((resolve) => resolve()).length,
    waiting: () => opening.length,
    revoke: ({ sockets }, name) =>
      sockets.closeSessions(
        ({ userPrincipal }) => userPrincipal?.name === name,
        new CloseReason(4401, "signed out everywhere"),
      ),
    ids: ({ sockets }) => [...sockets.sessions(Id)].map(({ id }) => id),
    race: (_running, seed): Promise<Raced> => race(seed as number, 1_000),
  },
};
