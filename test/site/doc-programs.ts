import { execFile, spawn, type ChildProcess } from "node:child_process";
import { on, once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { WebSocket } from "ws";
import { blocksOf, filesOf } from "../architecture/doc-blocks.js";
import { root } from "../architecture/repository.js";

/**
 * Programs of the documentation, run as they stand there but for their port. `test/architecture` has compiled them with every check: here they
 * are only made to run.
 */

const folder = join(root, "test/.doc-programs");

const SETTINGS = {
  extends: join(root, "tsconfig.base.json"),
  compilerOptions: {
    composite: false,
    declarationMap: false,
    noCheck: true,
    customConditions: [],
    rootDir: "pages",
    outDir: "dist",
    tsBuildInfoFile: null,
  },
  include: ["pages/**/*.ts"],
};

/** A program that runs. */
export interface Running {
  /** As it says: `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Sends SIGTERM; gives the exit code. */
  readonly stop: () => Promise<number | null>;
}

/** The programs of some pages; disposed, all of them are ended. */
export class DocPrograms implements Disposable {
  /** By page, in its order: the compiled files below `dist`. */
  readonly #files = new Map<string, readonly string[]>();
  readonly #running = new Set<ChildProcess>();

  private constructor() {}

  /** Compiles the programs of these pages. */
  static async compile(pages: readonly string[]): Promise<DocPrograms> {
    const programs = new DocPrograms();
    rmSync(folder, { recursive: true, force: true });
    for (const page of pages) {
      const files = filesOf(page, blocksOf(page, readFileSync(join(root, page), "utf8")));
      // A name that no test runner looks for.
      const named = files.map(({ path, code }) => ({ path: path.replace(/\.test\.ts$/, "-test.ts"), code }));
      for (const { path, code } of named) write(`pages/${path}`, code.join("\n"));
      programs.#files.set(
        page,
        named.map(({ path }) => path.replace(/\.ts$/, ".js")),
      );
    }
    write("tsconfig.json", JSON.stringify(SETTINGS, null, 2));
    const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
    await promisify(execFile)(process.execPath, [compiler, "-p", folder]);
    return programs;
  }

  /** Starts a program of a page, on any port instead of 8080. Resolves when it has said its address. */
  async start(page: string, index = 0): Promise<Running> {
    const file = join(folder, "dist", this.#files.get(page)![index]!);
    const program = readFileSync(file, "utf8");
    if (!program.includes("8080")) throw new Error(`${page}: program ${index} does not listen on 8080`);
    const told = program
      .replace("server.listen(8080,", "server.listen(0,")
      .replace("port: 8080", "port: 0")
      .replace('"http://localhost:8080"', "`http://localhost:${server.address().port}`");
    writeFileSync(file, told);
    const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "pipe"] });
    this.#running.add(child);
    const url = await addressOf(child, `${page}, program ${index}`);
    const stop = async (): Promise<number | null> => {
      child.kill("SIGTERM");
      const [code] = (await once(child, "exit")) as [number | null];
      this.#running.delete(child);
      return code;
    };
    return { url, stop };
  }

  /** Runs a program of a page to its end; gives what it prints. */
  async run(page: string, name: string): Promise<string> {
    const file = this.#files.get(page)!.find((each) => each.endsWith(`/${name}`))!;
    return (await promisify(execFile)(process.execPath, [join(folder, "dist", file)])).stdout;
  }

  [Symbol.dispose](): void {
    for (const child of this.#running) child.kill("SIGKILL");
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** The first address that a program prints or logs. */
function addressOf(child: ChildProcess, name: string): Promise<string> {
  const output: string[] = [];
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout!, child.stderr!])
      createInterface(stream).on("line", (line) => {
        output.push(line);
        const url = /http:\/\/[\w.[\]:]+/.exec(line)?.[0];
        if (url !== undefined) resolve(url);
      });
    child.once("exit", (code) => reject(new Error(`${name} ended with ${code}:\n${output.join("\n")}`)));
  });
}

/** Somebody at an endpoint. */
export interface Guest {
  readonly socket: WebSocket;
  readonly closed: Promise<[code: number, reason: Buffer]>;
  /** Gives what arrives, in order. */
  readonly next: () => Promise<string>;
  readonly nextEvent: () => Promise<unknown>;
}

/** Connects; rejects when it is refused. */
export async function connect(
  url: string,
  protocols: readonly string[] = [],
  headers: Readonly<Record<string, string>> = {},
): Promise<Guest> {
  const socket = new WebSocket(url.replace("http", "ws"), [...protocols], { headers });
  // From the beginning: the first message may come with the answer.
  const messages = on(socket, "message") as AsyncIterator<[Buffer], undefined>;
  const closed = once(socket, "close") as Promise<[code: number, reason: Buffer]>;
  // A refusal is told by the line that waits for "open".
  closed.catch(() => undefined);
  await once(socket, "open");
  const next = async (): Promise<string> => String((await messages.next()).value?.[0]);
  return { socket, closed, next, nextEvent: async () => JSON.parse(await next()) as unknown };
}
