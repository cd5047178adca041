import type { BenchArguments } from "./arguments.js";
import type { Work } from "./work.js";

/**
 * How long and how often: what `--quick` and `--scale` come to. Pure; called by `main.ts` and the measurement.
 */

export interface Settings {
  /** Rounds that count. One before them is thrown away: code that nobody has called yet is not compiled. */
  readonly rounds: number;
  /** Milliseconds. */
  readonly warmUp: number;
  readonly window: number;
  /** Fresh processes that the memory of idle sessions is measured in, each with all of its sessions. */
  readonly memoryRounds: number;
  /** What numbers of sessions and handshakes are multiplied by; receivers stay, they are what a row is about. */
  readonly crowd: number;
}

/** What the arguments come to. */
export function settingsOf({ quick, scale }: Pick<BenchArguments, "quick" | "scale">): Settings {
  const base = quick
    ? { rounds: 3, warmUp: 60, window: 150, memoryRounds: 1, crowd: 0.25 }
    : { rounds: 5, warmUp: 250, window: 600, memoryRounds: 3, crowd: 1 };
  return {
    ...base,
    warmUp: Math.max(20, base.warmUp * scale),
    window: Math.max(30, base.window * scale),
    crowd: Math.min(1, base.crowd * scale),
  };
}

/** The work with its crowd scaled. */
export function scaledWork<W extends Work>(work: W, { crowd }: Pick<Settings, "crowd">): W {
  const scaled = (count: number): number => Math.max(64, Math.round(count * crowd));
  switch (work.kind) {
    case "connect":
      return { ...work, handshakes: scaled(work.handshakes) };
    case "idle":
      return { ...work, sessions: scaled(work.sessions) };
    default:
      return work;
  }
}
