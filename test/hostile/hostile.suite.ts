import { afterAll, describe, expect, it } from "vitest";
import { allCases } from "./all-cases.js";
import type { HostileCase } from "./case-list.js";
import { expectedIds } from "./expected-ids.js";
import { ServerPool } from "./server-pool.js";
import { Stage } from "./stage.js";

/** Longer than any case needs, shorter than patience. */
const TIMEOUT = 30_000;

const pool = new ServerPool();

// Every server that cases have shared ends by itself, with nothing left to do.
afterAll(async () => {
  const problems = await pool.end();
  if (problems.length > 0) throw new Error(problems.join("\n"));
});

describe.each(expectedIds)("%s", (id) => {
  for (const { what, run } of casesOf(id)) it(`${id} ${what}`, () => play(run), TIMEOUT);
});

/** An id without a case fails. */
function casesOf(id: string): readonly HostileCase[] {
  const cases = allCases.filter((each) => each.id === id);
  const missing = async (): Promise<void> => expect.fail(`nothing shows ${id}`);
  return cases.length > 0 ? cases : [{ id, what: "has a case", run: missing }];
}

async function play(run: HostileCase["run"]): Promise<void> {
  const stage = new Stage(pool);
  const failure = await run(stage).then(() => undefined, asError);
  const problems = await stage.end();
  // What a case has found comes first: the rest may be its consequence.
  if (failure !== undefined) throw failure;
  expect(problems, "the server is alive and as it was").toEqual([]);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
