import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Every workspace package exports its sources under this condition: tests need no build.
  ssr: { resolve: { conditions: ["wirespring-source", ...defaultServerConditions] } },
  // Said here, too, so that it holds for files that no tsconfig.json includes.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: ["{packages,examples}/*/src/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: "test/machine.ts",
    // Vitest would leave one core idle; on two that is half of the time.
    maxWorkers: "100%",
    coverage: { include: ["packages/*/src/**"], exclude: ["**/*.test.ts"] },
  },
});
