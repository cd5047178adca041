import type { RawClient } from "@wirespring/testing";
import { once } from "node:events";
import { expect } from "vitest";
import { WebSocket } from "ws";
import { echo, ExhaustedProgram } from "../../integration/exhausted-program.js";
import { CaseList } from "../case-list.js";
import { least } from "../latency.js";
import type { Broadcast, Broadcasted } from "../programs/fan-out.js";
import type { HostileServer } from "../stage.js";

/** One slow peer among many, no memory, no files, and the end under load: F11 to F13 and F15. */
export const faultLoadCases = new CaseList();

const FAN_OUT = { program: "fan-out" };
const KIB = 1_024;
const MIB = KIB * KIB;

/** The number that a message begins with. */
function numberOf(payload: Buffer): number {
  return Number(payload.toString("latin1", 0, payload.indexOf(":")));
}

const LISTENERS = 20;
const ROOM: Omit<Broadcast, "path"> = { messages: 1_000, size: 8 * KIB };

async function expectAll(client: RawClient): Promise<void> {
  for (let number = 0; number < ROOM.messages; number++)
    expect(numberOf((await client.nextFrame()).payload)).toBe(number);
}

faultLoadCases.add(
  "F11",
  "one of 21 in a room does not read: 1013 for it, all in order for the others",
  async (stage) => {
    const server = await stage.serve(FAN_OUT);
    const others = await Promise.all(Array.from({ length: LISTENERS }, () => server.open("/room")));
    let rounds = 0;
    const grown = await least(2 * MIB, async () => {
      rounds++;
      const slow = await server.open("/room");
      slow.stall();
      const before = await server.memory();
      const broadcast: Broadcast = { path: "/room", ...ROOM };
      const [{ sends, buffered }] = await Promise.all([
        server.call<Broadcasted>("broadcast", broadcast),
        ...others.map(expectAll),
      ]);
      // A megabyte of its own, what is with the network, and what the others are sent at a time.
      expect(buffered).toBeLessThan(2 * MIB);
      expect(sends["sent"]).toBeGreaterThanOrEqual(LISTENERS * ROOM.messages);
      const { heapUsed, arrayBuffers } = await server.memory();
      await server.skip(5_100);
      expect((await server.metrics()).sessionsOpen).toBe(LISTENERS);
      return heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers;
    });
    expect(grown).toBeLessThanOrEqual(2 * MIB);
    await server.logged({ event: "limit.hit", limit: "outbox", endpoint: "/room", ip: "127.0.0.1" });
    expect(await server.outcome()).toMatchObject({
      sessionsOpened: LISTENERS + rounds,
      sessionsClosed: { 1013: rounds, 1006: LISTENERS },
      limitHits: { outbox: rounds },
    });
  },
);

faultLoadCases.add("F11", "a peer that reads again after a while: what it misses is counted exactly", async (stage) => {
  const server = await stage.serve(FAN_OUT);
  const others = await Promise.all(Array.from({ length: LISTENERS }, () => server.open("/room/drop")));
  const slow = await server.open("/room/drop");
  slow.stall();
  const broadcast: Broadcast = { path: "/room/drop", ...ROOM };
  await Promise.all([server.call<Broadcasted>("broadcast", broadcast), ...others.map(expectAll)]);
  const { sendsDropped = 0 } = (await server.changes()) as { readonly sendsDropped?: number };
  expect(sendsDropped).toBeGreaterThan(0);
  slow.unstall();
  const numbers: number[] = [];
  while (numbers.length < ROOM.messages - sendsDropped) numbers.push(numberOf((await slow.nextFrame()).payload));
  expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
  expect(numbers.at(-1)).toBe(ROOM.messages - 1);
  expect(await server.outcome()).toEqual({
    sessionsOpened: LISTENERS + 1,
    sessionsClosed: { 1006: LISTENERS + 1 },
    sendsDropped,
  });
});

faultLoadCases.add(
  "F12",
  "300 ask while the heap is full: 503 each, who is in stays, and all is well again",
  async () => {
    await using program = await ExhaustedProgram.start("true", "--max-old-space-size=64", "--expose-gc");
    const inside = await Promise.all(Array.from({ length: 10 }, () => program.upgrade()));
    expect(inside.map(({ status }) => status)).toEqual(inside.map(() => 101));
    await program.tell("fillHeap");
    await program.tell("skipSecond");
    for (let round = 0; round < 30; round++) {
      const refused = await Promise.all(Array.from({ length: 10 }, () => program.upgrade()));
      for (const { status, headers, client } of refused) {
        expect([status, headers.get("retry-after")]).toEqual([503, ["5"]]);
        client.destroy();
      }
      for (const { client } of inside) expect(await echo(client, `round ${round}`)).toBe(`round ${round}`);
    }
    expect(await program.health()).toBe(200);
    await program.tell("emptyHeap");
    await program.tell("skipSecond");
    expect((await program.upgrade()).status).toBe(101);
    expect(await program.tell("refused")).toEqual({ memory: 300 });
    const lines = program.logged('"event":"upgrade.refused"');
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ reason: "memory", status: 503, ip: "127.0.0.1" });
    program.leave();
    await expectLeft(program);
  },
);

/** Nobody is left in the program, and it ends by itself. */
async function expectLeft(program: ExhaustedProgram): Promise<void> {
  await expect.poll(() => program.tell("open")).toBe(0);
  expect(await program.end()).toBe(0);
  expect(program.logged('"event":"error"')).toEqual([]);
}

