import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";

/** A program whose endpoint hangs when a session has ended. */
const HANGING = `
  import { Bean, Configuration, EndpointExporter, OnClose, ServerEndpoint, WirespringApplication } from "wirespring";

  class Pool { dispose() { console.log("pool disposed"); } }
  class Config {
    exporter() { return new EndpointExporter(); }
    pool() { return new Pool(); }
  }
  const bean = (name, token) => Bean({ token })(Config.prototype, name, Object.getOwnPropertyDescriptor(Config.prototype, name));
  bean("exporter", EndpointExporter);
  bean("pool", Pool);
  Configuration()(Config);

  class Hanging { closed() { return new Promise(() => {}); } }
  OnClose()(Hanging.prototype, "closed", Object.getOwnPropertyDescriptor(Hanging.prototype, "closed"));
  ServerEndpoint("/hanging")(Hanging);

  const context = await WirespringApplication.run(Config, {
    port: 0, host: "127.0.0.1", endpoints: [Hanging], limits: { handlerTimeout: 300 },
  });
  console.log(new URL(String(context.url)).port);
`;

/** A program whose second bean takes until it is told to go on; without decorators' syntax, so that Node runs it as it is. */
const PROGRAM = `
  import { Bean, Configuration, EndpointExporter, ServerEndpoint, WirespringApplication } from "wirespring";

  class Pool { dispose() { console.log("pool disposed"); } }
  class Warmup {}

  class Config {
    exporter() { return new EndpointExporter(); }
    pool() { console.log("pool made"); return new Pool(); }
    warmup() {
      console.log("starting");
      return new Promise((resolve) => process.stdin.once("data", () => { process.stdin.destroy(); resolve(new Warmup()); }));
    }
  }
  const bean = (name, token) => Bean({ token })(Config.prototype, name, Object.getOwnPropertyDescriptor(Config.prototype, name));
  bean("exporter", EndpointExporter);
  bean("pool", Pool);
  bean("warmup", Warmup);
  Configuration()(Config);

  class Echo {}
  ServerEndpoint("/echo")(Echo);

  await WirespringApplication.run(Config, { port: 0, host: "127.0.0.1", endpoints: [Echo] });
  console.log("run has resolved");
`;

describe("an application that gets SIGTERM while it starts", () => {
  it("goes no further, ends what it has made, and the process ends with 0", { timeout: 20_000 }, async () => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM], {
      cwd: import.meta.dirname,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let complaints = "";
    child.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
    const lines: string[] = [];
    const out = createInterface(child.stdout);
    const started = new Promise<void>((resolve) => {
      out.on("line", (line) => {
        lines.push(line);
        if (line === "starting") resolve();
      });
    });
    await started;
    child.kill("SIGTERM");
    await expect.poll(() => complaints).toContain("application.signal");
    child.stdin.write("go on\n");
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    expect({ code, signal, lines }, complaints).toEqual({
      code: 0,
      signal: null,
      lines: ["pool made", "starting", "pool disposed", "run has resolved"],
    });
    expect(complaints).not.toContain("application.started");
  });
});

describe("an application that gets SIGTERM while a session hangs in its end", () => {
  it("waits for the time that it may take, then ends its beans", { timeout: 20_000 }, async () => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", HANGING], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines: string[] = [];
    const out = createInterface(child.stdout);
    const [port] = (await once(out, "line")) as [string];
    out.on("line", (line) => lines.push(line));
    const socket = new WebSocket(`ws://127.0.0.1:${port}/hanging`);
    await once(socket, "open");
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number | null];
    expect([code, lines]).toEqual([0, ["pool disposed"]]);
  });
});
