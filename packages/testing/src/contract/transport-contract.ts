import { describe, expect, it } from "vitest";
import { closingCases } from "./closing-cases.js";
import { measuringCases } from "./measuring-cases.js";
import { pausingCases } from "./pausing-cases.js";
import { receivingCases } from "./receiving-cases.js";
import { sendingCases } from "./sending-cases.js";
import { Subject, type MakeConnection } from "./subject.js";
import type { TransportCase } from "./transport-case.js";

/**
 * The contract of `Transport`: all its cases, and how they are run. A case is data, so that a test can also show that a broken transport
 * fails it.
 */

/** Every case of the contract. */
export const transportCases: readonly TransportCase[] = [
  ...receivingCases,
  ...pausingCases,
  ...sendingCases,
  ...measuringCases,
  ...closingCases,
];

/** Milliseconds of real time after which something that must happen is taken not to: a guard, not a measure. */
const PATIENCE = 5_000;

/** Declares the contract as vitest tests of one kind of transport. */
export function transportContract(name: string, make: MakeConnection): void {
  describe(`transport contract: ${name}`, () => {
    it.for(transportCases.map((each) => [each.name, each] as const))("%s", async ([, each], { skip }) => {
      const outcome = await runCase(each, make);
      if (outcome === "skipped") skip("the writes of this transport cannot be seen");
      expect(outcome).toBe("passed");
    });
  });
}

/** Runs one case and closes what it opened. Rejects when the transport does not keep the contract. */
export async function runCase(
  each: TransportCase,
  make: MakeConnection,
  patience = PATIENCE,
): Promise<"passed" | "skipped"> {
  const opened: Subject[] = [];
  try {
    if (each.needsWrites === true) {
      const probe = await Subject.open(make, patience, {});
      opened.push(probe);
      if (probe.connection.writes === undefined) return "skipped";
    }
    await each.run(async (options = {}) => {
      const subject = await Subject.open(make, patience, options);
      opened.push(subject);
      return subject;
    });
    return "passed";
  } finally {
    await Promise.all(opened.map(({ connection }) => connection.dispose()));
  }
}
