import { describe, expect, it } from "vitest";
import { serverAddress } from "./client-handshake.js";

describe("serverAddress", () => {
  it.each(["ws://a", "wss://a.example:8443/b/c?d=e", new URL("ws://[::1]:80/")])("takes %s", (uri) => {
    expect(serverAddress(uri).href).toBe(new URL(uri).href);
  });

  it.each<[unknown, RegExp]>([
    [undefined, /found undefined/],
    ["", /no absolute URI/],
    ["chat.example/room", /no absolute URI/],
    ["https://a/", /the scheme https:/],
    ["ws+unix:///run/x", /the scheme ws\+unix:/],
    ["wss://user@a/", /found a user: say who you are by headers/],
    ["wss://:secret@a/", /found a user/],
    ["wss://a/#b", /found a fragment/],
  ])("refuses %s", (uri, message) => {
    expect(() => serverAddress(uri)).toThrow(message);
    expect(() => serverAddress(uri)).not.toThrow(/secret/);
    expect(() => serverAddress(uri)).toThrow(expect.objectContaining({ code: "WS_ILLEGAL_ARGUMENT" }));
  });
});