faultLoadCases.add(
  "F13",
  "300 connections at 256 files: 503 for some, health checks answered, then all is well",
  async () => {
    await using program = await ExhaustedProgram.start("ulimit -n 256");
    const statuses = new Map<number, number>();
    for (let count = 0; count < 215; count++) {
      const { status } = await program.upgrade();
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses]).toEqual([
      [101, 207],
      [503, 8],
    ]);
    expect(await program.health()).toBe(200);
    expect(await program.tell("refused")).toEqual({ connections: 8 });
    const [line] = program.logged('"event":"upgrade.refused"');
    expect(JSON.parse(line!)).toMatchObject({ reason: "connections", status: 503, ip: "127.0.0.1" });
    program.leave();
    await expect.poll(() => program.tell("open")).toBe(0);
    expect((await program.upgrade()).status).toBe(101);
    program.leave();
    await expectLeft(program);
  },
);

faultLoadCases.add(
  "F13",
  "no file is left at all: who asks is turned away, who is in stays, within 1 s all is well",
  async () => {
    await using program = await ExhaustedProgram.start("ulimit -n 256");
    const { client } = await program.upgrade();
    await program.tell("fillFiles");
    const turnedAway = await Promise.all(Array.from({ length: 50 }, () => program.health()));
    expect(turnedAway).toEqual(turnedAway.map(() => 0));
    expect(await echo(client, "still here")).toBe("still here");
    await program.tell("emptyFiles");
    const began = performance.now();
    expect(await program.health()).toBe(200);
    expect((await program.upgrade()).status).toBe(101);
    expect(performance.now() - began).toBeLessThan(1_000);
    program.leave();
    await expectLeft(program);
  },
);

/** A peer like a browser that talks all the time, and what it has got for it. */
class Talker {
  readonly closed: Promise<readonly [code: number, reason: string]>;
  said = 0;
  answered = 0;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = once(socket, "close").then(([code, reason]) => [code as number, String(reason)] as const);
    socket.on("message", (data: Buffer) => {
      // In order, and each once.
      expect(String(data)).toBe(`hello ${this.answered++}`);
      this.#say();
    });
  }

  static async start(server: HostileServer): Promise<Talker> {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/work`);
    await once(socket, "open");
    const talker = new Talker(socket);
    talker.#say();
    return talker;
  }

  #say(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(`hello ${this.said++}`);
  }
}

const TALKERS = 50;

faultLoadCases.add(
  "F15",
  "SIGTERM under load: 1012 with a time of its own for each, handlers end, exit code 0",
  async (stage) => {
    const server = await stage.serve({ ...FAN_OUT, alone: true });
    const talkers = await Promise.all(Array.from({ length: TALKERS }, () => Talker.start(server)));
    const worker = new WebSocket(`ws://127.0.0.1:${server.port}/work`);
    await once(worker, "open");
    const result = once(worker, "message");
    const left = once(worker, "close");
    worker.send("slow");
    await server.call("working", 1);
    const early = await server.connect();
    const began = performance.now();
    server.process.kill("SIGTERM");
    await server.logged({ event: "application.signal", signal: "SIGTERM" });
    // A connection that was there before gets an answer, a new one gets nowhere.
    const { status, headers } = await early.upgrade({ path: "/work" });
    expect([status, headers.get("retry-after")]).toEqual([503, ["5"]]);
    await expect(server.connect()).rejects.toThrow("ECONNREFUSED");
    const closes = await Promise.all(talkers.map(({ closed }) => closed));
    expect(new Set(closes.map(([code]) => code))).toEqual(new Set([1012]));
    const times = closes.map(([, reason]) => /^retry=(\d+)$/.exec(reason)?.[1]);
    expect(times).not.toContain(undefined);
    expect(new Set(times).size).toBeGreaterThan(TALKERS / 2);
    for (const { said, answered } of talkers) {
      expect(answered).toBeGreaterThan(0);
      // The last one may have been on its way when the server said goodbye.
      expect(said - answered).toBeLessThanOrEqual(1);
    }
    // The handler that is at work is waited for.
    await server.call("finish");
    expect(String((await result)[0])).toMatch(/^slow/);
    expect((await left)[0]).toBe(1012);
    expect(performance.now() - began).toBeLessThan(30_000);
    const { sessionsClosed, limitHits, errors } = await server.changes();
    expect([sessionsClosed, limitHits, errors]).toEqual([{ 1012: TALKERS + 1 }, undefined, undefined]);
  },
);

faultLoadCases.add("F15", "SIGTERM while a handler never ends: given up after 30 s, exit code 0", async (stage) => {
  const server = await stage.serve({ ...FAN_OUT, limits: { handlerTimeout: 60_000 }, alone: true });
  const client = await server.open("/work");
  client.frame({ opcode: 1, payload: "slow" });
  await server.call("working", 1);
  server.process.kill("SIGTERM");
  await server.logged({ event: "application.signal" });
  await server.skip(29_000);
  expect((await server.metrics()).sessionsOpen).toBe(1);
  await server.skip(1_100);
  await server.logged({ event: "drain.timeout", sessions: 1 });
  await client.untilEnded();
  await server.call("finish");
});

faultLoadCases.add("F15", "a second SIGTERM: gone within 1 s, by the shell's code for it", async (stage) => {
  const server = await stage.serve({ ...FAN_OUT, alone: true });
  const talkers = await Promise.all(Array.from({ length: TALKERS }, () => Talker.start(server)));
  const client = await server.open("/work");
  client.frame({ opcode: 1, payload: "slow" });
  await server.call("working", 1);
  server.kill("SIGTERM");
  await server.logged({ event: "application.signal" });
  const began = performance.now();
  server.kill("SIGTERM");
  expect(await server.process.exited).toEqual({ code: 143, signal: null });
  expect(performance.now() - began).toBeLessThan(1_000);
  await Promise.all(talkers.map(({ closed }) => closed));
});
