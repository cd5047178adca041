import { afterAll, beforeAll, describe, inject, it } from "vitest";
import type { CreatedProject } from "./created-project.js";
import { casesOf, templateNames } from "./template-list.js";
import { expectPage, expectRuns, Workshop } from "./template-proof.js";

const { chromium } = inject("programs");

/** Longer than a slow network needs. */
const TIMEOUT = 300_000;

let workshop: Workshop;

beforeAll(async () => {
  workshop = await Workshop.open();
}, TIMEOUT);

afterAll(() => workshop[Symbol.asyncDispose]());

describe.each(templateNames())("the template %s", { timeout: TIMEOUT }, (name) => {
  let project: CreatedProject;
  const { made, runs, pages } = casesOf(name);

  it(made, async () => {
    project = await workshop.project(name);
  });

  it(runs, () => expectRuns(project, name));

  // Where no Chromium is, the run has said so in one line already.
  for (const page of pages) it.skipIf(chromium === undefined)(page, () => expectPage(project, name, chromium!));
});
