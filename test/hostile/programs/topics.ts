import { Broadcaster, OnMessage, OnOpen, PathParam, ServerEndpoint, Session } from "wirespring";
import { setImmediate } from "node:timers/promises";
import type { HostileProgram, Running } from "../hostile-program.js";

/** Topics whose names and messages come from peers. */

/** What a peer may ask for; anything else that it says is published on the topic of its path. */
type Wish = readonly ["subscribe" | "unsubscribe" | "churn", string];

/** So many topics a peer has made and left with one message. */
const CHURN = 100;

/** What everybody is sent who listens to what was said. */
const SIZE = 8_192;

@ServerEndpoint({ value: "/topics/{name}", slowConsumer: "drop-oldest" })
class Topics {
  constructor(private readonly broadcaster: Broadcaster) {}

  @OnOpen()
  opened(session: Session, @PathParam("name") name: string): void {
    this.broadcaster.subscribe(session, name);
  }

  @OnMessage()
  said(text: string, session: Session, @PathParam("name") name: string): string | undefined {
    if (text.startsWith("[")) return this.#do(session, JSON.parse(text) as Wish);
    void this.broadcaster.publish(name, text.padEnd(SIZE, "."));
    return undefined;
  }

  #do(session: Session, [verb, topic]: Wish): string {
    const { broadcaster } = this;
    try {
      if (verb === "churn")
        for (let index = 0; index < CHURN; index++) {
          broadcaster.subscribe(session, `${topic}-${index}`);
          broadcaster.unsubscribe(session, `${topic}-${index}`);
        }
      else broadcaster[verb](session, topic);
      return String(broadcaster.topicsOf(session).size);
    } catch (error) {
      return (error as { readonly code: string }).code;
    }
  }
}

@ServerEndpoint("/news")
class News {
  constructor(private readonly broadcaster: Broadcaster) {}

  @OnOpen()
  opened(session: Session): void {
    this.broadcaster.subscribe(session, "/news");
  }
}

@ServerEndpoint({ value: "/news/drop", slowConsumer: "drop-newest" })
class DropNews {
  constructor(private readonly broadcaster: Broadcaster) {}

  @OnOpen()
  opened(session: Session): void {
    this.broadcaster.subscribe(session, "/news/drop");
  }
}

/** What is said to the readers of news. */
export interface Edition {
  readonly path: "/news" | "/news/drop";
  /** How many messages; they begin with their number and a colon. */
  readonly messages: number;
  readonly size: number;
  /** Whether everybody is sent bytes of its own. Default: published, so that all share the same. */
  readonly alone?: boolean;
  /** Readers that must have taken a message before the next. Default: none is waited for. */
  readonly awaited?: number;
}

/** Goes through all messages. Gives the most bytes that have waited in all sessions together. */
async function edition({ sockets }: Running, argument: unknown): Promise<number> {
  const { path, messages, size, alone = false, awaited = 0 } = argument as Edition;
  const sessions = [...sockets.sessions(path === "/news" ? News : DropNews)];
  let buffered = 0;
  for (let index = 0; index < messages; index++) {
    const text = `${index}:`.padEnd(size, ".");
    if (alone) for (const { remote } of sessions) void remote.sendText(text);
    else await sockets.broadcaster.publish(path, text);
    buffered = Math.max(buffered, sockets.metrics().bufferedBytes);
    do await setImmediate();
    while (sessions.filter(({ isOpen, remote }) => isOpen && remote.bufferedAmount === 0).length < awaited);
  }
  return buffered;
}

export const program: HostileProgram = {
  endpoints: [Topics, News, DropNews],
  commands: {
    edition,
    /** Answers when everybody was given this, and what was published before. */
    publish: ({ sockets }, topic) => sockets.broadcaster.publish(topic as string, "over"),
    /** How many sessions have one of these topics. */
    subscribers: ({ sockets }, topics) =>
      (topics as readonly string[]).map((topic) => sockets.broadcaster.subscribers(topic).size),
  },
};
