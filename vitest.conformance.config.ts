import { mergeConfig } from "vitest/config";
import { expectedIds } from "./test/conformance/expected-ids.js";
import { Totals } from "./test/totals.js";
import base from "./vitest.config.js";

// `npm run conformance -- --complete` also fails for cases that are missing.
const complete = process.argv.includes("--complete");

export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  { test: { include: ["test/conformance/*.suite.ts"], reporters: ["dot", new Totals(expectedIds(), { complete })] } },
);
