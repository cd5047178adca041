import { RawClient, type RawResponse } from "@wirespring/testing";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";

/** An application in a process of its own that has hardly any memory, or hardly any files. */

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

class Program implements AsyncDisposable {
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

  /** @param shell What the shell does before it becomes the program. */
  static async start(shell: string, ...flags: readonly string[]): Promise<Program> {
    const node = [process.execPath, ...flags, "--input-type=module", "-e", PROGRAM];
    const child = spawn("/bin/sh", ["-c", `${shell}; exec "$@"`, "sh", ...node], { cwd: import.meta.dirname });
    const complaints: string[] = [];
    child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk.toString()));
    const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
    const first = await answers.next();
    if (first.done === true) throw new Error(`the program did not start: ${complaints.join("")}`);
    return new Program(child, answers, complaints, JSON.parse(first.value) as number);
  }

  /** Lets the program do something, and gives what it answers. */
  async tell(command: string): Promise<unknown> {
    this.#child.stdin!.write(`${command}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error(`the program has ended: ${this.#complaints.join("")}`);
    return JSON.parse(answer.value);
  }

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

  /** What the program has logged of connections that it could not take. */
  get dropped(): readonly string[] {
    return this.#complaints
      .join("")
      .split("\n")
      .filter((line) => line.includes("http.connection.dropped"));
  }

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
async function echo(client: RawClient, text: string): Promise<string> {
  client.frame({ opcode: 1, payload: Buffer.from(text) });
  return String((await client.nextFrame()).payload);
}

describe("an application without memory to spare (F12)", () => {
  it(
    "takes nobody in, serves those who are in, and goes on when there is memory again",
    { timeout: 30_000 },
    async () => {
      await using program = await Program.start("true", "--max-old-space-size=64", "--expose-gc");
      const { client, status } = await program.upgrade();
      expect(status).toBe(101);
      await program.tell("fillHeap");
      await program.tell("skipSecond");
      for (let count = 0; count < 3; count++) {
        const refused = await program.upgrade();
        expect(refused).toMatchObject({ status: 503, body: "This server is busy. Try again later.\n" });
        expect(refused.headers.get("retry-after")).toEqual(["5"]);
      }
      expect(await echo(client, "still here")).toBe("still here");
      expect(await program.health()).toBe(200);
      await program.tell("emptyHeap");
      await program.tell("skipSecond");
      expect((await program.upgrade()).status).toBe(101);
      expect(await program.tell("refused")).toEqual({ memory: 3 });
      expect(await program.end()).toBe(0);
    },
  );
});

describe("an application without files to spare (F13)", () => {
  it("keeps room for health checks, however many sessions want in", { timeout: 30_000 }, async () => {
    await using program = await Program.start("ulimit -n 256");
    expect(await program.tell("connections")).toBe(230);
    const statuses = new Map<number, number>();
    for (let count = 0; count < 215; count++) {
      const { status, headers } = await program.upgrade();
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 503) expect(headers.get("retry-after")).toEqual(["5"]);
    }
    expect([...statuses]).toEqual([
      [101, 207],
      [503, 8],
    ]);
    expect(await program.health()).toBe(200);
    expect(await program.tell("refused")).toEqual({ connections: 8 });
    expect(await program.end()).toBe(0);
  });

  it("survives that there are none at all, and goes on when there are", { timeout: 30_000 }, async () => {
    await using program = await Program.start("ulimit -n 256");
    const { client } = await program.upgrade();
    await program.tell("fillFiles");
    const turnedAway = await Promise.all(Array.from({ length: 20 }, () => program.health()));
    expect(turnedAway).toEqual(turnedAway.map(() => 0));
    expect(await echo(client, "still here")).toBe("still here");
    await program.tell("emptyFiles");
    expect(await program.health()).toBe(200);
    expect((await program.upgrade()).status).toBe(101);
    expect(await program.end()).toBe(0);
  });

  it(
    "drops the connections above its limit, says so, and goes on when some have left",
    { timeout: 30_000 },
    async () => {
      await using program = await Program.start("ulimit -n 256");
      const idle = await Promise.all(Array.from({ length: 230 }, () => RawClient.connect({ port: program.port })));
      // In the meantime it has accepted all of them.
      await program.tell("open");
      expect(await program.health()).toBe(0);
      await expect.poll(() => program.dropped).toEqual([expect.stringContaining("maxConnections")]);
      for (const client of idle) client.destroy();
      await expect.poll(() => program.health()).toBe(200);
      expect(await program.end()).toBe(0);
    },
  );
});
