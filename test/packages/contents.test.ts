import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filesUnder, packageSources, root } from "../architecture/repository.js";
import { packAll, type Packed } from "./packed.js";

/** What is in the packages: everything that a user needs, and nothing besides. */

const read = (...path: readonly string[]): string => readFileSync(join(root, ...path), "utf8");
const manifest = (folder: string) =>
  JSON.parse(read("packages", folder, "package.json")) as Record<string, unknown> & {
    exports: object;
    version: string;
  };

const libraries = [
  {
    folder: "wirespring",
    name: "wirespring",
    exports: [".", "./spi", "./package.json"],
    parts: ["broadcast", "client", "codec", "context", "deployment", "endpoint", "session", "upgrade"],
  },
  {
    folder: "testing",
    name: "@wirespring/testing",
    exports: [".", "./contract", "./package.json"],
    parts: ["contract"],
  },
] as const;

let destination: string;
let packages: ReadonlyMap<string, Packed>;

beforeAll(async () => {
  destination = mkdtempSync(join(tmpdir(), "wirespring-packed-"));
  packages = await packAll(destination);
}, 60_000);

afterAll(() => rmSync(destination, { recursive: true, force: true }));

function packed(name: string): Packed {
  const found = packages.get(name);
  if (found === undefined) throw new Error(`${name} was not packed, only ${[...packages.keys()].join(", ")}`);
  return found;
}

/** The first names of paths, below a folder. */
function under(folder: string, files: readonly string[]): readonly string[] {
  const below = files.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length));
  return [...new Set(below.map((path) => path.split("/")[0]!))].toSorted();
}

const isFolder = (name: string): boolean => !name.includes(".");

describe("the packages", () => {
  it("are all of packages/", () => {
    const names = readdirSync(join(root, "packages")).map((folder) => String(manifest(folder)["name"]));
    expect([...packages.keys()].toSorted()).toEqual(names.toSorted());
  });

  it("have one version, and a changelog that begins with it", () => {
    const versions = [...packages.values()].map(({ version }) => version);
    expect(new Set(versions).size).toBe(1);
    for (const folder of readdirSync(join(root, "packages")))
      expect(/^## (.*)$/m.exec(read("packages", folder, "CHANGELOG.md"))?.[1], folder).toBe(versions[0]);
  });

  it("have the licence of the repository", () => {
    for (const folder of readdirSync(join(root, "packages")))
      expect(read("packages", folder, "LICENSE"), folder).toBe(read("LICENSE"));
  });

  it("say what they are, in words that a search finds", () => {
    for (const folder of readdirSync(join(root, "packages")))
      expect(manifest(folder), folder).toMatchObject({
        description: expect.stringMatching(/\w{3}/),
        keywords: expect.arrayContaining(["websocket", "wirespring"]),
        license: "MIT",
        engines: { node: ">=20.19" },
      });
  });
});

describe.each(libraries)("the package $name", ({ folder, name, exports, parts }) => {
  const sources = [...packageSources().keys()]
    .filter((path) => path.startsWith(`packages/${folder}/src/`) && !path.includes(".test."))
    .map((path) => path.slice(`packages/${folder}/`.length));

  it("consists of these files and folders", () => {
    const { files } = packed(name);
    expect(under("", files)).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "dist", "package.json", "src"]);
    expect(under("src/", files).filter(isFolder)).toEqual(parts);
    expect(files.filter((path) => path.startsWith("src/")).toSorted()).toEqual(sources.toSorted());
  });

  it("has of each source the program, the types and the maps of both", () => {
    const wanted = sources.flatMap((path) =>
      ["js", "js.map", "d.ts", "d.ts.map"].map((kind) => path.replace(/^src\/(.*)\.ts$/, `dist/$1.${kind}`)),
    );
    const there = new Set(packed(name).files);
    expect(sources.length).toBeGreaterThan(5);
    expect(wanted.filter((path) => !there.has(path))).toEqual([]);
  });

  it("has no test, nothing that tests need, and nothing that the compiler keeps for itself", () => {
    expect(
      packed(name).files.filter((path) => /\.test\.|\.tsbuildinfo|(^|\/)(test|node_modules)\//.test(path)),
    ).toEqual([]);
  });

  it("can be imported at these places only, and not as sources", () => {
    const { exports: inside, publishConfig } = manifest(folder) as unknown as {
      exports: object;
      publishConfig: { exports: Record<string, unknown> };
    };
    expect(Object.keys(publishConfig.exports)).toEqual(exports);
    expect(Object.keys(inside)).toEqual(exports);
    expect(JSON.stringify(publishConfig.exports)).not.toContain("wirespring-source");
  });
});

describe("the package wirespring", () => {
  it("is as small as its page says", () => {
    const page = read("docs/reference/packages.md");
    const limit = Number(/at most (\d+) kB/.exec(page)?.[1]);
    expect(limit, "docs/reference/packages.md says the limit").toBeGreaterThan(0);
    // A limit that is far away is none: let it follow downwards.
    expect(packed("wirespring").size).toBeGreaterThan(limit * 1000 * 0.75);
    expect(packed("wirespring").size).toBeLessThanOrEqual(limit * 1000);
  });
});

describe("the package create-wirespring", () => {
  it("consists of the program and the templates", () => {
    const { files } = packed("create-wirespring");
    expect(under("", files)).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "dist", "package.json", "templates"]);
    expect(under("dist/", files)).toEqual([
      "command-line.js",
      "create-error.js",
      "create.js",
      "main.js",
      "project.js",
      "questions.js",
      "target.js",
      "template.js",
    ]);
    expect(manifest("create-wirespring").exports).toEqual({ "./package.json": "./package.json" });
    expect(manifest("create-wirespring")["dependencies"]).toBeUndefined();
  });

  it("has every example for a template, with its tests and all else that it consists of", () => {
    const { files } = packed("create-wirespring");
    const examples = [...filesUnder("examples").keys()].map((path) => path.slice("examples/".length));
    expect(examples.filter((path) => path.endsWith(".test.ts")).length).toBeGreaterThan(5);
    expect(examples.filter((path) => !files.includes(`templates/${path}`))).toEqual([]);
    for (const example of under("", examples))
      expect(files).toEqual(
        expect.arrayContaining([`templates/${example}/_gitignore`, `templates/${example}/vitest.config.ts`]),
      );
  });
});
