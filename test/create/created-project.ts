import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { Packed } from "../packages/packed.js";

/**
 * A project as its user gets it: made by the packed program in an empty folder, installed from packed packages, run by the commands that were
 * printed. Called by `template-proof.ts`.
 */

/** What this process has from the repository and its tests, and a user has not. */
const OURS =
  /^(npm_(?!config_(registry|cache|https?_proxy|cafile)$)|VITEST|NODE_ENV$|NODE_OPTIONS$|INIT_CWD$|HOST$|PORT$)/i;

const env: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name))),
  // Otherwise a tool that a template forgot would be found in the repository.
  PATH: (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(delimiter),
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_prefer_offline: "true",
  npm_config_update_notifier: "false",
  NO_COLOR: "1",
};

/** A started program and what it has written. */
export class Started {
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  #output = "";

  constructor(process: ChildProcess) {
    this.#process = process;
    this.#closed = once(process, "close");
    for (const stream of [process.stdout, process.stderr])
      stream?.on("data", (chunk) => (this.#output += String(chunk)));
  }

  /** Everything that was written, to both. */
  get output(): string {
    return this.#output;
  }

  /** Resolves with what the first group of the pattern has found in the output. Rejects, with the output, when the program ends before. */
  async told(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.#output)?.[1];
      if (found !== undefined) return found;
      const more = once(this.#process.stdout!, "data").then(() => true);
      const ended = this.#closed.then(() => false);
      if (!(await Promise.race([more, ended]))) throw new Error(`ended without ${pattern}:\n${this.#output}`);
    }
  }

  /** Ends the input, as Ctrl-D does; resolves with the exit code. */
  async endInput(): Promise<number | null> {
    this.#process.stdin?.end();
    await this.#closed;
    return this.#process.exitCode;
  }

  /** Interrupts npm and all that it started, as Ctrl-C in a terminal does; resolves when they have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null) process.kill(-this.#process.pid!, "SIGINT");
    await this.#closed;
  }
}

/** A folder with a project in it. */
export class CreatedProject {
  readonly folder: string;
  /** The commands that were printed, after the `cd`. */
  readonly commands: readonly string[];

  private constructor(folder: string, commands: readonly string[]) {
    this.folder = folder;
    this.commands = commands;
  }

  /**
   * Makes a project in a new folder of an empty one, as `npm create` does: npm fetches the package, here from a file, and starts its program.
   *
   * @param within An empty folder.
   */
  static async make(template: string, within: string, packages: ReadonlyMap<string, Packed>): Promise<CreatedProject> {
    const program = packages.get("create-wirespring")!.filename;
    const args = [
      "exec",
      "--offline",
      "--yes",
      "--package",
      program,
      "--",
      "create-wirespring",
      "my-app",
      "--template",
      template,
    ];
    const { stdout } = await promisify(execFile)("npm", args, { cwd: within, env });
    const [enter, ...commands] = [...stdout.matchAll(/^ {2}(\S.*)$/gm)].map(([, command]) => command!);
    if (enter !== "cd my-app") throw new Error(`expected what to do next, found:\n${stdout}`);
    const project = new CreatedProject(join(within, "my-app"), commands);
    await project.#useFiles(packages);
    return project;
  }

  /** Until our packages are published, and for a change that is not: takes them from their files. Everything else stays as it was made. */
  async #useFiles(packages: ReadonlyMap<string, Packed>): Promise<void> {
    const path = join(this.folder, "package.json");
    const manifest = JSON.parse(await readFile(path, "utf8")) as Record<string, Record<string, string> | undefined>;
    for (const dependencies of [manifest["dependencies"], manifest["devDependencies"]])
      for (const [name, range] of Object.entries(dependencies ?? {})) {
        const packed = packages.get(name);
        if (packed === undefined) continue;
        if (range !== `^${packed.version}`)
          throw new Error(`${name} is expected as ^${packed.version}, found ${range}`);
        dependencies![name] = `file:${packed.filename}`;
      }
    await writeFile(path, JSON.stringify(manifest, undefined, 2));
  }

  /** Runs a command to its end. Resolves with its output; rejects with that, when it fails. */
  async run(command: string): Promise<string> {
    try {
      const { stdout } = await promisify(execFile)("sh", ["-c", command], {
        cwd: this.folder,
        env,
        maxBuffer: 2 ** 26,
      });
      return stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${command} failed:\n${stdout}${stderr}`, { cause: error });
    }
  }

  /** Starts a command that goes on, on any free port; its caller disposes it. */
  start(command: string): Started {
    // A group of its own, so that it can be interrupted as a whole.
    const options = { cwd: this.folder, env: { ...env, PORT: "0" }, detached: true };
    return new Started(spawn("sh", ["-c", command], options));
  }
}
