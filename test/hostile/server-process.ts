import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { LogRecord } from "wirespring";
import type { ServeOptions } from "./hostile-program.js";

/**
 * A server process as the suite sees it: asks it questions, reads its log, and knows when it has ended. Started by the pool and the stage, runs
 * hostile-server.ts as it was built.
 */

/** How a process has ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Answer {
  readonly number: number;
  readonly value?: unknown;
  readonly problem?: string;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

const PROGRAM = fileURLToPath(new URL("../dist/hostile/hostile-server.js", import.meta.url));

export class ServerProcess {
  readonly port: number;
  /** Every line of the log so far. */
  readonly log: LogRecord[] = [];
  /** The same as they were written. */
  readonly lines: string[] = [];
  /** What was written that is no line of a log. */
  readonly stray: string[] = [];
  /** Called with each new line. */
  heard: () => void = () => {};
  readonly exited: Promise<Exit>;
  /** Undefined while it runs. */
  exit: Exit | undefined;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;

  private constructor(child: ChildProcess, port: number, exited: Promise<Exit>) {
    this.#child = child;
    this.port = port;
    this.exited = exited.then((exit) => {
      this.exit = exit;
      for (const { reject } of this.#waiting.values()) reject(new Error(this.#ending(exit)));
      this.heard();
      return exit;
    });
    child.on("message", (answer: Answer) => this.#answered(answer));
  }

  /** Starts a process. Rejects, with what it wrote, when it ends before it listens. */
  static async start(options: ServeOptions): Promise<ServerProcess> {
    if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: run "npm run build" first`);
    const child = fork(PROGRAM, [JSON.stringify(options)], {
      execArgv: ["--expose-gc", "--enable-source-maps"],
      env: { PATH: process.env["PATH"] },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      serialization: "advanced",
    });
    const lines: string[] = [];
    let read = (line: string): void => void lines.push(line);
    for (const stream of [child.stdout!, child.stderr!]) splitLines(stream, (line) => read(line));
    const exited = new Promise<Exit>((resolve) => child.once("close", (code, signal) => resolve({ code, signal })));
    const port = await Promise.race([
      new Promise<number>((resolve) => child.once("message", (started: { port: number }) => resolve(started.port))),
      exited.then(({ code }) => {
        throw new Error(`the server ended with ${code} before it listened:\n${lines.join("\n")}`);
      }),
    ]);
    const server = new ServerProcess(child, port, exited);
    for (const line of lines) server.#read(line);
    read = (line) => server.#read(line);
    return server;
  }

  /** Has the server do something. Rejects with what it throws, and when the process ends. */
  ask(command: string, argument?: unknown): Promise<unknown> {
    if (this.exit !== undefined) return Promise.reject(new Error(this.#ending(this.exit)));
    const number = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#child.send({ number, command, argument });
    });
  }

  /** Nobody reads the server's log any more: its next write fails. */
  async closeLog(): Promise<void> {
    const log = this.#child.stderr!;
    const closed = once(log, "close");
    log.destroy();
    await closed;
  }

  /** Everything that the server has written until now is in `log` then, if somebody reads it. */
  async caughtUp(): Promise<void> {
    if (this.#child.stderr!.destroyed) return;
    const mark = `{"event":"mark","number":${this.#asked}}`;
    const arrived = new Promise<void>((resolve) => this.#marks.set(mark, resolve));
    await this.ask("mark", mark);
    await Promise.race([arrived, this.exited]);
  }

  /** Sends a signal. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  readonly #marks = new Map<string, () => void>();

  #read(line: string): void {
    const mark = this.#marks.get(line);
    if (mark !== undefined) {
      this.#marks.delete(line);
      mark();
      return;
    }
    const record = recordOf(line);
    if (record === undefined) this.stray.push(line);
    else {
      this.log.push(record);
      this.lines.push(line);
    }
    this.heard();
  }

  #answered({ number, value, problem }: Answer): void {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (problem === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(`the server could not do it: ${problem}`));
  }

  #ending({ code, signal }: Exit): string {
    return `the server process has ended (${signal ?? code}):\n${this.stray.slice(-20).join("\n")}`;
  }
}

/** A line of the log; undefined for anything else. */
function recordOf(line: string): LogRecord | undefined {
  try {
    const record = JSON.parse(line) as LogRecord;
    return typeof record === "object" && record !== null && typeof record.event === "string" ? record : undefined;
  } catch {
    return undefined;
  }
}

function splitLines(stream: NodeJS.ReadableStream, heard: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    lines.forEach(heard);
  });
  stream.on("end", () => {
    if (rest !== "") heard(rest);
  });
}
