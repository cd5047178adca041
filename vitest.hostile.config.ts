import { mergeConfig } from "vitest/config";
import { expectedIds, idOf } from "./test/hostile/expected-ids.js";
import { Totals } from "./test/totals.js";
import base from "./vitest.config.js";

export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  { test: { include: ["test/hostile/*.suite.ts"], reporters: ["dot", new Totals(expectedIds, { idOf })] } },
);
