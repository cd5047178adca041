import {
  CloseReason,
  DecodeException,
  json,
  JsonEncoder,
  OnClose,
  OnError,
  OnMessage,
  OnOpen,
  PathParam,
  ServerEndpoint,
  Session,
  SessionException,
} from "wirespring";
import { objectionToLine, objectionToName, objectionToRoom, tidy } from "./house-rules.js";
import { Line, parseLine } from "./line.js";
import type { Problem } from "./room-event.js";
import type { Guest, Room } from "./room.js";
import { RoomService } from "./room-service.js";

/** Codes from 4000 on are the application's. This one means what 400 means in HTTP; the page does not try again after it. */
const BAD_REQUEST = 4400;

/** One guest's connection to one room: `/chat/lobby?name=Ann`. */
@ServerEndpoint({
  value: "/chat/{room}",
  // For those who ask, by a name with a version in it. Pages do not, and are served all the same.
  subprotocols: ["chat.v1"],
  decoders: [json(Line, parseLine)],
  encoders: [JsonEncoder],
  // 500 characters need at most 3 KB in JSON. Larger messages are refused before they are read.
  maxTextMessageSize: 4_096,
})
export class ChatEndpoint {
  // Every connection has its own endpoint object, so its state lies in plain fields.
  #room: Room | undefined;
  #guest: Guest | undefined;

  constructor(private readonly rooms: RoomService) {}

  @OnOpen()
  async opened(session: Session, @PathParam("room") roomParameter: string): Promise<void> {
    const roomName = tidy(roomParameter);
    const name = tidy(session.requestParameterMap.get("name")?.[0] ?? "");
    const objection = objectionToRoom(roomName) ?? objectionToName(name);
    if (objection !== undefined) {
      await session.close(new CloseReason(BAD_REQUEST, objection));
      return;
    }
    ({ room: this.#room, guest: this.#guest } = this.rooms.enter(session, roomName, name));
  }

  @OnMessage()
  said(line: Line): Problem | undefined {
    const objection = objectionToLine(line.text);
    // What a handler returns is sent to its own peer alone.
    if (objection !== undefined) return { type: "problem", text: objection };
    if (this.#guest) this.#room?.say(this.#guest, line.text.trim());
    return undefined;
  }

  @OnClose()
  closed(): void {
    if (this.#guest) this.#room?.leave(this.#guest);
  }

  /** With this method a message that cannot be read does not close the connection. */
  @OnError()
  failed(error: Error, session: Session): void {
    // The connection itself has failed: nobody can be told any more, and `closed` comes next.
    if (error instanceof SessionException) return;
    const unreadable = error instanceof DecodeException;
    if (!unreadable) console.error(error);
    const text = unreadable
      ? "That was not a line this chat can read."
      : "Something went wrong here. Please try again.";
    void session.remote.sendObject({ type: "problem", text } satisfies Problem);
  }
}
