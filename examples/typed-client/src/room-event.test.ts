import { describe, expect, it } from "vitest";
import { parseRoomEvent } from "./room-event.js";

describe("parseRoomEvent", () => {
  const said = { type: "said", from: "Ann", text: "hello", at: 1 };

  it.each([
    said,
    { type: "welcome", room: "lobby", you: "Ann", people: ["Ann"], history: [said] },
    { type: "joined", name: "Bob", people: [] },
    { type: "left", name: "Bob", people: [] },
    { type: "problem", text: "no" },
  ])("takes $type", (event) => {
    expect(parseRoomEvent(event)).toBe(event);
  });

  it.each([
    null,
    "said",
    {},
    { type: "toString" },
    { type: "other" },
    { ...said, at: "1" },
    { type: "welcome", room: "lobby", you: "Ann" },
    { type: "welcome", room: "lobby", you: "Ann", history: [{ ...said, from: undefined }] },
  ])("throws for %j", (event) => {
    expect(() => parseRoomEvent(event)).toThrow(TypeError);
  });
});
