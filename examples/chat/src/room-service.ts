import { singleton } from "tsyringe";
import { Room } from "./room.js";

/** How many rooms keep their history after the last guest has left. */
const KEPT_EMPTY = 100;

/** All rooms of the application: one instance, given to every connection's endpoint. */
@singleton()
export class RoomService {
  readonly #rooms = new Map<string, Room>();

  /** Finds a room, or opens it. Upper and lower case are the same room. */
  room(name: string): Room {
    const key = name.toLowerCase();
    const room = this.#rooms.get(key) ?? new Room(name);
    // Put in again, so that the map's order is the order of the last visit.
    this.#rooms.delete(key);
    this.#rooms.set(key, room);
    this.#forgetOldest(key);
    return room;
  }

  /** Anybody may open rooms: what nobody uses must not pile up. */
  #forgetOldest(current: string): void {
    if (this.#rooms.size <= KEPT_EMPTY) return;
    const empty = [...this.#rooms].filter(([key, room]) => room.isEmpty && key !== current);
    for (const [key] of empty.slice(0, Math.max(0, empty.length - KEPT_EMPTY))) this.#rooms.delete(key);
  }
}
