import type { Mode, Work } from "./work.js";

/**
 * The rows of the table: what is measured, what it is compared with, and how far it has to get. Data; called by `main.ts`.
 */

/** What is compared, and how. */
export type Metric =
  /** Server processor time per message of the base, divided by that of the contender: larger is better. */
  | "cpu"
  /** Time to the acknowledgement, divided by that of the base: smaller is better. */
  | "acknowledged"
  /** Bytes per idle session beyond those of the base: smaller is better. */
  | "memory"
  /** What it does in a second, compared with nothing: larger is better. */
  | "rate";

/** What Wirespring has to reach, compared with a contender. */
export interface Goal {
  readonly against: string;
  readonly must: number;
  readonly aim: number;
}

/** One measurement of a row. */
export interface Case {
  /** Id of the row, and what tells its cases apart. */
  readonly row: string;
  readonly name: string;
  readonly title: string;
  readonly mode: Mode;
  readonly work: Work;
  readonly metric: Metric;
  readonly goals: readonly Goal[];
}

const ws = (must: number, aim: number): Goal => ({ against: "ws", must, aim });
const echo = (bytes: number, inFlight: number): Work => ({ kind: "echo", connections: 64, inFlight, bytes });
const broadcast = (receivers: number, burst: number, bytes: number): Work => ({
  kind: "broadcast",
  receivers,
  burst,
  bytes,
});

function made(
  row: string,
  name: string,
  title: string,
  [mode, work]: readonly [Mode, Work],
  goals: readonly Goal[],
  metric: Metric = "cpu",
): Case {
  return { row, name, title, mode, work, metric, goals };
}

/** All cases, in the order of the table. An asynchronous handler has to reach 60 % of what a synchronous one aims at. */
export const cases: readonly Case[] = [
  made("P1", "bytes", "Echo, 20 B, 1 in flight, bytes", ["echo", echo(20, 1)], [ws(0.97, 1.15)]),
  made("P1", "text", "Echo, 20 B, 1 in flight, text", ["text", echo(20, 1)], [ws(0.97, 1.15)]),
  made("P2", "sync", "Echo, 20 B, 16 in flight", ["echo", echo(20, 16)], [ws(7, 13)]),
  made("P2", "async", "Echo, 20 B, 16 in flight, async handler", ["async", echo(20, 16)], [ws(7.8, 7.8)]),
  made("P3", "sync", "Echo, 20 B, 64 in flight", ["echo", echo(20, 64)], [ws(7, 28)]),
  made("P3", "async", "Echo, 20 B, 64 in flight, async handler", ["async", echo(20, 64)], [ws(16.8, 16.8)]),
  made("P4", "", "Echo, 1 KiB, 16 in flight", ["echo", echo(1_024, 16)], [ws(4, 6.5)]),
  made(
    "P5",
    "",
    "JSON envelope, 16 in flight",
    ["json", echo(40, 16)],
    [ws(3, 4.7), { against: "nest", must: 6, aim: 8 }],
  ),
  made("P6", "100", "Broadcast, 64 B to 100, one at a time", ["topic", broadcast(100, 1, 64)], [ws(1.2, 1.28)]),
  made("P6", "1000", "Broadcast, 64 B to 1,000, one at a time", ["topic", broadcast(1_000, 1, 64)], [ws(1.2, 1.28)]),
  made("P7", "", "Broadcast, 64 B to 1,000, bursts of 8", ["topic", broadcast(1_000, 8, 64)], [ws(7, 9)]),
  made("P8", "256 B", "Broadcast, 256 B to 1,000, deflated", ["deflate", broadcast(1_000, 1, 256)], [ws(8, 10)]),
  made("P8", "4 KiB", "Broadcast, 4 KiB to 1,000, deflated", ["deflate", broadcast(1_000, 1, 4_096)], [ws(12, 16)]),
  made(
    "P9",
    "",
    "Publisher's acknowledgement, 1,000 receivers, p50",
    ["topic", broadcast(1_000, 1, 64)],
    [ws(0.1, 0.02)],
    "acknowledged",
  ),
  made("P10", "", "Connects", ["echo", { kind: "connect", handshakes: 3_000, inFlight: 64 }], [ws(0.95, 1.05)]),
  made("P11", "", "Memory of an idle session", ["echo", { kind: "idle", sessions: 10_000 }], [ws(600, 0)], "memory"),
  made(
    "P12",
    "",
    "Route match, 10,000 templates",
    ["echo", { kind: "routes", templates: 10_000 }],
    [{ against: "", must: 2e6, aim: 3e6 }],
    "rate",
  ),
];

/** The ids of the rows, each once. */
export const rowIds: readonly string[] = [...new Set(cases.map(({ row }) => row))];

/** The row, and what tells its cases apart. */
export function labelOf({ row, name }: Pick<Case, "row" | "name">): string {
  return name === "" ? row : `${row} ${name}`;
}
