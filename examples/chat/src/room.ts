import type { RoomEvent, Said, Welcome } from "./room-event.js";

/** How many lines a room remembers for those who come later. */
export const HISTORY = 50;

/** Somebody in a room. */
export interface Guest {
  readonly name: string;
}

/** The people in one room and the last things they said. Knows nothing of sockets, so a test needs none. */
export class Room {
  readonly #name: string;
  readonly #tellAll: (event: RoomEvent) => void;
  readonly #guests = new Set<Guest>();
  readonly #history: Said[] = [];
  #lastAt = 0;

  /** @param tellAll Reaches everybody who listens at the time of the call. */
  constructor(name: string, tellAll: (event: RoomEvent) => void) {
    this.#name = name;
    this.#tellAll = tellAll;
  }

  get isEmpty(): boolean {
    return this.#guests.size === 0;
  }

  /** Lets somebody in, under the name they want or the next free one: "Ann", "Ann 2", "Ann 3". */
  enter(wanted: string): Guest {
    const guest = { name: this.#freeName(wanted) };
    this.#guests.add(guest);
    this.#tellAll({ type: "joined", name: guest.name, people: this.#people() });
    return guest;
  }

  /** What somebody is told who begins to listen now: everything after it comes by `tellAll`. */
  welcome(guest: Guest): Welcome {
    return {
      type: "welcome",
      room: this.#name,
      you: guest.name,
      people: this.#people(),
      history: [...this.#history],
    };
  }

  /** Passes a line on to everybody, its author included: all see the same lines in the same order. */
  say(guest: Guest, text: string): void {
    this.#lastAt = Math.max(Date.now(), this.#lastAt + 1);
    const said: Said = { type: "said", from: guest.name, text, at: this.#lastAt };
    this.#history.push(said);
    if (this.#history.length > HISTORY) this.#history.shift();
    this.#tellAll(said);
  }

  leave(guest: Guest): void {
    if (this.#guests.delete(guest)) this.#tellAll({ type: "left", name: guest.name, people: this.#people() });
  }

  #people(): string[] {
    return Array.from(this.#guests, (guest) => guest.name);
  }

  #freeName(wanted: string): string {
    const taken = new Set(Array.from(this.#guests, (guest) => guest.name.toLowerCase()));
    let name = wanted;
    for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${wanted} ${number}`;
    return name;
  }
}
