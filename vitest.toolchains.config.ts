import { defineConfig } from "vitest/config";
import { allToolchains } from "./test/toolchains/all-toolchains.js";
import { Totals } from "./test/totals.js";

export default defineConfig({
  test: {
    include: ["test/toolchains/*.suite.ts"],
    reporters: ["tree", new Totals(allToolchains.map(({ name }) => name))],
  },
});
