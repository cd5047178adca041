import { Broadcaster } from "wirespring";
import { describe, expect, it } from "vitest";
import { RoomService } from "./room-service.js";

describe("RoomService", () => {
  it("gives everybody the same room, in upper and lower case", () => {
    const rooms = new RoomService(new Broadcaster());
    expect(rooms.room("Lobby")).toBe(rooms.room("lobby"));
    expect(rooms.room("lobby")).not.toBe(rooms.room("garden"));
  });

  it("keeps an empty room for its history until a hundred others were visited after it", () => {
    const rooms = new RoomService(new Broadcaster());
    const lobby = rooms.room("lobby");
    for (let number = 0; number < 100; number++) rooms.room(`room ${number}`);
    expect(rooms.room("lobby")).toBe(lobby);
    for (let number = 0; number < 101; number++) rooms.room(`room ${number}`);
    expect(rooms.room("lobby")).not.toBe(lobby);
  });

  it("keeps a room with a guest in it, however many there are", () => {
    const rooms = new RoomService(new Broadcaster());
    const lobby = rooms.room("lobby");
    lobby.enter("Ann");
    for (let number = 0; number < 1_000; number++) rooms.room(`room ${number}`);
    expect(rooms.room("lobby")).toBe(lobby);
  });
});
