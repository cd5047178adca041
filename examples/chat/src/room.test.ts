import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RoomEvent, Welcome } from "./room-event.js";
import { type Guest, HISTORY, Room } from "./room.js";

describe("Room", () => {
  let room: Room;
  /** What everybody was told, in order. */
  let told: RoomEvent[];

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000, toFake: ["Date"] });
    told = [];
    room = new Room("lobby", (event) => told.push(event));
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  function enter(wanted: string): { guest: Guest; welcome: Welcome } {
    const guest = room.enter(wanted);
    return { guest, welcome: room.welcome(guest) };
  }

  it("welcomes a guest and tells the others", () => {
    expect(enter("Ann").welcome).toEqual({ type: "welcome", room: "lobby", you: "Ann", people: ["Ann"], history: [] });
    expect(enter("Bob").welcome).toMatchObject({ you: "Bob", people: ["Ann", "Bob"] });
    expect(told).toEqual([
      { type: "joined", name: "Ann", people: ["Ann"] },
      { type: "joined", name: "Bob", people: ["Ann", "Bob"] },
    ]);
  });

  it("passes a line on to everybody", () => {
    room.say(enter("Ann").guest, "hello");
    expect(told.at(-1)).toEqual({ type: "said", from: "Ann", text: "hello", at: 1_000 });
  });

  it("gives every line a later time than the one before, also when the clock stands or goes back", () => {
    const ann = enter("Ann");
    room.say(ann.guest, "first");
    room.say(ann.guest, "second");
    vi.setSystemTime(500);
    room.say(ann.guest, "third");
    expect(enter("Bob").welcome.history.map(({ at }) => at)).toEqual([1_000, 1_001, 1_002]);
  });

  it("gives a name that is taken a number, and lets it go with its guest", () => {
    enter("Ann");
    const second = enter("ann");
    enter("Ann");
    expect(second.welcome.you).toBe("ann 2");
    room.leave(second.guest);
    expect(enter("Ann").welcome.people).toEqual(["Ann", "Ann 3", "Ann 2"]);
  });

  it("tells the others who left, once", () => {
    const ann = enter("Ann");
    const bob = enter("Bob");
    room.leave(bob.guest);
    room.leave(bob.guest);
    expect(told.filter(({ type }) => type === "left")).toEqual([
      { type: "left", name: "Bob", people: [ann.guest.name] },
    ]);
  });

  it("remembers the last lines for those who come later", () => {
    const ann = enter("Ann");
    for (let line = 1; line <= HISTORY + 5; line++) room.say(ann.guest, `line ${line}`);
    const texts = enter("Bob").welcome.history.map(({ text }) => text);
    expect(texts).toHaveLength(50);
    expect(texts[0]).toBe("line 6");
    expect(texts.at(-1)).toBe("line 55");
  });

  it("is empty when the last guest has left", () => {
    const { guest } = enter("Ann");
    expect(room.isEmpty).toBe(false);
    room.leave(guest);
    expect(room.isEmpty).toBe(true);
  });
});
