import { Broadcaster, type Session } from "wirespring";
import { singleton } from "tsyringe";
import { type Guest, Room } from "./room.js";

/** How many rooms keep their history after the last guest has left. */
const KEPT_EMPTY = 100;

/** All rooms of the application: one instance, given to every connection's endpoint. */
@singleton()
export class RoomService {
  readonly #rooms = new Map<string, Room>();

  constructor(private readonly broadcaster: Broadcaster) {}

  /** Finds a room, or opens it. Upper and lower case are the same room. */
  room(name: string): Room {
    const key = name.toLowerCase();
    const room = this.#rooms.get(key) ?? this.#open(key, name);
    // Put in again, so that the map's order is the order of the last visit.
    this.#rooms.delete(key);
    this.#rooms.set(key, room);
    this.#forgetOldest(key);
    return room;
  }

  /** Lets somebody in. Those who are there hear of it; the newcomer is welcomed, and then hears what they hear. */
  enter(session: Session, roomName: string, wanted: string): { readonly room: Room; readonly guest: Guest } {
    const room = this.room(roomName);
    const guest = room.enter(wanted);
    // Not awaited: one slow guest must not hold up the others. A send that fails is counted by the framework.
    void session.remote.sendObject(room.welcome(guest));
    // What was published before does not reach a new subscriber: nobody hears of their own coming.
    this.broadcaster.subscribe(session, topicOf(roomName.toLowerCase()));
    return { room, guest };
  }

  #open(key: string, name: string): Room {
    return new Room(name, (event) => void this.broadcaster.publish(topicOf(key), event));
  }

  /** Anybody may open rooms: what nobody uses must not pile up. */
  #forgetOldest(current: string): void {
    if (this.#rooms.size <= KEPT_EMPTY) return;
    const empty = [...this.#rooms].filter(([key, room]) => room.isEmpty && key !== current);
    for (const [key] of empty.slice(0, Math.max(0, empty.length - KEPT_EMPTY))) this.#rooms.delete(key);
  }
}

/** Under what a room is published: others may have topics, too. */
function topicOf(key: string): string {
  return `room ${key}`;
}
