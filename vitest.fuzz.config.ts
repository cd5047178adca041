import { mergeConfig } from "vitest/config";
import { readBudget } from "./test/fuzz/budget.js";
import { InputsReport } from "./test/fuzz/inputs-report.js";
import base from "./vitest.config.js";

const [, ...given] = process.argv.slice(process.argv.indexOf("--"));
const fuzz = readBudget(process.argv.includes("--") ? given : []);

export default mergeConfig(
  { ...base, test: { ...base.test, include: [], globalSetup: [] } },
  {
    test: {
      include: ["test/fuzz/*.suite.ts"],
      provide: { fuzz },
      // A new generation that millions of small inputs do not fill at once.
      execArgv: ["--max-semi-space-size=64"],
      reporters: [["default", { summary: false }], new InputsReport(fuzz.only)],
    },
  },
);
