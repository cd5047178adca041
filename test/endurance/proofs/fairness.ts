import { Opcode } from "@wirespring/testing";
import { fork } from "node:child_process";
import { once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { Peer } from "../peer.js";
import { ms, type Bench, type Proof } from "../proof.js";

/** One peer sends as much as it can: ten others do not notice. */

const FLOOD = fileURLToPath(new URL("../../dist/endurance/flood-program.js", import.meta.url));

/** Milliseconds in which 99 of 100 answers have to be there. */
const ALLOWED = 50;

const CLIENTS = 10;

/** Milliseconds between two messages of one client. */
const PACE = 20;

/** What else the machine does can only add to a wait: the best of so many rounds counts. */
const ROUNDS = 3;

interface Waits {
  readonly count: number;
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
  /** What one of a hundred turns of this process was late, at least. */
  readonly ownLag: number;
}

/** A client of an echo: tells how long an answer takes, milliseconds. */
async function openClient(port: number): Promise<() => Promise<number>> {
  let heard = (): void => {};
  const peer = await Peer.open(port, { path: "/echo", heard: () => heard() });
  const lost = peer.ended.then(({ code }) => {
    throw new Error(`an ordinary client was closed with ${code}`);
  });
  // Also where nothing is asked any more.
  lost.catch(() => {});
  return () => {
    const asked = performance.now();
    const answered = new Promise<number>((resolve) => (heard = () => resolve(performance.now() - asked)));
    peer.send({ opcode: Opcode.TEXT, payload: "hello" });
    return Promise.race([answered, lost]);
  };
}

async function measure(clients: readonly (() => Promise<number>)[], duration: number): Promise<Waits> {
  const lag = monitorEventLoopDelay({ resolution: 1 });
  lag.enable();
  const until = performance.now() + duration;
  const waits: number[] = [];
  const talk = async (ask: () => Promise<number>): Promise<void> => {
    while (performance.now() < until) {
      waits.push(await ask());
      await setTimeout(PACE);
    }
  };
  await Promise.all(clients.map(talk));
  lag.disable();
  waits.sort((one, other) => one - other);
  const at = (share: number): number => waits[Math.floor((waits.length - 1) * share)]!;
  return { count: waits.length, median: at(0.5), p99: at(0.99), longest: at(1), ownLag: lag.percentile(99) / 1e6 };
}

function said({ count, median, p99, longest, ownLag }: Waits): string {
  return `${count} answers, median ${ms(median)}, p99 ${ms(p99)}, longest ${ms(longest)}; own lag p99 ${ms(ownLag)}`;
}

async function run(bench: Bench): Promise<void> {
  const duration = bench.scaled(20_000);
  const server = await bench.serve();
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => openClient(server.port)));
  bench.figure(`without a flood: ${said(await measure(clients, duration / 2))}`);
  const flood = fork(FLOOD, [String(server.port)], { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const gone = once(flood, "exit");
  try {
    await Promise.race([once(flood, "message"), gone]);
    let best = Infinity;
    for (let round = 0; round < ROUNDS && best > ALLOWED; round++) {
      const before = (await server.ask("echoed")) as number;
      const waits = await measure(clients, duration);
      const rate = Math.round((((await server.ask("echoed")) as number) - before) / (duration / 1_000));
      bench.figure(`beside ${rate} messages a second: ${said(waits)}`);
      best = Math.min(best, waits.p99);
    }
    expect(flood.exitCode, "the flood goes on").toBe(null);
    expect(best, "p99 of the others' waits, milliseconds").toBeLessThanOrEqual(ALLOWED);
  } finally {
    flood.kill("SIGKILL");
    await gone;
  }
}

export const fairnessProof: Proof = { name: "fairness", run };
