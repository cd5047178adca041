import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { blocksOf } from "../architecture/doc-blocks.js";
import { filesUnder, root } from "../architecture/repository.js";

/**
 * What is compiled by the TypeScript of the site: programs of other libraries, which are installed with it, and the site's own sources.
 */

const docs = join(root, "docs");
const folder = join(docs, ".vitepress/cache/others");

const SETTINGS = {
  compilerOptions: {
    target: "es2022",
    module: "nodenext",
    types: ["node"],
    strict: true,
    skipLibCheck: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    noEmit: true,
    moduleDetection: "force",
  },
  include: ["*.ts"],
};

/** What the compiler has to say about a project; nothing, when it is content. */
async function compile(project: string): Promise<string> {
  const compiler = join(docs, "node_modules/typescript/bin/tsc");
  const run = promisify(execFile)(process.execPath, [compiler, "-p", project, "--pretty", "false"]);
  return run.then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
}

describe("the compiler of the site", { timeout: 60_000 }, () => {
  it("takes the programs of other libraries", async () => {
    rmSync(folder, { recursive: true, force: true });
    const others = [...filesUnder("docs")].flatMap(([page, text]) =>
      page.endsWith(".md")
        ? blocksOf(page, text)
            .filter(({ flags }) => flags.some((flag) => flag.startsWith("of=")))
            .map(({ code, line }) => ({ name: `${page.replace(/\W/g, "-")}-${line}.ts`, code }))
        : [],
    );
    expect(others.length).toBeGreaterThan(1);
    for (const { name, code } of others) write(name, code.join("\n"));
    write("package.json", JSON.stringify({ type: "module" }));
    write("tsconfig.json", JSON.stringify(SETTINGS));
    expect(await compile(folder)).toBe("");
  });

  it("takes the sources of the site", async () => {
    expect(await compile(join(docs, ".vitepress"))).toBe("");
  });
});

function write(name: string, text: string): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
