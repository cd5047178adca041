import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeProject } from "./project.js";
import type { Template } from "./template.js";

describe("writeProject", () => {
  let folder: string;
  let template: Template;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "wirespring-project-"));
    await mkdir(join(folder, "echo/src"), { recursive: true });
    template = { name: "echo", description: "", folder: pathToFileURL(join(folder, "echo/")) };
  });

  afterEach(() => rm(folder, { recursive: true }));

  it("copies bytes as they are", async () => {
    const bytes = Buffer.from([0, 255, 128, 10]);
    await writeFile(join(folder, "echo/src/picture.png"), bytes);
    await writeProject(template, join(folder, "app"), "app");
    expect(await readFile(join(folder, "app/src/picture.png"))).toEqual(bytes);
  });

  it("does not overwrite a file that has come meanwhile, and says which", async () => {
    await writeFile(join(folder, "echo/src/main.ts"), "theirs");
    await mkdir(join(folder, "app/src"), { recursive: true });
    await writeFile(join(folder, "app/src/main.ts"), "mine");
    await expect(writeProject(template, join(folder, "app"), "app")).rejects.toThrow(
      `${join(folder, "app/src/main.ts")} could not be written: EEXIST`,
    );
    expect(await readFile(join(folder, "app/src/main.ts"), "utf8")).toBe("mine");
  });
});
