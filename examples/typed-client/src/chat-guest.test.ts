import { WebSocketContainer } from "wirespring";
import { EventEmitter, once } from "node:events";
import type { IncomingMessage } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import { ChatGuest } from "./chat-guest.js";
import { keepReturning } from "./returning.js";

describe("ChatGuest", () => {
  let server: WebSocketServer;
  let url: string;
  let sockets: WebSocketContainer;
  let stop: AbortController;
  let lines: string[];
  let guest: ChatGuest;
  let screen: EventEmitter;

  beforeEach(async () => {
    server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
    url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/chat/lobby?name=Ann`;
    sockets = new WebSocketContainer();
    stop = new AbortController();
    lines = [];
    screen = new EventEmitter();
    guest = new ChatGuest((line) => {
      lines.push(line);
      screen.emit("line");
    });
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await sockets.close();
    server.close();
  });

  const nextPeer = async () => (await once(server, "connection")) as [WebSocket, IncomingMessage];
  const shown = async (line: string) => {
    while (!lines.includes(line)) await once(screen, "line");
  };
  const said = (text: string, at: number) => ({ type: "said", from: "Bob", text, at });
  const welcome = (...history: object[]) => JSON.stringify({ type: "welcome", room: "lobby", you: "Ann", history });

  it("offers its subprotocol and says who it is, by its own header and by a token that is asked for each time", async () => {
    vi.stubEnv("CHAT_TOKEN", "first");
    const connecting = nextPeer();
    const visit = guest.visit(sockets, url, stop.signal);
    const [peer, { headers }] = await connecting;
    expect(headers).toMatchObject({
      "sec-websocket-protocol": "chat.v1",
      "user-agent": "wirespring-example-typed-client",
      authorization: "Bearer first",
    });
    peer.close(1011);
    expect((await visit).reason.code).toBe(1011);

    vi.stubEnv("CHAT_TOKEN", "second");
    const again = nextPeer();
    const next = guest.visit(sockets, url, stop.signal);
    const [secondPeer, request] = await again;
    expect(request.headers.authorization).toBe("Bearer second");
    secondPeer.close();
    await next;
  });

  it("sends no authorization where there is no token", async () => {
    vi.stubEnv("CHAT_TOKEN", undefined);
    const connecting = nextPeer();
    const visit = guest.visit(sockets, url, stop.signal);
    const [peer, { headers }] = await connecting;
    expect(headers.authorization).toBeUndefined();
    peer.close();
    await visit;
  });

  it("shows what it hears, sends what is said, and outlives what it does not understand", async () => {
    const connecting = nextPeer();
    const visit = guest.visit(sockets, url, stop.signal);
    const [peer] = await connecting;
    peer.send('{"type":"dance"}');
    peer.send(welcome(said("before", 1)));
    peer.send(JSON.stringify(said("hello", 2)));
    peer.send('{"type":"joined","name":"Cid","people":[]}');
    peer.send('{"type":"problem","text":"An empty line says nothing."}');
    await shown("! An empty line says nothing.");
    expect(lines).toEqual([
      `connected to ${new URL(url).host}/chat/lobby, chat.v1`,
      expect.stringMatching(/^! .*RoomEvent/),
      "you are Ann in lobby",
      "Bob: before",
      "Bob: hello",
      "* Cid joined",
      "! An empty line says nothing.",
    ]);
    expect(guest.say("hi")).toBe(true);
    expect(JSON.parse(String((await once(peer, "message"))[0]))).toEqual({ text: "hi" });
    peer.close(1011);
    expect(await visit).toMatchObject({ reason: { code: 1011 }, answered: true });
    expect(guest.say("anybody?")).toBe(false);
  });

  it("comes back when the server says, shows nothing twice, and leaves with 1000", async () => {
    const waits: number[] = [];
    let connecting = nextPeer();
    const returning = keepReturning(() => guest.visit(sockets, url, stop.signal), {
      signal: stop.signal,
      wait: async (milliseconds) => waits.push(milliseconds),
    });
    const [first] = await connecting;
    first.send(welcome(said("one", 1)));
    await shown("Bob: one");
    connecting = nextPeer();
    first.close(1012, "retry=2500");

    const [second] = await connecting;
    second.send(welcome(said("one", 1), said("two", 2)));
    await shown("Bob: two");
    expect(waits).toEqual([2_500]);
    expect(lines.filter((line) => line === "Bob: one")).toHaveLength(1);

    const closed = once(second, "close");
    stop.abort();
    await returning;
    expect((await closed)[0]).toBe(1000);
  });

  it("ends while it is connecting, too", async () => {
    await new Promise((resolve) => server.close(resolve));
    // Takes connections and never answers.
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const accepted = once(silent, "connection");
    const { port } = silent.address() as AddressInfo;
    const returning = keepReturning(() => guest.visit(sockets, `ws://127.0.0.1:${port}/`, stop.signal), {
      signal: stop.signal,
    });
    await accepted;
    stop.abort();
    await returning;
    expect(lines).toEqual([]);
    silent.close();
  });
});
