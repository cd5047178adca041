import { mergeConfig } from "vitest/config";
import { FiguresReport } from "./test/endurance/figures-report.js";
import { readRun } from "./test/endurance/run-options.js";
import base from "./vitest.config.js";

const [, ...given] = process.argv.slice(process.argv.indexOf("--"));
const endurance = readRun(process.argv.includes("--") ? given : []);

export default mergeConfig(
  { ...base, test: { ...base.test, include: [], globalSetup: [] } },
  {
    test: {
      include: ["test/endurance/*.suite.ts"],
      provide: { endurance },
      reporters: [new FiguresReport(endurance.only)],
    },
  },
);
