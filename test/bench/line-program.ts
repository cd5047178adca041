import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/**
 * A process that is spoken to in lines: a server or the load. Called by the measurement; calls the program, through `taskset` where a core is given.
 */

/** Milliseconds that a program has for a line, and for its end. */
const LINE_PATIENCE = 90_000;
const END_PATIENCE = 5_000;

export interface ProgramOptions {
  /** Where a message says it went wrong. */
  readonly name: string;
  readonly command: readonly [program: string, ...given: string[]];
  /** The only core it may use; undefined: all. */
  readonly core: number | undefined;
}

export class LineProgram implements AsyncDisposable {
  readonly #name: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: string[] = [];
  readonly #ended: Promise<unknown>;
  #isOver = false;
  #wake: (() => void) | undefined;
  #errors = "";

  constructor({ name, command, core }: ProgramOptions) {
    this.#name = name;
    const [program, ...given] = core === undefined ? command : (["taskset", "-c", String(core), ...command] as const);
    this.#process = spawn(program, given, {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, NODE_ENV: "production" },
    });
    // Kept for the message when it ends too early; the beginning says what went wrong.
    this.#process.stderr.on("data", (chunk) => {
      if (this.#errors.length < 4_000) this.#errors += String(chunk);
    });
    // A write to a program that has ended: that it has ended is reported.
    this.#process.stdin.on("error", () => {});
    createInterface(this.#process.stdout).on("line", (line) => {
      this.#lines.push(line);
      this.#wake?.();
    });
    this.#ended = Promise.race([once(this.#process, "close"), once(this.#process, "error")]).then(() => {
      this.#isOver = true;
      this.#wake?.();
    });
  }

  /** `taskset` becomes what it starts: the process is the program's. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Says a line, and gives the next one that starts like this, without its start. */
  async ask(line: string, start: string): Promise<string> {
    this.#process.stdin.write(`${line}\n`);
    return this.hear(start);
  }

  /** Gives the next line that starts like this, without its start; rejects when the program fails, ends or says nothing. */
  async hear(start: string): Promise<string> {
    const deadline = performance.now() + LINE_PATIENCE;
    for (;;) {
      for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
        if (line.startsWith("failed ")) throw new Error(`${this.#name}: ${line.slice(7)}`);
        if (line.startsWith(start)) return line.slice(start.length);
      }
      if (this.#isOver) throw new Error(`${this.#name} has ended:\n${this.#errors}`);
      const patience = deadline - performance.now();
      if (patience <= 0) throw new Error(`${this.#name} says nothing:\n${this.#errors}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patience);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Ends it by ending its input; by force where that does not do. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin.end();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), END_PATIENCE);
    await this.#ended;
    clearTimeout(timer);
  }
}
