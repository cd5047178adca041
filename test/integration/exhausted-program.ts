import { RawClient, type RawResponse } from "@wirespring/testing";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/**
 * An application in a process of its own that has hardly any memory, or hardly any files. Started by `exhaustion.test.ts` and by the cases of
 * `test/hostile` about the same.
 */

/** Without decorators' syntax, so that Node runs it as it is. Does what its standard input says, and answers in lines. */
const PROGRAM = `
  import { Bean, Configuration, EndpointExporter, OnMessage, ServerContainer, ServerEndpoint, WirespringApplication } from "wirespring";
  import { closeSync, openSync } from "node:fs";
  import { createInterface } from "node:readline";
  import { getHeapStatistics } from "node:v8";

  class Config { exporter() { return new EndpointExporter(); } }
  const member = (of, name) => [of.prototype, name, Object.getOwnPropertyDescriptor(of.prototype, name)];
  Bean({ token: EndpointExporter })(...member(Config, "exporter"));
  Configuration()(Config);

  class Echo { said(text) { return text; } }
  Reflect.defineMetadata("design:paramtypes", [String], Echo.prototype, "said");
  Reflect.defineMetadata("design:returntype", String, Echo.prototype, "said");
  OnMessage()(...member(Echo, "said"));
  ServerEndpoint("/echo")(Echo);

  let skipped = 0;
  const clock = {
    now: () => performance.now() + skipped,
    wallTime: () => Date.now(),
    setTimer(task, delay) { const timer = setTimeout(task, delay).unref(); return { cancel: () => clearTimeout(timer) }; },
  };
  let ballast = [];
  let files = [];
  const commands = {
    fillHeap() {
      const { heap_size_limit: limit } = getHeapStatistics();
      while (getHeapStatistics().used_heap_size < 0.9 * (limit - 48 * 2 ** 20)) ballast.push(Array.from({ length: 1_000 }, (_, n) => ({ n })));
    },
    emptyHeap() { ballast = []; globalThis.gc(); },
    fillFiles() {
      try { for (;;) files.push(openSync("/dev/null")); } catch (error) { if (error.code !== "EMFILE") throw error; }
    },
    emptyFiles() { for (const file of files) closeSync(file); files = []; },
    skipSecond() { skipped += 1_000; },
    refused: () => context.get(ServerContainer).metrics().upgradesRefused,
    open: () => context.get(ServerContainer).metrics().sessionsOpen,
    connections: () => context.server.maxConnections,
  };
  const context = await WirespringApplication.run(Config, {
    port: 0, host: "127.0.0.1", endpoints: [Echo], clock,
    handler: (request, response) => response.end("healthy"),
  });
  console.log(JSON.stringify(Number(new URL(context.url).port)));
  createInterface(process.stdin).on("line", (line) => console.log(JSON.stringify(commands[line]() ?? null))).on("close", () => context.close());
`;

/** The process as a test sees it. */
export class ExhaustedProgram implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #clients: RawClient[] = [];
  readonly #complaints: string[];

  private constructor(child: ChildProcess, answers: AsyncIterator<string>, complaints: string[], port: number) {
    this.#child = child;
    this.#answers = answers;
    this.#complaints = complaints;
    this.port = port;
  }

  /**
   * Starts it. Rejects, with what it wrote, when it does not come so far.
   *
   * @param shell What the shell does before it becomes the program.
   */
  static async start(shell: string, ...flags: readonly string[]): Promise<ExhaustedProgram> {
    const node = [process.execPath, ...flags, "--input-type=module", "-e", PROGRAM];
    const child = spawn("/bin/sh", ["-c", `${shell}; exec "$@"`, "sh", ...node], { cwd: import.meta.dirname });
    const complaints: string[] = [];
    child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk.toString()));
    const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
    const first = await answers.next();
    if (first.done === true) throw new Error(`the program did not start: ${complaints.join("")}`);
    return new ExhaustedProgram(child, answers, complaints, JSON.parse(first.value) as number);
  }

  /** Lets the program do something, and gives what it answers. */
  async tell(command: string): Promise<unknown> {
    this.#child.stdin!.write(`${command}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error(`the program has ended: ${this.#complaints.join("")}`);
    return JSON.parse(answer.value);
  }

  /** Asks for an upgrade on a connection of its own. */
  async upgrade(): Promise<RawResponse & { readonly client: RawClient }> {
    const client = await RawClient.connect({ port: this.port });
    this.#clients.push(client);
    return { ...(await client.upgrade({ path: "/echo" })), client };
  }

  /** The status of a health check on a connection of its own; 0 when it was closed without an answer. */
  async health(): Promise<number> {
    const client = await RawClient.connect({ port: this.port });
    client.write("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const status = await client.response().then(
      (response) => response.status,
      () => 0,
    );
    client.destroy();
    return status;
  }

  /** The lines of its log that have some text in them. */
  logged(text: string): readonly string[] {
    return this.#complaints
      .join("")
      .split("\n")
      .filter((line) => line.includes(text));
  }

  /** Ends all clients. */
  leave(): void {
    for (const client of this.#clients.splice(0)) client.destroy();
  }

  /** Ends the program, and gives its exit code. */
  async end(): Promise<unknown> {
    this.leave();
    const ended = once(this.#child, "exit");
    this.#child.stdin!.end();
    return (await ended)[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.leave();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}

/** Sends a text and gives the answer. */
export async function echo(client: RawClient, text: string): Promise<string> {
  client.frame({ opcode: 1, payload: Buffer.from(text) });
  return String((await client.nextFrame()).payload);
}
