import { EventEmitter, once } from "node:events";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { describe, expect, it } from "vitest";
import type { Clock } from "../clock.js";
import type { LogRecord } from "../logger.js";
import { connectionsBeside, connectionsFor, descriptorLimit, guardAccepts, sessionsAmong } from "./accept-guard.js";

function setUp(server: Server, connections: number) {
  const time = { now: 0 };
  const clock: Clock = { now: () => time.now, wallTime: () => 0, setTimer: () => ({ cancel() {} }) };
  const log: LogRecord[] = [];
  const keep = (record: LogRecord): void => void log.push(record);
  guardAccepts(server, connections, { clock, logger: { debug: keep, info: keep, warn: keep, error: keep } });
  return { time, log };
}

describe("the room of a server (F13)", () => {
  it("is nine tenths of the files, and nine tenths of that for sessions", () => {
    expect([256, 1_024, 1].map(connectionsFor)).toEqual([230, 921, 1]);
    expect([230, 921, 1].map(sessionsAmong)).toEqual([207, 828, 1]);
  });

  it("is unknown where the system does not say it", () => {
    expect([connectionsFor(undefined), sessionsAmong(0)]).toEqual([0, 0]);
  });

  it("is a tenth more than the sessions that the application takes, at least 1 000 more, and never beyond the files (T10)", () => {
    expect(connectionsBeside(5, 230)).toBe(230);
    expect(connectionsBeside(5, 0)).toBe(1_005);
    expect(connectionsBeside(90_000, 943_718)).toBe(99_000);
    expect(connectionsBeside(0, 230)).toBe(230);
    expect(connectionsBeside(0, 0)).toBe(Infinity);
  });

  it("is asked of this process", () => {
    const files = descriptorLimit();
    expect(files === undefined || (Number.isInteger(files) && files > 0)).toBe(true);
  });
});

describe("guardAccepts", () => {
  it("bounds the connections of a server", () => {
    const server = createServer();
    setUp(server, 230);
    expect(server.maxConnections).toBe(230);
    const unbounded = createServer();
    setUp(unbounded, Infinity);
    expect(unbounded.maxConnections).toBe(createServer().maxConnections);
  });

  it("survives an accept that fails, and one line a second says so", () => {
    const server = new EventEmitter() as Server;
    const { time, log } = setUp(server, 1);
    const tooMany = Object.assign(new Error("accept EMFILE"), { code: "EMFILE" });
    for (let count = 0; count < 5; count++) server.emit("error", tooMany);
    time.now = 999;
    server.emit("drop");
    time.now = 1_000;
    server.emit("drop");
    expect(log).toEqual([
      { event: "http.connection.dropped", problem: "EMFILE", turnedAway: 1 },
      { event: "http.connection.dropped", problem: "maxConnections", turnedAway: 6 },
    ]);
  });

  it("hears of the connections that Node drops", async () => {
    const server = createServer((socket) => void socket.on("error", () => socket.destroy()));
    const { log } = setUp(server, 1);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const first = connect(port, "127.0.0.1");
    await once(first, "connect");
    const second = connect(port, "127.0.0.1");
    second.on("error", () => second.destroy());
    await once(second, "close");
    expect(log).toEqual([{ event: "http.connection.dropped", problem: "maxConnections", turnedAway: 1 }]);
    first.destroy();
    server.close();
    await once(server, "close");
  });
});
