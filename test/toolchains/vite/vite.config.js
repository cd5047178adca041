import { defineConfig } from "vite";

// The decorators' settings are those of tsconfig.json.
export default defineConfig({
  build: {
    ssr: "src/typed.ts",
    outDir: "out",
    target: "node20",
    rolldownOptions: { output: { entryFileNames: "[name].js" } },
  },
});
