import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * One of the programs under `examples/`, as its users run it: the built `dist/main.js` in a process of its own. Called by the tests of the
 * examples and of the browser.
 */

/** What the process wrote and how it ended. */
export interface Ending {
  /** The exit code; null when a signal killed it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an example until it is stopped; `await using` stops it, however the test ends. */
export class ExampleProgram {
  /** As printed: `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<Ending>;

  private constructor(process: ChildProcess, ended: Promise<Ending>, url: string) {
    this.#process = process;
    this.#ended = ended;
    this.url = url;
  }

  /**
   * Starts an example and waits for the line that says where it listens. Rejects, with all that it wrote, when it ends before.
   *
   * @param port Default: any free one.
   * @param env Further variables.
   */
  static async start(name: string, port = 0, env: Readonly<Record<string, string>> = {}): Promise<ExampleProgram> {
    const child = spawnExample(name, { PORT: String(port), ...env });
    const ended = ending(child);
    const url = await Promise.race([
      firstLine(child),
      ended.then(({ code, stderr }) => {
        throw new Error(`examples/${name} ended with ${code} before it listened:\n${stderr}`);
      }),
    ]);
    return new ExampleProgram(child, ended, url);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** The address of an endpoint, as `ws://127.0.0.1:41234/echo`. */
  socketUrl(path: string): string {
    return `${this.url.replace("http", "ws")}${path}`;
  }

  /** Sends the signal and resolves when the process has ended by itself. */
  stop(signal: "SIGTERM" | "SIGINT" = "SIGTERM"): Promise<Ending> {
    this.#process.kill(signal);
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null) this.#process.kill("SIGKILL");
    await this.#ended;
  }
}

/** Runs an example that is expected to end by itself. */
export function runExample(name: string, env: Readonly<Record<string, string>>): Promise<Ending> {
  return ending(spawnExample(name, env));
}

function spawnExample(name: string, env: Readonly<Record<string, string>>): ChildProcess {
  const main = fileURLToPath(new URL(`../../examples/${name}/dist/main.js`, import.meta.url));
  if (!existsSync(main)) throw new Error(`${main} is missing: run "npm run build" first`);
  // Only PATH: neither a HOST nor a NODE_OPTIONS of this process changes what is tested.
  return spawn(process.execPath, ["--enable-source-maps", main], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    child.stdout?.on("data", (chunk) => {
      text += String(chunk);
      const url = /^listening on (http:\/\/\S+)\n/.exec(text)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
}

async function ending(child: ChildProcess): Promise<Ending> {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr?.on("data", (chunk) => (stderr += String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}
