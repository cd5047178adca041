import { OnClose, OnMessage, OnOpen, ServerEndpoint, Session } from "wirespring";
import { EventEmitter } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { startApplication } from "./test-application.js";

const news = new EventEmitter();
let intervals: NodeJS.Timeout[] = [];

@ServerEndpoint("/news/{care}")
class News {
  readonly #tell = (): void => {};
  #interval: NodeJS.Timeout | undefined;

  @OnOpen()
  opened(session: Session): void {
    if (session.pathParameters.get("care") === "none") this.#interval = setInterval(() => {}, 60_000);
    else setInterval(() => {}, 60_000).close();
    if (this.#interval) intervals.push(this.#interval);
    news.on("news", this.#tell);
    process.on("SIGHUP", this.#tell);
  }

  @OnMessage()
  async hang(_text: string): Promise<void> {
    await new Promise(() => {});
  }

  @OnClose()
  closed(session: Session): void {
    if (session.pathParameters.get("care") === "none") return;
    news.off("news", this.#tell);
    process.off("SIGHUP", this.#tell);
  }
}

describe("leaks", () => {
  afterEach(() => {
    for (const interval of intervals) clearInterval(interval);
    intervals = [];
    news.removeAllListeners();
    process.removeAllListeners("SIGHUP");
  });

  it("tells nothing of an endpoint that clears up", async () => {
    await using application = await startApplication(News, { emitters: [news] });
    const client = await application.openSession({ path: "/news/good" });
    expect(await application.leaks()).toEqual([
      `session ${client.session.id} at /news/{care} is open: its client has not left`,
      expect.stringMatching(/^a timer of the clock is set; the next one is due in \d+ ms$/),
      'process has 1 more listener for "SIGHUP"',
      'emitters[0], EventEmitter, has 1 more listener for "news"',
    ]);
    await client.leave();
    expect(await application.leaks()).toEqual([]);
  });

  it("tells what is left of clients that have gone, and where a timer was set", async () => {
    await using application = await startApplication(News, { emitters: [news] });
    for (let count = 0; count < 2; count++) await (await application.openSession({ path: "/news/none" })).leave();
    const interval = expect.stringMatching(
      /^an interval of 60000 ms is set at (Proxy|News)\.opened \(.*leak-report\.test\.ts:\d+:\d+\)$/,
    );
    expect(await application.leaks()).toEqual([
      interval,
      interval,
      'process has 2 more listeners for "SIGHUP"',
      'emitters[0], EventEmitter, has 2 more listeners for "news"',
    ]);
    for (const each of intervals) clearInterval(each);
    await application.settle();
    expect((await application.leaks()).filter((leak) => leak.includes("interval"))).toEqual([]);
  });

  it("tells of sessions that do not end", async () => {
    await using application = await startApplication(News, { leaks: true, patience: 0 });
    const stuck = await application.openSession({ path: "/news/good" });
    stuck.send("hang");
    await application.settle();
    stuck.drop();
    expect((await application.leaks())[0]).toBe(
      `session ${stuck.session.id} at /news/{care} has ended, and a handler of it still runs`,
    );
    const silent = await application.openSession({ path: "/news/good" });
    silent.vanish();
    expect(await application.leaks()).toContain(
      `session ${silent.session.id} at /news/{care} is open: its client has vanished`,
    );
  });

  it("is asked for beforehand", async () => {
    await using application = await startApplication(News);
    await expect(application.leaks()).rejects.toThrow("start it with startApplication(..., { leaks: true })");
  });

  it("does not take for a leak what the test sets itself, nor what was there before", async () => {
    news.on("news", () => {});
    await using application = await startApplication(News, { emitters: [news] });
    intervals.push(setInterval(() => {}, 60_000));
    const client = await application.openSession({ path: "/news/good" });
    intervals.push(setInterval(() => {}, 60_000));
    await client.leave();
    expect(await application.leaks()).toEqual([]);
  });
});
