import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mirror } from "./mirror.js";

describe("mirror", () => {
  let parent: string;
  let folder: string;

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "wirespring-mirror-"));
    folder = join(parent, "to");
  });

  afterEach(() => rmSync(parent, { recursive: true }));

  const files = (entries: Record<string, string>) =>
    new Map(Object.entries(entries).map(([path, text]) => [path, Buffer.from(text)]));

  it("writes what is missing or different, deletes what is too much, and leaves nothing beside it", () => {
    mirror(files({ "a/b.txt": "1", "a/c.txt": "2", d: "3" }), folder);
    writeFileSync(join(folder, "d"), "changed");
    mirror(files({ "a/b.txt": "1", d: "3" }), folder);
    expect(readdirSync(join(folder, "a"))).toEqual(["b.txt"]);
    expect(readFileSync(join(folder, "d"), "utf8")).toBe("3");
    expect(readdirSync(parent)).toEqual(["to"]);
  });

  it("does not touch what is as it should be", () => {
    mirror(files({ a: "1" }), folder);
    utimesSync(join(folder, "a"), 1000, 1000);
    mirror(files({ a: "1" }), folder);
    expect(statSync(join(folder, "a")).mtimeMs).toBe(1_000_000);
  });
});
