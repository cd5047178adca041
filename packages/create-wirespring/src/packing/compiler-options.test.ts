import { describe, expect, it } from "vitest";
import { standaloneConfig } from "./compiler-options.js";

describe("standaloneConfig", () => {
  const base = {
    compilerOptions: {
      target: "ES2022",
      lib: ["ES2023"],
      customConditions: ["wirespring-source"],
      composite: true,
      rootDir: "${configDir}/src",
      tsBuildInfoFile: "${configDir}/dist/.tsbuildinfo",
    },
    include: ["${configDir}/src"],
  };

  it("joins base and example, and leaves out what is about the workspace", () => {
    const example = {
      extends: "../../tsconfig.base.json",
      compilerOptions: { lib: ["ES2023", "DOM"], strictPropertyInitialization: false },
      references: [{ path: "../../packages/wirespring" }],
    };
    expect(standaloneConfig(base, example)).toEqual({
      compilerOptions: {
        target: "ES2022",
        lib: ["ES2023", "DOM"],
        rootDir: "src",
        strictPropertyInitialization: false,
      },
      include: ["src"],
    });
  });

  it("lets an example say itself what it consists of", () => {
    const example = { include: ["${configDir}/src", "${configDir}/more"], exclude: ["${configDir}/src/x"] };
    expect(standaloneConfig(base, example)).toMatchObject({ include: ["src", "more"], exclude: ["src/x"] });
  });
});
