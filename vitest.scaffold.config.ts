import { mergeConfig } from "vitest/config";
import { expectedCases } from "./test/create/template-list.js";
import { Totals } from "./test/totals.js";
import base from "./vitest.config.js";

export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  { test: { include: ["test/create/*.suite.ts"], reporters: ["verbose", new Totals(expectedCases())] } },
);
