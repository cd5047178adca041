import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

/**
 * Runs the programs of a toolchain: compilers to their end, servers until they are told to stop. Called by the installation and the suite.
 */

/** How a command has ended, and what it wrote to both outputs. */
export interface Outcome {
  /** The exit code; null when a signal has ended it. */
  readonly code: number | null;
  readonly output: string;
}

/** Runs a command to its end. One that takes longer than `patience` milliseconds is killed. */
export async function runToEnd(words: readonly string[], cwd: string, patience: number): Promise<Outcome> {
  const running = new RunningCommand(words, cwd, patience);
  const code = await running.ended;
  return { code, output: running.output };
}

/** A command that goes on until it is stopped. */
export class RunningCommand {
  /** The exit code; null when a signal has ended it. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #output = "";

  /** @param patience Milliseconds after which it is killed. */
  constructor([command, ...args]: readonly string[], cwd: string, patience: number) {
    // Only PATH and HOME: nothing that runs the suite changes what is tested.
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME };
    this.#child = spawn(command!, args, {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: patience,
      killSignal: "SIGKILL",
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.on("data", (chunk) => (this.#output += String(chunk)));
    this.ended = once(this.#child, "close").then(
      ([code]) => code as number | null,
      (error: unknown) => {
        this.#output += String(error);
        return null;
      },
    );
  }

  /** What it has written so far. */
  get output(): string {
    return this.#output;
  }

  /** Waits for a line of its standard output; resolves with undefined when it ends without. */
  async line(pattern: RegExp): Promise<RegExpExecArray | undefined> {
    const found = new Promise<RegExpExecArray>((resolve) => {
      this.#child.stdout!.on("data", () => {
        const match = pattern.exec(this.#output);
        if (match !== null) resolve(match);
      });
    });
    return Promise.race([found, this.ended.then(() => pattern.exec(this.#output) ?? undefined)]);
  }

  /** Asks it to end, and waits until it has. */
  async stop(): Promise<Outcome> {
    this.#child.kill("SIGTERM");
    return { code: await this.ended, output: this.#output };
  }
}
