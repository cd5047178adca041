import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RoomEvent, Welcome } from "./room-event.js";
import { type Guest, HISTORY, Room } from "./room.js";

describe("Room", () => {
  let room: Room;

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000, toFake: ["Date"] });
    room = new Room("lobby");
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  function enter(wanted: string): { guest: Guest; heard: RoomEvent[] } {
    const heard: RoomEvent[] = [];
    return { guest: room.enter(wanted, (event) => heard.push(event)), heard };
  }

  function welcomeOf(heard: readonly RoomEvent[]): Welcome {
    expect(heard[0]).toMatchObject({ type: "welcome" });
    return heard[0] as Welcome;
  }

  it("welcomes a guest and tells the others", () => {
    const ann = enter("Ann");
    const bob = enter("Bob");
    expect(ann.heard).toEqual([
      { type: "welcome", room: "lobby", you: "Ann", people: ["Ann"], history: [] },
      { type: "joined", name: "Bob", people: ["Ann", "Bob"] },
    ]);
    expect(bob.heard).toEqual([{ type: "welcome", room: "lobby", you: "Bob", people: ["Ann", "Bob"], history: [] }]);
  });

  it("passes a line on to everybody, its author included", () => {
    const ann = enter("Ann");
    const bob = enter("Bob");
    room.say(ann.guest, "hello");
    const said = { type: "said", from: "Ann", text: "hello", at: 1_000 };
    expect(ann.heard.at(-1)).toEqual(said);
    expect(bob.heard.at(-1)).toEqual(said);
  });

  it("gives every line a later time than the one before, also when the clock stands or goes back", () => {
    const ann = enter("Ann");
    room.say(ann.guest, "first");
    room.say(ann.guest, "second");
    vi.setSystemTime(500);
    room.say(ann.guest, "third");
    expect(welcomeOf(enter("Bob").heard).history.map(({ at }) => at)).toEqual([1_000, 1_001, 1_002]);
  });

  it("gives a name that is taken a number, and lets it go with its guest", () => {
    enter("Ann");
    const second = enter("ann");
    enter("Ann");
    expect(welcomeOf(second.heard).you).toBe("ann 2");
    room.leave(second.guest);
    expect(welcomeOf(enter("Ann").heard).people).toEqual(["Ann", "Ann 3", "Ann 2"]);
  });

  it("tells the others who left, once", () => {
    const ann = enter("Ann");
    const bob = enter("Bob");
    room.leave(bob.guest);
    room.leave(bob.guest);
    expect(ann.heard.filter(({ type }) => type === "left")).toEqual([{ type: "left", name: "Bob", people: ["Ann"] }]);
    expect(bob.heard).toHaveLength(1);
  });

  it("remembers the last lines for those who come later", () => {
    const ann = enter("Ann");
    for (let line = 1; line <= HISTORY + 5; line++) room.say(ann.guest, `line ${line}`);
    const texts = welcomeOf(enter("Bob").heard).history.map(({ text }) => text);
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
