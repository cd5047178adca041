import {
  Arg,
  ClientEndpoint,
  CloseReason,
  json,
  JsonEncoder,
  OnClose,
  OnError,
  OnMessage,
  OnOpen,
  Session,
  type WebSocketContainer,
} from "wirespring";
import { Credentials } from "./credentials.js";
import type { Visit } from "./returning.js";
import { parseRoomEvent, type RoomEvent, type Said } from "./room-event.js";

/** Stands for the interface, of which nothing is left when the program runs. */
const RoomEventJson = json<RoomEvent>("RoomEvent", parseRoomEvent);

/**
 * A guest of the chat, for one connection after another: what was shown before a connection was lost is not shown again after it.
 */
@ClientEndpoint({
  subprotocols: ["chat.v1"],
  headers: { "User-Agent": "wirespring-example-typed-client" },
  configurator: Credentials,
  decoders: [RoomEventJson],
  encoders: [JsonEncoder],
})
export class ChatGuest {
  readonly #show: (line: string) => void;
  #session: Session | undefined;
  #answered = false;
  #lastShown = 0;
  #ended: ((visit: Visit) => void) | undefined;

  /** @param show Gets what is to be read, line by line. */
  constructor(show: (line: string) => void) {
    this.#show = show;
  }

  /** Connects, and resolves when that connection has ended; with 1000, after the signal. Rejects when there is no connection. */
  async visit(sockets: WebSocketContainer, url: string | URL, signal: AbortSignal): Promise<Visit> {
    const ended = new Promise<Visit>((resolve) => (this.#ended = resolve));
    const session = await sockets.connectToServer(this, url, null, { signal });
    const leave = (): void => void session.close();
    signal.addEventListener("abort", leave);
    if (signal.aborted) leave();
    try {
      return await ended;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  /** Says a line; false when there is no connection. */
  say(text: string): boolean {
    if (this.#session?.isOpen !== true) return false;
    // A send that fails is counted by the framework, and `closed` comes next.
    void this.#session.remote.sendObject({ text });
    return true;
  }

  @OnOpen()
  opened(session: Session): void {
    this.#session = session;
    this.#answered = false;
    const { host, pathname } = session.requestURI;
    this.#show(`connected to ${host}${pathname}, ${session.negotiatedSubprotocol || "no subprotocol"}`);
  }

  @OnMessage()
  heard(@Arg(RoomEventJson) event: RoomEvent): void {
    this.#answered = true;
    switch (event.type) {
      case "welcome":
        this.#show(`you are ${event.you} in ${event.room}`);
        for (const said of event.history) this.#said(said);
        break;
      case "said":
        this.#said(event);
        break;
      case "problem":
        this.#show(`! ${event.text}`);
        break;
      default:
        this.#show(`* ${event.name} ${event.type}`);
    }
  }

  @OnClose()
  closed(reason: CloseReason): void {
    this.#session = undefined;
    this.#ended?.({ reason, answered: this.#answered });
  }

  /** With this method a message that this program does not understand, of a newer server for instance, costs a line and not the connection. */
  @OnError()
  failed(error: Error): void {
    this.#show(`! ${error.message}`);
  }

  #said({ from, text, at }: Said): void {
    if (at <= this.#lastShown) return;
    this.#lastShown = at;
    this.#show(`${from}: ${text}`);
  }
}
