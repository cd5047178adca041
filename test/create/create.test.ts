import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectedCases } from "./template-list.js";
import { expectRuns, Workshop } from "./template-proof.js";

/** The default template, from packed packages in an empty folder. `npm run scaffold` does every one. */
describe("npm create wirespring", { timeout: 180_000 }, () => {
  let workshop: Workshop;

  beforeAll(async () => {
    workshop = await Workshop.open();
  }, 60_000);

  afterAll(() => workshop[Symbol.asyncDispose]());

  it("makes a project that passes its tests and starts", async () => {
    await expectRuns(await workshop.project("echo"), "echo");
  });

  it("ends with 1 and one line where something is in the folder already", async () => {
    const within = await workshop.emptyFolder("echo");
    await mkdir(join(within, "my-app"));
    await writeFile(join(within, "my-app/notes.txt"), "mine");
    await expect(workshop.make("echo", within)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^create-wirespring: \S+my-app is expected to be new or empty, found notes\.txt in it\..*\n$/,
      ),
    });
    expect(await readdir(join(within, "my-app"))).toEqual(["notes.txt"]);
  });

  it("is shown for every example by npm run scaffold, with its page where it has one", () => {
    expect(expectedCases()).toEqual(expect.arrayContaining(["echo: is made and installed", "chat: its page opens"]));
  });
});
