import { describe, expect, it } from "vitest";
import { standaloneManifest } from "./manifest.js";

const versions = {
  packages: new Map([
    ["wirespring", "1.2.3"],
    ["@wirespring/testing", "1.2.0"],
  ]),
  catalog: new Map(
    Object.entries({ "@types/node": "^20.1.0", typescript: "7.0.2", vite: "8.3.8", vitest: "4.1.12", ws: "^8.0.0" }),
  ),
};

const example = {
  name: "example-x",
  version: "0.0.1",
  private: true,
  description: "An x",
  license: "MIT",
  type: "module",
  scripts: { start: "node dist/main.js", client: "node dist/client.js" },
  dependencies: { wirespring: "workspace:^", ws: "catalog:", "left-alone": "^1.0.0" },
  devDependencies: { "@wirespring/testing": "workspace:*", vitest: "catalog:" },
};

describe("standaloneManifest", () => {
  it("makes versions real, brings the tools and the scripts, and leaves the name open", () => {
    expect(standaloneManifest(example, versions)).toEqual({
      name: "{{name}}",
      private: true,
      description: "An x",
      type: "module",
      scripts: {
        build: "tsc",
        prestart: "tsc",
        start: "node dist/main.js",
        client: "node dist/client.js",
        test: "vitest run",
      },
      dependencies: { wirespring: "^1.2.3", ws: "^8.0.0", "left-alone": "^1.0.0" },
      devDependencies: {
        "@types/node": "^20.1.0",
        "@wirespring/testing": "1.2.0",
        typescript: "7.0.2",
        vite: "8.3.8",
        vitest: "4.1.12",
      },
    });
  });

  it.each([
    [{ dependencies: { unknown: "catalog:" } }, "unknown is expected in the catalog"],
    [{ dependencies: { "example-y": "workspace:^" } }, "example-y is expected in packages/"],
    [{ dependencies: { ws: "file:../x" } }, "a version that others can install, found file:../x"],
    [{ description: undefined }, 'example-x: package.json is expected to have "description"'],
    [{ scripts: undefined }, 'example-x: package.json is expected to have "scripts"'],
  ])("refuses %j", (wrong, message) => {
    expect(() => standaloneManifest({ ...example, ...wrong }, versions)).toThrow(message);
  });
});
