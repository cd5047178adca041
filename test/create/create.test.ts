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

  it("is shown for every example by npm run scaffold, with its page where it has one", () => {
    expect(expectedCases()).toEqual(expect.arrayContaining(["echo: is made and installed", "chat: its page opens"]));
  });
});
