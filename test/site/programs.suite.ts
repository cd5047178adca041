import { availableParallelism } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, DocPrograms } from "./doc-programs.js";

/**
 * The programs of the how-to pages do what the pages say. Run by `npm run docs -- --check`.
 */

const names = [
  "authentication",
  "from-nestjs",
  "from-socket-io",
  "from-ws",
  "kubernetes",
  "nginx",
  "scaling",
  "sending",
  "testing",
];

describe("the programs of", { timeout: 30_000 }, () => {
  let programs: DocPrograms;

  beforeAll(async () => {
    programs = await DocPrograms.compile(names.map((name) => `docs/how-to/${name}.md`));
  }, 60_000);

  afterAll(() => programs[Symbol.dispose]());

  it.each([
    ["plain ws", 0],
    ["Wirespring", 1],
  ])("from-ws: both programs behave alike, with %s", async (_name, index) => {
    const { url, stop } = await programs.start("docs/how-to/from-ws.md", index);
    const room = `${url}/chat/lobby`;
    const ada = await connect(`${room}?name=Ada`);
    expect(await ada.nextEvent()).toEqual({ type: "came", name: "Ada" });
    const bob = await connect(`${room}?name=Bob`, [], { Origin: url });
    expect(await ada.nextEvent()).toEqual({ type: "came", name: "Bob" });
    bob.socket.send(JSON.stringify({ text: "hello" }));
    expect(await ada.nextEvent()).toEqual({ type: "said", name: "Bob", text: "hello" });
    bob.socket.send("{}");
    expect((await bob.closed)[0]).toBe(1007);
    expect(await ada.nextEvent()).toEqual({ type: "left", name: "Bob" });
    await expect(connect(room, [], { Origin: "http://elsewhere.example" })).rejects.toThrow("403");
    await expect(connect(`${room}/kitchen`)).rejects.toThrow("404");
    expect(await stop()).toBe(0);
    expect((await ada.closed)[0]).toBe(1012);
  });

  it("from-nestjs: our program answers in the form of Nest's", async () => {
    const { url, stop } = await programs.start("docs/how-to/from-nestjs.md");
    const chat = `${url}/chat`;
    const ada = await connect(`${chat}?name=Ada`);
    const bob = await connect(`${chat}?name=Bob`);
    ada.socket.send(JSON.stringify({ event: "say", data: { text: "hello" } }));
    expect(await bob.nextEvent()).toEqual({ event: "said", data: { name: "Ada", text: "hello" } });
    ada.socket.close();
    expect(await bob.nextEvent()).toEqual({ event: "left", data: { name: "Ada" } });
    bob.socket.send(JSON.stringify({ event: "time" }));
    expect(await bob.nextEvent()).toEqual({ event: "time", data: expect.stringMatching(/^\d{4}-/) });
    expect(await stop()).toBe(0);
  });

  it("from-socket-io: our program answers by id, and tells the others", async () => {
    const { url, stop } = await programs.start("docs/how-to/from-socket-io.md");
    const chat = `${url}/chat`;
    await expect(connect(chat, ["chat.v1"])).rejects.toThrow("401");
    const [ada, bob] = [
      await connect(chat, ["chat.v1", "token.letmein"]),
      await connect(chat, ["chat.v1", "token.letmein"]),
    ];
    for (const guest of [ada, bob]) {
      guest.socket.send(JSON.stringify({ id: 1, type: "join", room: "lobby" }));
      expect(await guest.nextEvent()).toEqual({ type: "answer", id: 1, ok: true });
    }
    ada.socket.send(JSON.stringify({ id: 2, type: "say", room: "lobby", text: "hello" }));
    expect(await ada.nextEvent()).toEqual({ type: "answer", id: 2, ok: true });
    expect(await bob.nextEvent()).toEqual({ type: "said", room: "lobby", text: "hello" });
    expect(await stop()).toBe(0);
  });

  it("authentication: a cookie, a subprotocol, a first message", async () => {
    const page = "docs/how-to/authentication.md";
    const started = await Promise.all([0, 1, 2].map((index) => programs.start(page, index)));
    const [cookies, subprotocols, messages] = started.map(({ url }) => url) as [string, string, string];
    const account = (url: string): string => `${url}/account`;

    const answer = await fetch(`${cookies}/login?name=ada`, { method: "POST" });
    const cookie = answer.headers.get("set-cookie")!.split(";")[0]!;
    await expect(connect(account(cookies))).rejects.toThrow("401");
    const byCookie = await connect(account(cookies), [], { Cookie: cookie, Origin: cookies });
    byCookie.socket.send("hello");
    expect(await byCookie.next()).toBe("ada said hello");
    await expect(connect(account(cookies), [], { Cookie: cookie, Origin: "http://elsewhere.example" })).rejects.toThrow(
      "403",
    );

    await expect(connect(account(subprotocols), ["account.v1", "token.wrong"])).rejects.toThrow("401");
    const byProtocol = await connect(account(subprotocols), ["account.v1", "token.letmein"]);
    expect(byProtocol.socket.protocol).toBe("account.v1");
    byProtocol.socket.send("hello");
    expect(await byProtocol.next()).toBe("ada said hello");

    const stranger = await connect(account(messages));
    stranger.socket.send("wrong");
    expect((await stranger.closed)[0]).toBe(4401);
    const byMessage = await connect(account(messages));
    byMessage.socket.send("letmein");
    byMessage.socket.send("hello");
    expect([await byMessage.next(), await byMessage.next()]).toEqual(["welcome, ada", "ada said hello"]);
    expect(await Promise.all(started.map(({ stop }) => stop()))).toEqual([0, 0, 0]);
  });

  it("testing: all tests of the page pass", async () => {
    expect(await programs.run("docs/how-to/testing.md", "door-endpoint-test.js")).toContain("# pass 7\n# fail 0\n");
  });

  it("sending: a route tells whoever waits for an order", async () => {
    const { url, stop } = await programs.start("docs/how-to/sending.md");
    const guest = await connect(`${url}/orders/17`);
    expect(await (await fetch(`${url}/paid/17`)).text()).toBe("told 1\n");
    expect(await guest.nextEvent()).toEqual({ order: "17", state: "paid" });
    expect(await (await fetch(`${url}/paid/18`)).text()).toBe("told 0\n");
    expect(await stop()).toBe(0);
  });

  it("scaling: clients of different processes hear each other", async () => {
    const { url, stop } = await programs.start("docs/how-to/scaling.md");
    const first = await connect(`${url}/rooms/lobby`);
    first.socket.send("hello");
    const process = (await first.next()).split(":")[0]!;
    // A process that has started later gets one of the next connections.
    let other: string | undefined;
    while (other === undefined) {
      const guest = await connect(`${url}/rooms/lobby`);
      guest.socket.send("hello");
      const line = await first.next();
      expect(line).toMatch(/^\d+: hello$/);
      expect(await guest.next()).toBe(line);
      guest.socket.terminate();
      if (!line.startsWith(`${process}:`) || availableParallelism() === 1) other = line;
    }
    expect(await stop()).toBe(0);
    expect((await first.closed)[0]).toBe(1012);
  });
});
