import { spawn, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { ExampleProgram } from "./example-program.js";

/** The programs among the examples that connect instead of listening, against the ones that listen. */

const running = new Set<ChildProcess>();

afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
});

function start(script: string, ...args: readonly string[]) {
  const path = fileURLToPath(new URL(`../../examples/${script}`, import.meta.url));
  const child = spawn(process.execPath, ["--enable-source-maps", path, ...args], {
    env: { PATH: process.env["PATH"] },
  });
  running.add(child);
  child.once("close", () => running.delete(child));
  return child;
}

async function run(script: string, ...args: readonly string[]) {
  const child = start(script, ...args);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

describe("examples/codecs, the client", { timeout: 20_000 }, () => {
  it("prints what is answered to each kind of message, and ends", async () => {
    await using program = await ExampleProgram.start("codecs");
    const { code, stdout, stderr } = await run("codecs/dist/client.js", program.socketUrl(""));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trim().split("\n")).toEqual([
      expect.stringContaining('{"readings":1,"lowest":21.5,"highest":21.5}'),
      expect.stringContaining('{"readings":2,"lowest":21.11,"highest":21.5}'),
      expect.stringContaining('{"readings":3,"lowest":19,"highest":21.5}'),
      expect.stringContaining('{"readings":6,"lowest":-3,"highest":21.5}'),
      expect.stringContaining('{"problem":'),
      expect.stringContaining('{"problem":'),
      expect.stringContaining('{"readings":7,"lowest":-3,"highest":21.5}'),
      expect.stringContaining('{"readings":8760,'),
    ]);
  });
});

describe("examples/file-upload, the program that uploads", { timeout: 30_000 }, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "wirespring-to-upload-"));
  });

  afterAll(() => rm(folder, { recursive: true }));

  it("prints the receipt for a file, and ends", async () => {
    await using program = await ExampleProgram.start("file-upload");
    const bytes = randomBytes(8 * 1_048_576);
    await writeFile(join(folder, "a.bin"), bytes);
    const { code, stdout, stderr } = await run(
      "file-upload/dist/upload.js",
      join(folder, "a.bin"),
      program.socketUrl(""),
    );
    expect(code, stderr).toBe(0);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(JSON.parse(stdout)).toEqual({ name: "a.bin", size: bytes.length, sha256 });
    // Stopped rather than killed: its folder goes, too.
    expect((await program.stop()).code).toBe(0);
  });

  it("ends with 1 and says why it could not", async () => {
    const { code, stdout, stderr } = await run("file-upload/dist/upload.js", join(folder, "missing"));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("not uploaded: ENOENT");
    expect(stderr).not.toContain("    at ");
  });

  it("ends with 2 and says how it is called", async () => {
    expect(await run("file-upload/dist/upload.js")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("usage"),
    });
  });
});

describe("examples/typed-client", { timeout: 20_000 }, () => {
  /** The program, with what it prints line by line. */
  function chat(url: string) {
    const child = start("typed-client/dist/main.js", url);
    const ended = once(child, "close") as Promise<[number | null]>;
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const errors = text(child.stderr);
    return {
      line: async () => (await lines.next()).value as string | undefined,
      type: (line: string) => child.stdin.write(`${line}\n`),
      leave: () => child.stdin.end(),
      stop: async (signal: "SIGINT" | "SIGTERM") => {
        child.kill(signal);
        return (await ended)[0];
      },
      ended: async () => ({ code: (await ended)[0], stderr: await errors }),
    };
  }

  it("chats, and leaves with code 0 on Ctrl-C", async () => {
    await using program = await ExampleProgram.start("chat");
    const ann = chat(program.socketUrl("/chat/lobby?name=Ann"));
    expect(await ann.line()).toMatch(/^connected to 127\.0\.0\.1:\d+\/chat\/lobby, chat\.v1$/);
    expect(await ann.line()).toBe("you are Ann in lobby");
    ann.type("hello");
    expect(await ann.line()).toBe("Ann: hello");
    const bob = new WebSocket(program.socketUrl("/chat/lobby?name=Bob"));
    await once(bob, "message");
    expect(await ann.line()).toBe("* Bob joined");
    const left = once(bob, "message");
    expect(await ann.stop("SIGINT")).toBe(0);
    expect(JSON.parse(String((await left)[0]))).toMatchObject({ type: "left", name: "Ann" });
    bob.close();
  });

  it("leaves with code 0 at the end of its input, too", async () => {
    await using program = await ExampleProgram.start("chat");
    const ann = chat(program.socketUrl("/chat/lobby?name=Ann"));
    await ann.line();
    ann.leave();
    expect(await ann.ended()).toEqual({ code: 0, stderr: "" });
  });

  it("waits for a server that restarts as long as that says, and can be stopped meanwhile", async () => {
    await using program = await ExampleProgram.start("chat");
    const ann = chat(program.socketUrl("/chat/lobby?name=Ann"));
    await ann.line();
    await ann.line();
    await program.stop();
    expect(await ann.line()).toMatch(/^! the connection has ended with 1012; next attempt in \d{4,5} ms$/);
    ann.type("anybody?");
    expect(await ann.line()).toBe("! not connected: please say it again later");
    expect(await ann.stop("SIGTERM")).toBe(0);
  });

  it("ends with 1 when the server refuses it", async () => {
    await using program = await ExampleProgram.start("chat");
    expect(await chat(program.socketUrl("/chat/lobby?name=")).ended()).toEqual({
      code: 1,
      stderr: "not connected: Please choose a name.\n",
    });
    expect(await chat(program.socketUrl("/nowhere")).ended()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("refused the handshake with HTTP 404"),
    });
  });
});
