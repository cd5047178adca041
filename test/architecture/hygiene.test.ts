import { describe, expect, it } from "vitest";
import { forbidden, forbiddenIn } from "./hygiene-rules.js";
import { filesUnder, ignoredBy } from "./repository.js";

/** Put together, as the rules are, so that this file is clean itself. */
const text = (...pieces: string[]): string => pieces.join("");

describe("the repository", () => {
  it("names no package source, no path of a machine and no package manager", () => {
    const files = filesUnder();
    expect(files.has("pnpm-lock.yaml")).toBe(true);
    expect(forbiddenIn(files)).toEqual([]);
  });

  it("has no settings of a package manager beside the workspace's", () => {
    expect(
      [...filesUnder().keys()].filter((path) => /(^|\/)(\.npmrc|\.yarnrc.*|package-lock\.json|yarn\.lock)$/.test(path)),
    ).toEqual([]);
  });
});

describe("forbiddenIn", () => {
  it.each([
    ["pnpm-lock.yaml", text("      tar", "ball: file:x.tgz")],
    ["pnpm-lock.yaml", text("    resolution: {x: https:", "//example.com/x.tgz}")],
    [".npmrc", text("regis", "try=https:", "//packages.example/npm/")],
    ["docs/a.md", text("https:", "//regis", "try.npmjs.org/ws")],
    ["docs/a.md", text("see regis", "try.example.com")],
    ["package.json", text('{ "publishConfig": { "regis', 'try": "https:', '//packages.example" } }')],
    ["test/a.ts", text("_auth", "Token")],
    ["test/a.ts", text('readFile("/', 'root/x")')],
    ["README.md", text("cd /", "work/main")],
    ["README.md", text("/ho", "me/ada/wirespring")],
    ["README.md", text("C:\\", "Users\\ada")],
    ["package.json", text('{ "package', 'Manager": "pnpm@12.21.0" }')],
    ["src/a.ts", text("// TO", "DO: later")],
  ])("refuses in %s: %s", (path, line) => {
    expect(forbiddenIn(new Map([[path, `fine\n${line}\nfine`]]))).toEqual(
      expect.arrayContaining([expect.stringContaining(`${path}:2 has a`)]),
    );
  });

  it.each([
    ["docs/a.md", "https://www.npmjs.com/package/ws"],
    ["docs/a.md", "the DI container is a registry of classes"],
    ["src/a.ts", text("// TO", "DO(#12): remove with Node 20")],
    ["src/a.ts", "/network/home is a path of a URL"],
    ["docs/a.md", text("package", "Manager is not used")],
  ])("accepts in %s: %s", (path, line) => {
    expect(forbiddenIn(new Map([[path, line]]))).toEqual([]);
  });

  it("has an example for every rule above", () => {
    expect(forbidden.map(({ name }) => name)).toHaveLength(5);
  });
});

describe("ignoredBy", () => {
  it("knows folders by name and by path, and names with stars", () => {
    const ignored = ignoredBy("# built\ndist/\n/docs/api/\n*.tgz\n\n");
    expect(["packages/x/dist/index.js", "dist", "docs/api/a.md", "a/b.tgz"].map(ignored)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(["src/dist.ts", "x/docs/api/a.md", "docs/apis/a.md", "distance/a"].map(ignored)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it("refuses a form that it does not know", () => {
    expect(() => ignoredBy("!keep")).toThrow("a form that test/architecture/repository.ts does not know");
  });
});
