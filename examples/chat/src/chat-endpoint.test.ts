import { Broadcaster } from "wirespring";
import { openSession, startApplication, type TestApplication, type TestClient } from "@wirespring/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChatConfig } from "./chat-config.js";
import { ChatEndpoint } from "./chat-endpoint.js";
import { RoomService } from "./room-service.js";
import { Room } from "./room.js";

describe("ChatEndpoint", () => {
  let application: TestApplication;

  beforeEach(async () => {
    application = await startApplication(ChatEndpoint, { configurations: ChatConfig });
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    await application.close();
  });

  function visit(room: string, name?: string): Promise<TestClient> {
    const query = name === undefined ? {} : { name };
    return application.openSession({ path: `/chat/${encodeURIComponent(room)}`, query });
  }

  async function enter(room: string, name: string): Promise<TestClient> {
    const visitor = await visit(room, name);
    expect(await visitor.nextJson()).toMatchObject({ type: "welcome", you: name });
    return visitor;
  }

  it("lets two guests of a room talk and tells them who comes and goes", async () => {
    const ann = await enter("lobby", "Ann");
    const bob = await enter("lobby", "Bob");
    expect(await ann.nextJson()).toEqual({ type: "joined", name: "Bob", people: ["Ann", "Bob"] });

    bob.sendJson({ text: " hello " });
    const said = { type: "said", from: "Bob", text: "hello", at: expect.any(Number) };
    expect(await ann.nextJson()).toEqual(said);
    expect(await bob.nextJson()).toEqual(said);

    await bob.leave();
    expect(await ann.nextJson()).toEqual({ type: "left", name: "Bob", people: ["Ann"] });
  });

  it("keeps rooms apart", async () => {
    const ann = await enter("lobby", "Ann");
    const bob = await enter("garden", "Bob");
    bob.sendJson({ text: "only here" });
    expect(await bob.nextJson()).toMatchObject({ text: "only here" });
    await ann.expectSilence();
  });

  it("tells newcomers what was said, also in a room that was empty meanwhile", async () => {
    const ann = await enter("grüner salon", "Ann");
    ann.sendJson({ text: "anybody?" });
    await ann.nextJson();
    await ann.leave();
    const bob = await visit("Grüner Salon", "Bob");
    expect(await bob.nextJson()).toMatchObject({
      type: "welcome",
      room: "grüner salon",
      people: ["Bob"],
      history: [{ from: "Ann", text: "anybody?" }],
    });
  });

  it.each([
    ["lobby", undefined, "Please choose a name."],
    ["lobby", "x".repeat(25), "A name has at most 24 characters."],
    ["lobby", "<b>", "A name starts with a letter or digit and has letters, digits, spaces, . _ and - only."],
    ["x".repeat(33), "Ann", "A room has at most 32 characters."],
    ["<b>", "Ann", "A room starts with a letter or digit and has letters, digits, spaces, . _ and - only."],
  ])("closes with 4400 and says why, for room %j and name %j", async (room, name, reason) => {
    const visitor = await visit(room, name);
    await visitor.expectClosed(4400, reason);
  });

  it("answers a line it does not like to its author alone, and goes on", async () => {
    const ann = await enter("lobby", "Ann");
    ann.sendJson({ text: "   " });
    expect(await ann.nextJson()).toEqual({ type: "problem", text: "An empty line says nothing." });
    ann.sendJson({ text: "x".repeat(501) });
    expect(await ann.nextJson()).toEqual({
      type: "problem",
      text: "A line has at most 500 characters; this one has 501.",
    });
    ann.sendJson({ text: "better" });
    expect(await ann.nextJson()).toMatchObject({ type: "said", text: "better" });
  });

  it.each(["no JSON", "null", '{"text":1}', '{"__proto__":{"text":"x"}}'])(
    "answers %s politely and goes on",
    async (message) => {
      const ann = await enter("lobby", "Ann");
      ann.send(message);
      expect(await ann.nextJson()).toEqual({ type: "problem", text: "That was not a line this chat can read." });
      ann.sendJson({ text: "better" });
      expect(await ann.nextJson()).toMatchObject({ type: "said", text: "better" });
    },
  );

  it("closes with 1009 for a message that is too big to be a line", async () => {
    const ann = await enter("lobby", "Ann");
    ann.sendJson({ text: "x".repeat(5_000) });
    await ann.expectClosed(1009);
  });

  it("tells the others when somebody is gone without a word, once that is found out", async () => {
    const ann = await enter("lobby", "Ann");
    const bob = await enter("lobby", "Bob");
    await ann.nextJson();
    bob.vanish();
    // A heartbeat that nobody answers: 25 s until it is sent, 20 s for the answer.
    expect(await ann.nextJson({ within: 46_000 })).toEqual({ type: "left", name: "Bob", people: ["Ann"] });
  });

  it("tells somebody that something went wrong here, and not what, and keeps them", async () => {
    class BrokenRoom extends Room {
      override say(): void {
        throw new RangeError("a secret");
      }
    }
    class BrokenRooms extends RoomService {
      override room(name: string): Room {
        return new BrokenRoom(name, () => {});
      }
    }
    const complaint = vi.spyOn(console, "error").mockImplementation(() => {});
    const beans = [[RoomService, new BrokenRooms(new Broadcaster())]] as const;
    await using ann = await openSession(ChatEndpoint, { path: "/chat/lobby", query: { name: "Ann" }, beans });
    expect(await ann.nextJson()).toMatchObject({ type: "welcome" });
    ann.sendJson({ text: "hello" });
    expect(await ann.nextJson()).toEqual({
      type: "problem",
      text: "Something went wrong here. Please try again.",
    });
    expect(complaint).toHaveBeenCalledExactlyOnceWith(expect.any(RangeError));
    expect(ann.session.isOpen).toBe(true);
  });

  it("leaves nothing behind of guests who have gone, however they went", async () => {
    await using watched = await startApplication(ChatEndpoint, { configurations: ChatConfig, leaks: true });
    const [ann, bob, cid] = await Promise.all(
      ["Ann", "Bob", "Cid"].map((name) => watched.openSession({ path: "/chat/lobby", query: { name } })),
    );
    await ann!.leave();
    bob!.drop();
    cid!.vanish();
    await cid!.expectClosed(1006, undefined, { within: 46_000 });
    expect(await watched.leaks()).toEqual([]);
  });

  it("offers its subprotocol to those who ask for it", async () => {
    const client = await application.openSession({
      path: "/chat/lobby?name=Ann",
      subprotocols: ["chat.v2", "chat.v1"],
    });
    expect(client.subprotocol).toBe("chat.v1");
  });

  it("closes its pages with 1012 when it is stopped, and a time to come back", async () => {
    const ann = await enter("lobby", "Ann");
    await application.close();
    await ann.expectClosed(1012, /^retry=\d+$/);
  });
});
