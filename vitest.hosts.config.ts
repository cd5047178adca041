import { mergeConfig } from "vitest/config";
import { expectedIds } from "./test/hosts/expected-ids.js";
import { Totals } from "./test/totals.js";
import base from "./vitest.config.js";

export default mergeConfig(
  { ...base, test: { ...base.test, include: [], globalSetup: [] } },
  {
    test: {
      include: ["test/hosts/*.suite.ts"],
      globalSetup: ["test/hosts/installation.ts"],
      reporters: [["default", { summary: false }], new Totals(expectedIds, { complete: true })],
    },
  },
);
