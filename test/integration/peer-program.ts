import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

/**
 * Another WebSocket implementation, a server and a client in one process: one of the programs under `peers/`. Started by `peer-cases.ts`; what it
 * is told and what it answers is said at the head of each program.
 */

/** Runs a peer until it is disposed of. */
export class PeerProgram implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  /** What it printed and nobody has taken yet. */
  readonly #lines: string[] = [];
  readonly #ended: Promise<unknown>;
  #errors = "";
  #over = false;
  #waiting: (() => void)[] = [];
  #port = 0;

  private constructor(command: readonly [string, ...string[]], file: string) {
    const path = fileURLToPath(new URL(`peers/${file}`, import.meta.url));
    this.#process = spawn(command[0], [...command.slice(1), path], { stdio: ["pipe", "pipe", "pipe"] });
    this.#process.stderr.on("data", (chunk) => (this.#errors += String(chunk)));
    // A write to a program that has ended: that it has ended is reported.
    this.#process.stdin.on("error", () => {});
    createInterface(this.#process.stdout).on("line", (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    this.#ended = once(this.#process, "close").then(() => {
      this.#over = true;
      this.#wake();
    });
  }

  /** Starts a program and waits until its server listens. Rejects, with what it wrote, when it ends before. */
  static async start(command: readonly [string, ...string[]], file: string): Promise<PeerProgram> {
    const program = new PeerProgram(command, file);
    program.#port = Number(await program.#take("listening "));
    return program;
  }

  /** Where its server listens, on 127.0.0.1. */
  get port(): number {
    return this.#port;
  }

  /** Has its client play a case at this address, and gives what it made of it. */
  play(name: string, url: string, mode: string): Promise<string> {
    this.#process.stdin.write(`${name} ${url} ${mode}\n`);
    return this.#take("answer ");
  }

  /** Resolves when its server has seen a connection close like this; nothing that came before counts twice. */
  async closed(close: string): Promise<void> {
    await this.#take(`closed ${close}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin.end();
    await this.#ended;
  }

  /** The rest of the first line that starts like this. */
  async #take(start: string): Promise<string> {
    for (;;) {
      const index = this.#lines.findIndex((line) => line.startsWith(start));
      if (index >= 0) return this.#lines.splice(index, 1)[0]!.slice(start.length);
      if (this.#over) throw new Error(`the peer has ended instead of saying "${start}...":\n${this.#errors}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
