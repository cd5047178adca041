import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { ExampleProgram, runExample } from "./example-program.js";

/** Each example: what it answers over HTTP, to paths sent as they are written here, and a talk with its endpoint. */
const examples = [
  {
    name: "echo",
    answers: [
      { path: "/echo", status: 426, headers: expect.objectContaining({ upgrade: "websocket" }) },
      { path: "/", status: 404 },
      { path: "/echo/more", status: 404 },
    ],
    talk: async (program: ExampleProgram): Promise<WebSocket> => {
      const client = await connect(program, "/echo");
      client.send("hello");
      expect(await once(client, "message")).toEqual([Buffer.from("hello"), false]);
      client.send(Buffer.from([0, 255]));
      expect(await once(client, "message")).toEqual([Buffer.from([0, 255]), true]);
      return client;
    },
  },
  {
    name: "chat",
    answers: [
      { path: "/", status: 200, body: expect.stringContaining("<title>Wirespring chat</title>") },
      { path: "/chat.js", status: 200, body: expect.stringContaining("Connection") },
      { path: "/chat/lobby", status: 404 },
      { path: "/../package.json", status: 404 },
      { path: "/%2e%2e/package.json", status: 404 },
    ],
    talk: async (program: ExampleProgram): Promise<WebSocket> => {
      const client = new WebSocket(program.socketUrl("/chat/lobby?name=Ann"));
      const welcome = { type: "welcome", room: "lobby", you: "Ann", people: ["Ann"], history: [] };
      expect(await nextJson(client)).toEqual(welcome);
      client.send('{"text":"hello"}');
      expect(await nextJson(client)).toMatchObject({ type: "said", from: "Ann", text: "hello" });
      return client;
    },
  },
  {
    name: "express-host",
    answers: [
      { path: "/", status: 200, body: expect.stringContaining("<title>News desk</title>") },
      { path: "/health", status: 200, body: '{"status":"up","readers":0}' },
      { path: "/missing", status: 404, body: '{"error":"not found"}' },
      { path: "/../package.json", status: 404 },
    ],
    talk: async (program: ExampleProgram): Promise<WebSocket> => {
      const client = await connect(program, "/news");
      const news = nextJson(client);
      const headers = { "Content-Type": "application/json" };
      const body = '{"headline":"Spring is here"}';
      const response = await fetch(`${program.url}/news`, { method: "POST", headers, body });
      expect(await news).toEqual(await response.json());
      expect(await news).toMatchObject({ headline: "Spring is here" });
      return client;
    },
  },
  {
    name: "fastify-host",
    answers: [
      {
        path: "/",
        status: 200,
        headers: expect.objectContaining({ "set-cookie": [expect.stringMatching(/^voter=[\da-f-]{36};.* HttpOnly/)] }),
        body: expect.stringContaining("<title>Poll</title>"),
      },
      { path: "/tallies", status: 200, body: expect.stringContaining('{"option":"Tea","votes":0}') },
      { path: "/missing", status: 404 },
      { path: "/../package.json", status: 403 },
    ],
    talk: async (program: ExampleProgram): Promise<WebSocket> => {
      const client = new WebSocket(program.socketUrl("/poll"));
      expect(await nextJson(client)).toMatchObject({ type: "poll", tallies: expect.any(Array) });
      const tallies = nextJson(client);
      const headers = { "Content-Type": "application/json" };
      await fetch(`${program.url}/options`, { method: "POST", headers, body: '{"option":"Cocoa"}' });
      expect(await tallies).toMatchObject({ tallies: expect.arrayContaining([{ option: "Cocoa", votes: 0 }]) });
      return client;
    },
  },
  {
    name: "nest-host",
    answers: [
      { path: "/", status: 200, body: expect.stringContaining("<title>Kitchen</title>") },
      { path: "/orders", status: 200, body: "[]" },
      { path: "/missing", status: 404, body: expect.stringContaining('"statusCode":404') },
      { path: "/../package.json", status: 404 },
    ],
    talk: async (program: ExampleProgram): Promise<WebSocket> => {
      const client = await connect(program, "/kitchen");
      const order = nextJson(client);
      const headers = { "Content-Type": "application/json" };
      const body = '{"dish":"Soup","table":4}';
      const response = await fetch(`${program.url}/orders`, { method: "POST", headers, body });
      expect(await order).toEqual(await response.json());
      expect(await order).toEqual({ id: 1, dish: "Soup", table: 4, state: "ordered" });
      return client;
    },
  },
  {
    name: "live-dashboard",
    answers: [
      { path: "/", status: 200, body: expect.stringContaining("<title>Live dashboard</title>") },
      { path: "/uplot/uPlot.esm.js", status: 200, body: expect.stringContaining("uPlot") },
      { path: "/samples", status: 404 },
      { path: "/../package.json", status: 404 },
    ],
    talk: async (program: ExampleProgram): Promise<WebSocket> => {
      const client = new WebSocket(program.socketUrl("/samples"));
      expect(await nextJson(client)).toEqual({ type: "history", samples: expect.any(Array) });
      return client;
    },
  },
  {
    name: "codecs",
    answers: [
      { path: "/station", status: 426, headers: expect.objectContaining({ upgrade: "websocket" }) },
      { path: "/", status: 404 },
    ],
    talk: async (program: ExampleProgram): Promise<WebSocket> => {
      const client = await connect(program, "/station");
      client.send("212 F");
      expect(await nextJson(client)).toEqual({ readings: 1, lowest: 100, highest: 100 });
      client.send("warm");
      expect(await nextJson(client)).toEqual({ problem: expect.any(String) });
      return client;
    },
  },
  {
    name: "file-upload",
    answers: [
      { path: "/", status: 200, body: expect.stringContaining("<title>File upload</title>") },
      { path: "/piecewise.js", status: 200, body: expect.stringContaining("sendFile") },
      { path: "/files/a", status: 404 },
      { path: "/../package.json", status: 404 },
    ],
    talk: async (program: ExampleProgram): Promise<WebSocket> => {
      const client = await connect(program, "/files/hello.txt");
      client.send(Buffer.from("hel"), { fin: false });
      client.send(Buffer.from("lo"));
      const sha256 = createHash("sha256").update("hello").digest("hex");
      expect(await nextJson(client)).toEqual({ name: "hello.txt", size: 5, sha256 });
      return client;
    },
  },
];

