import { execFile, spawn, type ChildProcess } from "node:child_process";
import { on, once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, posix } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import {
  anchorsOf,
  blocksOf,
  commentFilesOf,
  complaintsOf,
  filesOf,
  linksOf,
  type BlockFile,
  type Complaint,
} from "./doc-blocks.js";
import type { Face } from "./faces.js";
import { filesUnder, packageSources, root } from "./repository.js";

const folder = join(root, "test/.doc-blocks");
const pages = new Map(
  [...filesUnder()].filter(([path]) =>
    /^([^/]+|docs\/.*|(examples|packages)\/[^/]+\/README)\.md$|^docs\/.*\.md$/.test(path),
  ),
);
const readPage = (page: string): BlockFile[] => filesOf(page, blocksOf(page, pages.get(page)!));

/** Names that doc comments use, by where they come from. */
const names = new Map([["wirespring", namesOf("wirespring")]]);

/** What doc comments take as given. */
const AMBIENT =
  "declare class Point {\n  x: number;\n  y: number;\n  constructor(x: number, y: number);\n}\ndeclare class Listener {}\n";

function namesOf(face: string): readonly string[] {
  const faces = JSON.parse(readFileSync(join(root, "test/architecture/faces.json"), "utf8")) as Record<string, Face>;
  return [...faces[face]!.values, ...faces[face]!.types];
}

/** As a user of the packages would have it: strict, and without the rules that we give to ourselves. */
const SETTINGS = {
  extends: "../../tsconfig.base.json",
  compilerOptions: {
    composite: false,
    declaration: false,
    declarationMap: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
    noImplicitOverride: false,
    noPropertyAccessFromIndexSignature: false,
    // The built packages, as users get them.
    customConditions: [],
    moduleDetection: "force",
    lib: ["ES2023", "ESNext.Disposable"],
    rootDir: "pages",
    outDir: "dist",
    tsBuildInfoFile: null,
    // Installed for the examples that show them.
    paths: {
      express: ["../../examples/express-host/node_modules/@types/express/index.d.ts"],
      fastify: ["../../examples/fastify-host/node_modules/fastify/fastify.d.ts"],
      "@nestjs/*": ["../../examples/nest-host/node_modules/@nestjs/*/index.d.ts"],
    },
  },
  include: ["pages/**/*.ts"],
};

let complaints: readonly Complaint[] = [];

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  const comments = [...packageSources()].flatMap(([path, source]) => commentFilesOf(path, source, names));
  const files = [...[...pages.keys()].flatMap(readPage), ...comments];
  for (const { path, code } of files) write(`pages/${path.replace(/\.test\.ts$/, "-test.ts")}`, `${code.join("\n")}\n`);
  write("pages/comments/ambient.d.ts", AMBIENT);
  write("tsconfig.json", JSON.stringify(SETTINGS, null, 2));
  complaints = complaintsOf(await compile(), files);
}, 60_000);

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

async function compile(): Promise<string> {
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
  try {
    await promisify(execFile)(process.execPath, [compiler, "-p", folder, "--pretty", "false"], { cwd: folder });
    return "";
  } catch (error) {
    // It ends with 1 or 2 when it has something to say.
    return (error as { stdout: string }).stdout;
  }
}

describe("the code in the documentation", () => {
  it("is known to the compiler as a whole", () => {
    expect(complaints.filter(({ page }) => page === "").map(({ text }) => text)).toEqual([]);
  });

  it.each([...pages.keys()].filter((page) => readPage(page).length > 0))("compiles in %s", (page) => {
    expect(complaints.filter((each) => each.page === page).map(({ text }) => text)).toEqual([]);
  });

  it("compiles in doc comments", () => {
    expect(complaints.filter(({ page }) => page.startsWith("packages/")).map(({ text }) => text)).toEqual([]);
  });
});

describe("the links in the documentation", () => {
  it.each([...pages.keys()].filter((page) => linksOf(pages.get(page)!).length > 0))(
    "lead somewhere from %s",
    (page) => {
      const broken = linksOf(pages.get(page)!).flatMap(({ text, target, line }) => {
        const [path, anchor] = target.split("#") as [string, string?];
        const file = path === "" ? page : posix.join(posix.dirname(page), path);
        if (!existsSync(join(root, file))) return [`${page}:${line} ${target} does not exist`];
        if (statSync(join(root, file)).isDirectory()) return [];
        const content = readFileSync(join(root, file), "utf8");
        if (anchor !== undefined && !anchorsOf(content).has(anchor))
          return [`${page}:${line} ${target} has no such heading`];
        // A promise names the test that shows it, by its own name.
        const isTest = path.endsWith(".test.ts");
        return isTest && !content.includes(JSON.stringify(text))
          ? [`${page}:${line} ${file} has no test "${text}"`]
          : [];
      });
      expect(broken).toEqual([]);
    },
  );
});

describe("docs/architecture.md", () => {
  it("names only sources and folders that are there", () => {
    const sources = [...packageSources().keys()].filter((path) => path.startsWith("packages/wirespring/src/"));
    const named = [...pages.get("docs/architecture.md")!.matchAll(/`([a-z/-]+(?:\.ts|\/))`/g)].map(([, path]) => path!);
    expect(named.length).toBeGreaterThan(20);
    const isThere = (path: string): boolean =>
      sources.some((each) => (path.endsWith("/") ? each.includes(`/${path}`) : each.endsWith(`/${path}`)));
    expect(named.filter((path) => !isThere(path))).toEqual([]);
  });
});

