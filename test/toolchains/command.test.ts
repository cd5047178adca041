import { describe, expect, it } from "vitest";
import { RunningCommand, runToEnd } from "./command.js";

const PATIENCE = 20_000;

const script = (source: string): string[] => [process.execPath, "-e", source];

describe("runToEnd", () => {
  it("gives the exit code and both outputs", async () => {
    const { code, output } = await runToEnd(
      script("console.log('one'); console.error('two'); process.exitCode = 3"),
      ".",
      PATIENCE,
    );
    expect(code).toBe(3);
    expect(output).toContain("one\n");
    expect(output).toContain("two\n");
  });

  it("passes nothing on of the environment but PATH and HOME", async () => {
    const { output } = await runToEnd(script("console.log(Object.keys(process.env).sort().join())"), ".", PATIENCE);
    expect(["HOME,PATH\n", "PATH\n"]).toContain(output);
  });

  it("says what is wrong with a command that there is not", async () => {
    const { code, output } = await runToEnd(["./no-such-command"], ".", PATIENCE);
    expect(code).toBeNull();
    expect(output).toContain("ENOENT");
  });

  it("kills what takes too long", async () => {
    expect(await runToEnd(script("setInterval(() => {}, 1000)"), ".", 1)).toMatchObject({ code: null });
  });
});

describe("RunningCommand", () => {
  it("finds a line while it runs, and ends when it is asked to", async () => {
    const running = new RunningCommand(
      script(
        "process.once('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000); console.log('listening on x')",
      ),
      ".",
      PATIENCE,
    );
    expect((await running.line(/^listening on (\S+)$/m))?.[1]).toBe("x");
    expect(await running.stop()).toEqual({ code: 0, output: "listening on x\n" });
  });

  it("finds no line in what ends without", async () => {
    const running = new RunningCommand(script(""), ".", PATIENCE);
    expect(await running.line(/^listening on (\S+)$/m)).toBeUndefined();
    expect(await running.ended).toBe(0);
  });
});
