import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { install, receiptOf } from "./installation.js";

describe("receiptOf", () => {
  it("differs with what the project needs and with the bytes of the package", () => {
    const receipts = [
      receiptOf("{}", undefined),
      receiptOf("{}", Buffer.from("a")),
      receiptOf("{}", Buffer.from("b")),
      receiptOf("{ }", Buffer.from("a")),
    ];
    expect(new Set(receipts).size).toBe(4);
  });
});

describe("install", () => {
  let folder: string;
  /** Takes the place of npm: says what it was called with. */
  const npm = (source: string): string[] => [process.execPath, "-e", source, "--"];
  const WORKS = npm(
    "fs.mkdirSync('node_modules', { recursive: true }); fs.appendFileSync('calls', process.argv.slice(1).join(' ') + '\\n')",
  );
  const calls = (): string[] => readFileSync(join(folder, "calls"), "utf8").trim().split("\n");

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wirespring-toolchain-"));
    writeFileSync(join(folder, "package.json"), "{}");
    writeFileSync(join(folder, "a.tgz"), "a");
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("installs once what is wanted, and again when the package is another", async () => {
    const archive = join(folder, "a.tgz");
    expect(await install(folder, archive, [], WORKS)).toBeUndefined();
    expect(await install(folder, archive, [], WORKS)).toBeUndefined();
    expect(calls()).toEqual([expect.stringMatching(/^install --no-save --no-package-lock .*a\.tgz$/)]);
    writeFileSync(archive, "b");
    expect(await install(folder, archive, [], WORKS)).toBeUndefined();
    expect(calls()).toHaveLength(2);
  });

  it("installs what needs no package", async () => {
    expect(await install(folder, undefined, [], WORKS)).toBeUndefined();
    expect(calls()[0]).not.toContain("tgz");
  });

  it("gives npm's reason when it cannot, and tries again the next time", async () => {
    const fails = npm(
      "console.error('npm error code E404\\nnpm error A complete log of this run'); process.exitCode = 1",
    );
    expect(await install(folder, undefined, [], fails)).toBe("npm error code E404");
    expect(existsSync(join(folder, "node_modules/.installed"))).toBe(false);
    expect(await install(folder, undefined, [], WORKS)).toBeUndefined();
  });

  it("gives the reason of a tool that does not run", async () => {
    expect(await install(folder, undefined, ["tool"], WORKS)).toMatch(/^tool does not run: .*ENOENT/);
    expect(existsSync(join(folder, "node_modules/.installed"))).toBe(false);
  });
});
