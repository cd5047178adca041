import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The templates and what has to be shown of each: whatever `examples/` has, so that a new example is shown without anybody naming it. Called
 * by the suite and its configuration.
 */

const examples = fileURLToPath(new URL("../../examples/", import.meta.url));

/** Finds the names of the templates. */
export function templateNames(): readonly string[] {
  return readdirSync(examples).filter((name) => existsSync(join(examples, name, "package.json")));
}

/** Whether there is something to look at. */
export function hasPage(template: string): boolean {
  return existsSync(join(examples, template, "public/index.html"));
}

/** Whether it connects to a chat instead of listening. */
export function isClient(template: string): boolean {
  return /\bclient$/.test(template);
}

/** What is shown of a template, by the name of the test that does. */
export function casesOf(template: string) {
  return {
    made: `${template}: is made and installed`,
    runs: `${template}: passes its tests and starts`,
    pages: hasPage(template) ? [`${template}: its page opens`] : [],
  };
}

/** Everything that is shown of all templates. */
export function expectedCases(): readonly string[] {
  return templateNames()
    .map(casesOf)
    .flatMap(({ made, runs, pages }) => [made, runs, ...pages]);
}
