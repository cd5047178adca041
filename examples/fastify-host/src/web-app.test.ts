import type { PollEvent } from "./poll-endpoint.js";
import "wirespring";
import { once } from "node:events";
import type { FastifyInstance } from "fastify";
import { container } from "tsyringe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Poll } from "./poll.js";
import { webApp } from "./web-app.js";

describe("the poll on one port", () => {
  let app: FastifyInstance;
  let url: string;

  beforeEach(async () => {
    // A container of its own, so that no test counts the votes of another.
    app = await webApp(container.createChildContainer().registerInstance(Poll, new Poll()));
    url = await app.listen({ host: "127.0.0.1", port: 0 });
  });

  afterEach(() => app.close());

  /** As a browser does: with the cookie that the page was given, and from its origin. */
  async function visit(cookie?: string) {
    const sent = cookie ?? (await fetch(`${url}/`)).headers.getSetCookie()[0]!.split(";")[0]!;
    const socket = new WebSocket(`${url.replace("http", "ws")}/poll`, { headers: { cookie: sent }, origin: url });
    return { ...reader(socket), cookie: sent };
  }

  function reader(socket: WebSocket) {
    const arrived: PollEvent[] = [];
    socket.on("message", (data) => {
      arrived.push(JSON.parse(String(data as Buffer)) as PollEvent);
      socket.emit("arrived");
    });
    const next = async (): Promise<PollEvent> => {
      while (arrived.length === 0) await once(socket, "arrived");
      return arrived.shift()!;
    };
    return { socket, next, vote: (option: string) => socket.send(JSON.stringify({ option })) };
  }

  const tallies = async (): Promise<unknown> => (await fetch(`${url}/tallies`)).json();

  function add(option: unknown): Promise<Response> {
    const headers = { "Content-Type": "application/json" };
    return fetch(`${url}/options`, { method: "POST", headers, body: JSON.stringify({ option }) });
  }

  it("shows everybody the votes of each", async () => {
    const [ann, bob] = [await visit(), await visit()];
    expect(await ann.next()).toMatchObject({ type: "poll", question: "What do you drink in the morning?" });
    await bob.next();
    ann.vote("Tea");
    expect(await bob.next()).toEqual({
      type: "tallies",
      tallies: expect.arrayContaining([{ option: "Tea", votes: 1 }]),
    });
    const told = [await ann.next(), await ann.next()];
    expect(told).toContainEqual({ type: "choice", option: "Tea" });
    expect(told).toContainEqual({ type: "tallies", tallies: await tallies() });
  });

  it("knows a voter who comes back by the cookie of the page", async () => {
    const first = await visit();
    await first.next();
    first.vote("Water");
    await first.next();
    const second = await visit(first.cookie);
    expect([await second.next(), await second.next()]).toContainEqual({ type: "choice", option: "Water" });
  });

  it.each(["", "voter=ann", `voter=${"x".repeat(36)}`])("takes no vote with the cookie %j", async (cookie) => {
    const guest = await visit(cookie);
    await guest.next();
    guest.vote("Tea");
    expect(await guest.next()).toMatchObject({ type: "problem" });
    expect(await tallies()).toContainEqual({ option: "Tea", votes: 0 });
  });

  it("shows an option that came in over HTTP", async () => {
    const ann = await visit();
    await ann.next();
    const response = await add("Cocoa");
    expect([response.status, await response.json()]).toEqual([201, { option: "Cocoa" }]);
    expect(await ann.next()).toEqual({ type: "tallies", tallies: await tallies() });
    ann.vote("Cocoa");
    expect([await ann.next(), await ann.next()]).toContainEqual({ type: "choice", option: "Cocoa" });
    expect((await add("Cocoa")).status).toBe(409);
  });

  it.each(["", " ", "x".repeat(41), { an: "object" }])("answers 400 to the option %j", async (option) => {
    expect((await add(option)).status).toBe(400);
  });

  it("closes a peer that sends something else with 1007", async () => {
    const ann = await visit();
    await ann.next();
    ann.socket.send("Tea");
    expect((await once(ann.socket, "close"))[0]).toBe(1007);
  });

  it("tells its peers when to come back, and ends, when Fastify is closed", async () => {
    const ann = await visit();
    await ann.next();
    const closed = once(ann.socket, "close");
    await app.close();
    const [code, reason] = (await closed) as [number, Buffer];
    expect([code, String(reason)]).toEqual([1012, expect.stringMatching(/^retry=\d+$/)]);
    expect(app.server.listening).toBe(false);
  });
});
