import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultContainerLimits, defaultLimits } from "../../packages/wirespring/src/limits.js";
import { root } from "./repository.js";

/** Milliseconds and bytes. A change here changes what every application is protected by: say so in the changelog. */
const table = {
  maxTextMessageSize: 65_536,
  maxBinaryMessageSize: 65_536,
  maxFrameSize: 1_048_576,
  maxStreamSize: 0,
  maxInflation: 100,
  streamByteTimeout: 30_000,
  streamReadTimeout: 30_000,
  mailboxMessages: 64,
  mailboxBytes: 262_144,
  assemblyTimeout: 30_000,
  handlerTimeout: 30_000,
  turnMessages: 1_024,
  turnTime: 2,
  messageRate: 0,
  messageBurst: 0,
  messageRateTimeout: 10_000,
  controlRate: 20,
  outboxHighMark: 262_144,
  outboxLimit: 1_048_576,
  slowConsumerBytes: 65_536,
  slowConsumerTimeout: 10_000,
  maxTopics: 128,
  heartbeatInterval: 25_000,
  heartbeatTimeout: 20_000,
  openTimeout: 10_000,
  handshakeTimeout: 10_000,
  closeTimeout: 5_000,
  maxTargetLength: 2_048,
  maxHeaderBytes: 16_384,
  maxSubprotocols: 16,
  maxQueryParameters: 64,
  maxPendingUpgrades: 500,
  maxConnections: 0,
  maxConnectionsPerAddress: 0,
  maxConnectionsPerPrincipal: 0,
  upgradeRate: 0,
  upgradeBurst: 0,
  maxHeapUsage: 85,
  maxOutboxBytes: 0,
  headersTimeout: 10_000,
  drainTimeout: 30_000,
};

/** The defaults that doc comments name, by the property they stand before. */
function documentedDefaults(source: string): Record<string, number> {
  const found = source.matchAll(/Default (\d[\d ]*)\. \*\/\n\s*readonly (\w+):/g);
  return Object.fromEntries([...found].map(([, value, name]) => [name!, Number(value!.replaceAll(" ", ""))]));
}

describe("the defaults", () => {
  it("are the ones of this table", () => {
    expect({ ...defaultLimits, ...defaultContainerLimits }).toEqual(table);
  });

  it("cannot be changed by anybody at run time", () => {
    expect(Object.isFrozen(defaultLimits) && Object.isFrozen(defaultContainerLimits)).toBe(true);
  });

  it("stand in their doc comments, too", () => {
    expect(documentedDefaults(readFileSync(join(root, "packages/wirespring/src/limits.ts"), "utf8"))).toEqual(table);
  });
});

describe("documentedDefaults", () => {
  it("reads numbers with thin groups", () => {
    expect(documentedDefaults("/** Longest. Default 65 536. */\n  readonly size: number;")).toEqual({ size: 65_536 });
  });
});
