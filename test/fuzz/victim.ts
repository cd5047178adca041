import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Left } from "./fuzzer.js";

/**
 * The server that the fuzzers over TCP work on: `victim-program.ts`, built, in a process of its own, and what a peer sends to it.
 */

/** How long anything may take, as a guard against what hangs. Milliseconds. */
const PATIENCE = 30_000;

const PAUSE = 100;

/** Bytes of one connection, and how they are sent. */
export interface Sending {
  readonly bytes: Buffer;
  /** Where they are cut: what is behind a cut leaves in a later turn. */
  readonly cuts: readonly number[];
  readonly end: "fin" | "reset";
}

/** A server in a process of its own. */
export class Victim {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: string[] = [];
  #wake: (() => void) | undefined;
  #errors = "";
  #ended = false;
  readonly #end: Promise<number | null>;
  #port = 0;

  private constructor(path: string) {
    this.#process = spawn(process.execPath, ["--enable-source-maps", "--unhandled-rejections=strict", path], {
      env: { PATH: process.env["PATH"] },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#process.stderr.on("data", (chunk) => (this.#errors += String(chunk)));
    // A write to a server that has ended: that it has ended is reported.
    this.#process.stdin.on("error", () => {});
    createInterface(this.#process.stdout).on("line", (line) => {
      this.#lines.push(line);
      this.#wake?.();
    });
    this.#end = once(this.#process, "close").then(([code]) => {
      this.#ended = true;
      this.#wake?.();
      return code as number | null;
    });
  }

  /** Starts the server and waits until it listens. */
  static async start(): Promise<Victim> {
    const built = ["../dist/fuzz/victim-program.js", "./victim-program.js"]
      .map((each) => fileURLToPath(new URL(each, import.meta.url)))
      .find((each) => existsSync(each));
    if (built === undefined) throw new Error(`the fuzzers over TCP need what is built: run "npm run build" first`);
    const victim = new Victim(built);
    victim.#port = Number((await victim.#line()).replace("listening ", ""));
    return victim;
  }

  /** Sends bytes on a connection of their own, and gives all that came back when it is closed. */
  send({ bytes, cuts, end }: Sending): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port: this.#port, host: "127.0.0.1" });
      const received: Buffer[] = [];
      const guard = setTimeout(() => {
        socket.destroy();
        reject(new Error(`the server has left the connection open for ${PATIENCE} ms`));
      }, PATIENCE);
      socket.on("data", (chunk: Buffer) => received.push(chunk));
      // The server may well refuse to hear more.
      socket.on("error", () => {});
      socket.on("close", () => {
        clearTimeout(guard);
        resolve(Buffer.concat(received));
      });
      const places = cuts.map((each) => each % (bytes.length + 1)).sort((one, other) => one - other);
      const chunks = [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
      const write = (index: number): void => {
        const chunk = chunks[index];
        if (chunk !== undefined) {
          socket.write(chunk);
          setImmediate(write, index + 1);
        } else if (end === "fin") socket.end();
        else socket.resetAndDestroy();
      };
      socket.on("connect", () => write(0));
    });
  }

  /** Resolves when the server has answered; rejects when it has ended. */
  async ping(): Promise<void> {
    this.#process.stdin.write("ping\n");
    await this.#line();
  }

  /** What is open when all sessions have ended. Rejects when some do not. */
  async left(): Promise<Left> {
    const until = performance.now() + PATIENCE;
    for (;;) {
      this.#process.stdin.write("left\n");
      const left = JSON.parse(await this.#line()) as Left;
      const { open } = left;
      const busy = (open["sessions"] ?? 0) + (open["TCPSocketWrap"] ?? 0) + (open["Timeout"] ?? 0);
      if (busy === 0 || performance.now() > until) return left;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  /** Asks the server to end, and rejects unless it has done so by itself and in peace. */
  async stop(): Promise<void> {
    const guard = setTimeout(() => this.#process.kill("SIGKILL"), PATIENCE);
    this.#process.stdin.end();
    const code = await this.#end;
    clearTimeout(guard);
    if (code !== 0 || this.#errors !== "") throw new Error(`the server has ended with ${code}:\n${this.#errors}`);
  }

  async #line(): Promise<string> {
    while (this.#lines.length === 0) {
      if (this.#ended) throw new Error(`the server has ended:\n${this.#errors}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#lines.shift()!;
  }
}
