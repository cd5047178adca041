import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectFree, packageName } from "./target.js";

describe("expectFree", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "wirespring-target-"));
  });

  afterEach(() => rm(folder, { recursive: true }));

  it("accepts a folder that is not there, one that is empty, and a fresh repository", async () => {
    await expectFree(join(folder, "deep/down"));
    await expectFree(folder);
    await mkdir(join(folder, ".git"));
    await expect(expectFree(folder)).resolves.toBeUndefined();
  });

  it("refuses a folder with anything in it, and names that", async () => {
    await writeFile(join(folder, ".env"), "");
    await expect(expectFree(folder)).rejects.toThrow(`${folder} is expected to be new or empty, found .env in it.`);
    await writeFile(join(folder, "a.txt"), "");
    await mkdir(join(folder, ".git"));
    await expect(expectFree(folder)).rejects.toThrow("found .env and 1 more in it. Nothing was written");
  });

  it("refuses a file, a path through a file, and a link to a full folder", async () => {
    await mkdir(join(folder, "full"));
    await writeFile(join(folder, "full/file"), "");
    await expect(expectFree(join(folder, "full/file"))).rejects.toThrow("a file is in the way");
    await expect(expectFree(join(folder, "full/file/app"))).rejects.toThrow("a file is in the way");
    await symlink(join(folder, "full"), join(folder, "link"));
    await expect(expectFree(join(folder, "link"))).rejects.toThrow("found file in it");
  });
});

describe("packageName", () => {
  it.each([
    ["/x/my-app", "my-app"],
    ["/x/My App", "my-app"],
    ["/x/Größe 2", "gro-e-2"],
    ["/x/.hidden_", "hidden_"],
    ["/x/@scope", "scope"],
    ["/x/a.b", "a.b"],
  ])("makes of %s %s", (path, name) => {
    expect(packageName(path)).toBe(name);
  });

  it.each(["/x/...", "/", "/x/日本", "/x/node_modules"])("refuses %s", (path) => {
    expect(() => packageName(path)).toThrow("is expected to make a package name");
  });
});
