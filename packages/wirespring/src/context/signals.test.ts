import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

const source = fileURLToPath(new URL("signals.ts", import.meta.url));

const children: ChildProcess[] = [];
// A case that fails leaves a child that does not end by itself.
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** What every child begins with: two applications that keep the process alive until they are closed. */
const prelude = `
  import { runnerImport } from "vite";
  const { module } = await runnerImport(${JSON.stringify(source)});
  const say = (text) => process.stdout.write(text + "\\n");
  const logger = { info: ({ signal }) => say("told " + signal), error: ({ error }) => say("failed: " + error.message) };
  const application = (name, close = async () => {}) => {
    const timer = setInterval(() => {}, 1000);
    const each = { logger, async close() { clearInterval(timer); await close(); say("closed " + name); module.unwatchSignals(each); } };
    module.watchSignals(each);
    return each;
  };
`;

async function run(
  body: string,
  steps: (kill: (signal: NodeJS.Signals) => void, line: (text: string) => Promise<void>) => Promise<void>,
): Promise<{ code: number | null; signal: string | null; output: string }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", `${prelude}${body}\nsay("ready");`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  let output = "";
  const waiting: (() => void)[] = [];
  child.stdout.on("data", (chunk) => {
    output += String(chunk);
    for (const look of waiting) look();
  });
  const exited = once(child, "exit") as Promise<[number | null, string | null]>;
  const line = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (output.includes(`${text}\n`)) resolve();
      };
      waiting.push(look);
      look();
    });
  await line("ready");
  await steps((signal) => child.kill(signal), line);
  const [code, signal] = await exited;
  return { code, signal, output };
}

describe("signals", { timeout: 30_000 }, () => {
  it("close all applications of the process, which then ends by itself with 0", async () => {
    const { code, signal, output } = await run(`application("a"); application("b");`, async (kill) => kill("SIGTERM"));
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(output).toContain("told SIGTERM\ntold SIGTERM\n");
    expect(output).toContain("closed a\nclosed b\n");
  });

  it("end the process at once when they come a second time", async () => {
    const hang = `application("a", () => new Promise(() => setInterval(() => {}, 1000)));`;
    const twice = await run(hang, async (kill, line) => {
      kill("SIGTERM");
      await line("told SIGTERM");
      kill("SIGINT");
    });
    expect(twice).toMatchObject({ code: 130, signal: null });
    expect(twice.output).not.toContain("closed");
  });

  it("are left to others when the last application has closed", async () => {
    const { signal } = await run(`await application("a").close(); setInterval(() => {}, 1000);`, async (kill) =>
      kill("SIGTERM"),
    );
    expect(signal).toBe("SIGTERM");
  });

  it("are the host's again when all have closed, though the process goes on", async () => {
    const goesOn = `application("a"); setInterval(() => { if (process.listenerCount("SIGTERM") === 0) say("free"); }, 10);`;
    const { signal } = await run(goesOn, async (kill, line) => {
      kill("SIGTERM");
      await line("free");
      kill("SIGTERM");
    });
    expect(signal).toBe("SIGTERM");
  });

  it("end with 1 when an application cannot be closed", async () => {
    const { code, output } = await run(
      `application("a"); application("b", async () => { throw new Error("stuck"); });`,
      async (kill) => kill("SIGINT"),
    );
    expect(output).toContain("failed: stuck");
    expect(code).toBe(1);
  });
});