describe("the programs in the documentation", { timeout: 30_000 }, () => {
  const running = new Set<ChildProcess>();
  afterAll(() => {
    for (const child of running) child.kill("SIGKILL");
  });

  /** Starts a compiled block; gives its process and the first line that it prints, or logs, and that has an address in it. */
  async function start(path: string): Promise<{ child: ChildProcess; url: string }> {
    const child = spawn(process.execPath, [join(folder, "dist", path)], { env: { ...process.env, PORT: "0" } });
    running.add(child);
    const output: string[] = [];
    const address = new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        createInterface(stream).on("line", (line) => {
          output.push(line);
          const url = /http:\/\/[\w.[\]:]+/.exec(line)?.[0];
          if (url !== undefined) resolve(url);
        });
      child.once("exit", (code) => reject(new Error(`${path} ended with ${code}:\n${output.join("\n")}`)));
    });
    return { child, url: await address };
  }

  async function stop(child: ChildProcess): Promise<number | null> {
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number | null];
    running.delete(child);
    return code;
  }

  /** Somebody at an endpoint; `next` gives what arrives, in order. */
  async function connect(url: string) {
    const socket = new WebSocket(url);
    // From the beginning: the first message may come with the answer.
    const messages = on(socket, "message") as AsyncIterator<[Buffer], undefined>;
    const closed = once(socket, "close") as Promise<[code: number, reason: Buffer]>;
    await once(socket, "open");
    const next = async (): Promise<string> => String((await messages.next()).value?.[0]);
    return { socket, closed, next, nextEvent: async () => JSON.parse(await next()) as unknown };
  }

  it.each([
    ["README.md", "hello", "you said hello"],
    ["docs/how-to/from-jakarta.md", " ", "say something"],
  ])("%s: the first program answers, and ends with 0", async (page, said, answer) => {
    const { path } = readPage(page)[0]!;
    const file = join(folder, "dist", path.replace(/\.ts$/, ".js"));
    const program = readFileSync(file, "utf8");
    expect(program).toContain("port: 8080");
    writeFileSync(file, program.replace("port: 8080", "port: 0"));
    const { child, url } = await start(path.replace(/\.ts$/, ".js"));
    const guest = await connect(`${url.replace("http", "ws")}/chat/lobby`);
    guest.socket.send(said);
    expect(await guest.next()).toBe(answer);
    expect(await stop(child)).toBe(0);
    expect((await guest.closed)[0]).toBe(1012);
  });

  /** Runs a compiled block; gives what it prints. */
  async function run({ path }: BlockFile): Promise<string> {
    const file = join(folder, "dist", path.replace(/\.test\.ts$/, "-test.ts").replace(/\.ts$/, ".js"));
    return (await promisify(execFile)(process.execPath, [file])).stdout;
  }

  it("reference/testing: the tests pass, with the runner of Node", async () => {
    const tests = readPage("docs/reference/testing.md").find(({ path }) => path.endsWith(".test.ts"))!;
    expect(await run(tests)).toContain("# pass 4\n# fail 0");
  });

  it("topics/beans: the programs run to their end", async () => {
    const programs = readPage("docs/topics/beans.md").filter(({ code }) => code.join("\n").includes("await using"));
    expect(await Promise.all(programs.map(run))).toEqual([
      "an apple costs 3.50, says postgres://localhost/shop\n",
      "false\n",
      expect.stringContaining("# pass 1\n# fail 0"),
    ]);
  });

  it("tutorial: two people chat, and one is told that the other has left", async () => {
    const last = readPage("docs/tutorial.md").findLast(({ path }) => path.endsWith("/src/main.ts"))!;
    const base = dirname(dirname(last.path));
    const html = blocksOf("docs/tutorial.md", pages.get("docs/tutorial.md")!).find(
      ({ language }) => language === "html",
    )!;
    write(`dist/${base}/public/index.html`, html.code.join("\n"));
    const { child, url } = await start(`${base}/src/main.js`);
    expect(await (await fetch(url)).text()).toContain("<title>Chat</title>");
    const room = `${url.replace("http", "ws")}/chat/lobby`;
    const ada = await connect(`${room}?name=Ada`);
    expect(await ada.nextEvent()).toEqual({ type: "came", name: "Ada" });
    const bob = await connect(`${room}?name=Bob`);
    expect(await ada.nextEvent()).toEqual({ type: "came", name: "Bob" });
    bob.socket.send(JSON.stringify({ text: " hello " }));
    expect(await ada.nextEvent()).toEqual({ type: "said", name: "Bob", text: "hello" });
    ada.socket.send("not a line");
    expect(await ada.nextEvent()).toEqual({ type: "error", text: "Please say something." });
    bob.socket.close();
    expect(await ada.nextEvent()).toEqual({ type: "left", name: "Bob" });
    expect(await stop(child)).toBe(0);
    const [code, reason] = await ada.closed;
    expect([code, String(reason)]).toEqual([1012, expect.stringMatching(/^retry=\d+$/)]);
  });
});
