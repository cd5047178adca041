import { encodeFrame, type RawClient } from "@wirespring/testing";
import { expect } from "vitest";
import { CaseList } from "../case-list.js";
import { least } from "../latency.js";
import type { HostileServer } from "../stage.js";

/** Connections that break, or are closed while something waits: F07 and F09. */
export const faultConnectionCases = new CaseList();

const FAULTS = { program: "faults" };
const MIB = 1_048_576;
const REPEATS = 1_000;
/** So many come first: code is compiled for them, and buffers are made. */
const WARM = 1_000;

/** Does something as often, some at a time. */
async function repeat(count: number, run: () => Promise<void>): Promise<void> {
  let left = count;
  const some = async (): Promise<void> => {
    while (left-- > 0) await run();
  };
  await Promise.all(Array.from({ length: 10 }, some));
}

const HALF = encodeFrame({ opcode: 1, payload: "x".repeat(30_000), length: 60_000 });

/** Resets in the middle of a frame of the peer's. */
async function resetInFrame(server: HostileServer): Promise<void> {
  const client = await server.open("/large");
  client.write(HALF);
  await server.call("turn");
  client.reset();
}

/** Resets in the middle of a message of ours. */
async function resetInSend(server: HostileServer, size: number): Promise<void> {
  const client = await server.open("/large");
  client.stall();
  client.frame({ opcode: 1, payload: String(size) });
  await server.call("turn");
  client.reset();
}

for (const [what, run] of [
  ["in the middle of a frame", resetInFrame],
  ["in the middle of 1 MiB that is sent to it", (server: HostileServer) => resetInSend(server, MIB)],
] as const)
  faultConnectionCases.add("F07", `1 000 peers reset ${what}: 1006, once each, and no memory`, async (stage) => {
    const server = await stage.serve(FAULTS);
    await server.call("heard");
    await repeat(WARM, () => run(server));
    let count = WARM;
    const grown = await least(5 * MIB, async () => {
      await server.call("left", 0);
      const before = await server.memory();
      await repeat(REPEATS, () => run(server));
      count += REPEATS;
      await server.call("left", 0);
      return (await server.memory()).rss - before.rss;
    });
    expect(grown).toBeLessThanOrEqual(5 * MIB);
    expect(await server.outcome()).toMatchObject({ sessionsOpened: count, sessionsClosed: { 1006: count } });
    expect(await server.call("heard")).toEqual(Array.from({ length: count }, () => "close 1006"));
  });

/** Code of the rejection, and of its cause. */
const RESET = "WS_SESSION_FAILED ECONNRESET";

faultConnectionCases.add("F07", "sends that wait when the peer resets are rejected, within 100 ms", async (stage) => {
  const server = await stage.serve(FAULTS);
  const before = await server.call<Readonly<Record<string, number>>>("sends");
  let rounds = 0;
  const took = await least(100, async () => {
    rounds++;
    const client = await server.open("/large");
    client.stall();
    client.frame({ opcode: 1, payload: String(16 * MIB) });
    // Until the network takes no more.
    while ((await server.metrics()).bufferedBytes === 0) await server.call("turn");
    const began = performance.now();
    client.reset();
    await server.call("left", 0);
    return performance.now() - began;
  });
  expect(took).toBeLessThanOrEqual(100);
  const after = await server.call<Readonly<Record<string, number>>>("sends");
  expect((after[RESET] ?? 0) - (before[RESET] ?? 0)).toBe(rounds);
  await server.logged({ event: "transport.failed", endpoint: "/large", ip: "127.0.0.1" });
  expect(await server.outcome()).toEqual({
    sessionsOpened: rounds,
    sessionsClosed: { 1006: rounds },
    errors: { transport: rounds },
    sendsFailed: rounds,
  });
  await server.call("heard");
});

/** Has a session's input held: its handler is at work, and more waits than its mailbox takes. */
async function heldInput(server: HostileServer): Promise<RawClient> {
  await server.call("stick");
  const client = await server.open("/stuck");
  const message = encodeFrame({ opcode: 1, payload: "x".repeat(60_000) });
  for (let count = 0; count < 100; count++) client.write(message);
  for (let turn = 0; turn < 50; turn++) await server.call("turn");
  return client;
}

/** Has a session's output wait: its peer reads nothing. */
async function heldOutput(server: HostileServer): Promise<RawClient> {
  const client = await server.open("/large");
  client.stall();
  client.frame({ opcode: 1, payload: String(16 * MIB) });
  while ((await server.metrics()).bufferedBytes === 0) await server.call("turn");
  return client;
}

const HELD = [
  ["input is held", heldInput],
  ["output waits", heldOutput],
] as const;

for (const [what, hold] of HELD) {
  faultConnectionCases.add("F09", `closed by us while its ${what}: over in 5 s`, async (stage) => {
    const server = await stage.serve(FAULTS);
    await hold(server);
    const closing = server.call("closeAll");
    await server.call("finish");
    await server.skip(5_100);
    await closing;
    expect((await server.metrics()).sessionsOpen).toBe(0);
    expect((await server.outcome()).sessionsOpened).toBe(1);
    await server.call("heard");
  });

  for (const leave of ["end", "reset"] as const)
    faultConnectionCases.add("F09", `its peer leaves by ${leave} while its ${what}: over in 5 s`, async (stage) => {
      const server = await stage.serve(FAULTS);
      const client = await hold(server);
      if (leave === "end") client.frame({ opcode: 8 });
      client[leave]();
      await server.call("turn");
      await server.call("finish");
      await server.skip(5_100);
      await server.call("left", 0);
      expect((await server.outcome()).sessionsOpened).toBe(1);
      await server.call("heard");
    });

  faultConnectionCases.add(
    "F09",
    `the server is stopped while its ${what}: over in 5 s, exit code 0`,
    async (stage) => {
      const server = await stage.serve({ ...FAULTS, alone: true });
      await hold(server);
      // Not by `kill`: this process has to end by itself, and well.
      server.process.kill("SIGTERM");
      await server.logged({ event: "application.signal" });
      await server.call("finish");
      await server.skip(31_000);
      await server.call("left", 0);
      await server.call("finish");
    },
  );
}
