import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { create, type Surroundings } from "./create.js";

describe("create", () => {
  let folder: string;
  let cwd: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "wirespring-create-"));
    cwd = join(folder, "work");
    await mkdir(cwd);
    for (const name of ["chat", "echo", "a-first"]) {
      await mkdir(join(folder, "templates", name, "src/deep"), { recursive: true });
      const files = {
        "package.json": `{ "name": "{{name}}", "description": "About ${name}" }`,
        "README.md": "# {{name}}\n",
        _gitignore: "dist/\n",
        "src/deep/page.html": "<b>{{name}}</b>",
      };
      for (const [path, content] of Object.entries(files))
        await writeFile(join(folder, "templates", name, path), content);
    }
  });

  afterEach(() => rm(folder, { recursive: true }));

  const run = (args: readonly string[], more: Partial<Surroundings> = {}): Promise<string> =>
    create({ args, env: {}, cwd, templates: pathToFileURL(join(folder, "templates/")), ...more });
  const read = (path: string): Promise<string> => readFile(join(cwd, path), "utf8");
  const typed = (text: string): Surroundings["terminal"] => ({
    input: new PassThrough().end(text),
    output: new PassThrough().resume(),
  });

  it("writes the template's files, with the name filled in where it belongs, and says the two commands", async () => {
    const text = await run(["apps/My App", "--template", "chat"]);
    expect(JSON.parse(await read("apps/My App/package.json"))).toEqual({ name: "my-app", description: "About chat" });
    expect(await read("apps/My App/README.md")).toBe("# my-app\n");
    expect(await read("apps/My App/.gitignore")).toBe("dist/\n");
    // Pages have their own meaning for such brackets.
    expect(await read("apps/My App/src/deep/page.html")).toBe("<b>{{name}}</b>");
    expect((await readdir(join(cwd, "apps/My App"))).toSorted()).toEqual([
      ".gitignore",
      "README.md",
      "package.json",
      "src",
    ]);
    expect(text).toContain('\n  cd "apps/My App"\n  npm install\n  npm start\n');
    expect(text).toContain("Its tests: npm test.");
  });

  it.each([
    ["pnpm/12.21.0 npm/? node/v20.20.2 linux x64", "  pnpm install\n  pnpm start\n", "pnpm test"],
    ["yarn/4.9.0 npm/? node/v22.0.0 linux x64", "  yarn install\n  yarn build && yarn start\n", "yarn test"],
    ["bun/1.4.5 npm/? node/v24.0.0 linux x64", "  bun install\n  bun run start\n", "bun run test"],
    ["deno/2.0.0", "  npm install\n  npm start\n", "npm test"],
  ])("says the commands of the manager that calls it: %s", async (npm_config_user_agent, steps, test) => {
    const text = await run(["app"], { env: { npm_config_user_agent } });
    expect(text).toContain(steps);
    expect(text).toContain(`Its tests: ${test}.`);
  });

  it("needs no cd for the folder it was started in", async () => {
    expect(await run(["."])).not.toContain("cd ");
    expect(JSON.parse(await read("package.json"))).toMatchObject({ name: "work" });
  });

  it("takes echo where nobody can be asked, and both defaults for --yes", async () => {
    expect(await run(["app"])).toContain("from the template echo.");
    expect(await run(["--yes"])).toContain(`Made ${join(cwd, "wirespring-app")} from the template echo.`);
    expect(await run(["other", "-y"], { terminal: typed("") })).toContain("from the template echo.");
  });

  it("asks on a terminal for what is missing, and for nothing else", async () => {
    expect(await run([], { terminal: typed("app\nchat\n") })).toContain(`${join(cwd, "app")} from the template chat.`);
    expect(await run(["app2"], { terminal: typed("chat\n") })).toContain(
      `${join(cwd, "app2")} from the template chat.`,
    );
    expect(await run(["-t", "chat"], { terminal: typed("app3\n") })).toContain(`${join(cwd, "app3")} from the`);
    expect(await run(["app4", "-t", "chat"], { terminal: typed("") })).toContain(`${join(cwd, "app4")} from the`);
  });

  it("wants a folder where nobody can be asked", async () => {
    await expect(run(["-t", "chat"])).rejects.toThrow(
      "the folder of the project is expected, found none, and no terminal",
    );
    expect(await readdir(cwd)).toEqual([]);
  });

  it("never writes into a folder with something in it", async () => {
    await writeFile(join(cwd, "package.json"), "mine");
    await expect(run(["."])).rejects.toThrow("found package.json in it");
    await expect(run([], { terminal: typed(".\n") })).rejects.toThrow("found package.json in it");
    expect(await readdir(cwd)).toEqual(["package.json"]);
    expect(await read("package.json")).toBe("mine");
  });

  it("leaves a fresh repository's .git as it is", async () => {
    await mkdir(join(cwd, ".git"));
    await writeFile(join(cwd, ".git/HEAD"), "mine");
    await run(["."]);
    expect(await read(".git/HEAD")).toBe("mine");
  });

  it("names the templates for one that does not exist, before it asks anything", async () => {
    const terminal = typed("app\n");
    await expect(run(["-t", "caht"], { terminal })).rejects.toThrow(
      '--template is expected to be one of echo, a-first, chat; found "caht"',
    );
    expect(await readdir(cwd)).toEqual([]);
  });

  it("shows all templates and options for --help, and writes nothing", async () => {
    const text = await run(["--help", "app"]);
    for (const part of ["--template", "--yes", "--help", "echo     About echo", "chat     About chat"])
      expect(text).toContain(part);
    expect(await readdir(cwd)).toEqual([]);
  });
});
