import { type ApplicationContext, WirespringApplication } from "wirespring";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { ChatConfig } from "./chat-config.js";
import { ChatEndpoint } from "./chat-endpoint.js";
import type { RoomEvent } from "./room-event.js";

/** A page without a page: keeps what it is sent until it is asked for. */
class Visitor {
  readonly #socket: WebSocket;
  readonly #heard: RoomEvent[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.on("message", (data) => this.#heard.push(JSON.parse(String(data as Buffer))));
    this.closed = once(this.#socket, "close").then(([code, reason]) => ({ code, reason: String(reason) }));
  }

  async hears(): Promise<RoomEvent> {
    while (this.#heard.length === 0) await once(this.#socket, "message");
    return this.#heard.shift()!;
  }

  send(data: unknown): void {
    this.#socket.send(typeof data === "string" ? data : JSON.stringify(data));
  }

  async leave(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }
}

const ignore = () => undefined;

describe("ChatEndpoint", () => {
  let context: ApplicationContext;

  beforeEach(async () => {
    context = await WirespringApplication.run(ChatConfig, {
      endpoints: [ChatEndpoint],
      host: "127.0.0.1",
      port: 0,
      signals: false,
      logger: { debug: ignore, info: ignore, warn: console.warn, error: console.error },
    });
  });

  afterEach(() => context.close());

  function visit(room: string, name?: string): Visitor {
    const url = new URL(`chat/${encodeURIComponent(room)}`, String(context.url));
    url.protocol = "ws:";
    if (name !== undefined) url.searchParams.set("name", name);
    return new Visitor(url.href);
  }

  async function enter(room: string, name: string): Promise<Visitor> {
    const visitor = visit(room, name);
    expect(await visitor.hears()).toMatchObject({ type: "welcome", you: name });
    return visitor;
  }

  it("lets two guests of a room talk and tells them who comes and goes", async () => {
    const ann = await enter("lobby", "Ann");
    const bob = await enter("lobby", "Bob");
    expect(await ann.hears()).toEqual({ type: "joined", name: "Bob", people: ["Ann", "Bob"] });

    bob.send({ text: " hello " });
    const said = { type: "said", from: "Bob", text: "hello", at: expect.any(Number) };
    expect(await ann.hears()).toEqual(said);
    expect(await bob.hears()).toEqual(said);

    await bob.leave();
    expect(await ann.hears()).toEqual({ type: "left", name: "Bob", people: ["Ann"] });
  });

  it("keeps rooms apart", async () => {
    const ann = await enter("lobby", "Ann");
    const bob = await enter("garden", "Bob");
    bob.send({ text: "only here" });
    expect(await bob.hears()).toMatchObject({ text: "only here" });
    ann.send({ text: "only there" });
    expect(await ann.hears()).toMatchObject({ text: "only there" });
  });

  it("tells newcomers what was said, also in a room that was empty meanwhile", async () => {
    const ann = await enter("grüner salon", "Ann");
    ann.send({ text: "anybody?" });
    await ann.hears();
    await ann.leave();
    expect(await visit("Grüner Salon", "Bob").hears()).toMatchObject({
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
    expect(await visit(room, name).closed).toEqual({ code: 4400, reason });
  });

  it("answers a line it does not like to its author alone, and goes on", async () => {
    const ann = await enter("lobby", "Ann");
    ann.send({ text: "   " });
    expect(await ann.hears()).toEqual({ type: "problem", text: "An empty line says nothing." });
    ann.send({ text: "x".repeat(501) });
    expect(await ann.hears()).toEqual({
      type: "problem",
      text: "A line has at most 500 characters; this one has 501.",
    });
    ann.send({ text: "better" });
    expect(await ann.hears()).toMatchObject({ type: "said", text: "better" });
  });

  it.each(["no JSON", "null", '{"text":1}', '{"__proto__":{"text":"x"}}'])(
    "answers %s politely and goes on",
    async (message) => {
      const ann = await enter("lobby", "Ann");
      ann.send(message);
      expect(await ann.hears()).toEqual({ type: "problem", text: "That was not a line this chat can read." });
      ann.send({ text: "better" });
      expect(await ann.hears()).toMatchObject({ type: "said", text: "better" });
    },
  );

  it("closes with 1009 for a message that is too big to be a line", async () => {
    const ann = await enter("lobby", "Ann");
    ann.send({ text: "x".repeat(5_000) });
    expect(await ann.closed).toMatchObject({ code: 1009 });
  });
});