describe.each(examples)("examples/$name", { timeout: 20_000 }, ({ name, answers, talk }) => {
  it("prints one line, serves, and ends with 0 on SIGTERM after telling its peers when to come back", async () => {
    await using program = await ExampleProgram.start(name);
    for (const { path, ...answer } of answers)
      expect({ path, ...(await ask(program, path)) }).toMatchObject({ path, ...answer });
    const closed = once(await talk(program), "close");

    const { code, stdout, stderr } = await program.stop();
    const [closeCode, reason] = (await closed) as [number, Buffer];
    expect({ closeCode, reason: String(reason) }).toEqual({
      closeCode: 1012,
      reason: expect.stringMatching(/^retry=\d+$/),
    });
    expect(program.port).toBeGreaterThan(0);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `listening on http://127.0.0.1:${program.port}\n` });
    expect(stderr).not.toMatch(/"level":"(warn|error)"|Error/);
  });

  it("ends with 1 and says why, when its port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const { code, stdout, stderr } = await runExample(name, { PORT: String(port) });
    other.close();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(new RegExp(`EADDRINUSE[^]*${port}`));
  });
});

/** One that leaves the signals to the framework, and those that handle them themselves. */
const paths = { echo: "/echo", "express-host": "/news", "fastify-host": "/poll", "nest-host": "/kitchen" };
describe.each(Object.entries(paths))("examples/%s", { timeout: 20_000 }, (name, path) => {
  it("ends with 0 on SIGINT, too", async () => {
    await using program = await ExampleProgram.start(name);
    const client = await connect(program, path);
    const closed = once(client, "close");
    expect(await program.stop("SIGINT")).toMatchObject({ code: 0 });
    expect((await closed)[0]).toBe(1012);
  });
});

async function connect(program: ExampleProgram, path: string): Promise<WebSocket> {
  const client = new WebSocket(program.socketUrl(path));
  await once(client, "open");
  return client;
}

async function nextJson(client: WebSocket): Promise<unknown> {
  const [data] = (await once(client, "message")) as [Buffer];
  return JSON.parse(String(data));
}

async function ask(program: ExampleProgram, path: string) {
  const sent = request({ host: "127.0.0.1", port: program.port, path, agent: false }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}
