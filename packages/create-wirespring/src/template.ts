import { readdir, readFile } from "node:fs/promises";
import { CreateError } from "./create-error.js";

/**
 * The templates that this package brings: one folder each, found by looking. Called by `create.ts` and `questions.ts`.
 */

/** A folder that becomes a project. */
export interface Template {
  readonly name: string;
  /** One line, from its package.json. */
  readonly description: string;
  /** Ends with a slash. */
  readonly folder: URL;
}

/** The template that is taken where nobody says which: the one with the least to throw away. */
const DEFAULT = "echo";

/** Finds all templates: the default first, then by name. */
export async function findTemplates(folder: URL): Promise<readonly [Template, ...Template[]]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const templates = await Promise.all(names.map((name) => readTemplate(name, folder)));
  const rank = ({ name }: Template): string => (name === DEFAULT ? "" : name);
  const [first, ...others] = templates.sort((one, other) => (rank(one) < rank(other) ? -1 : 1));
  if (first === undefined)
    throw new CreateError(`templates are expected in ${folder.pathname}, found none. Install again`);
  return [first, ...others];
}

async function readTemplate(name: string, templates: URL): Promise<Template> {
  const folder = new URL(`${encodeURIComponent(name)}/`, templates);
  const manifest = JSON.parse(await readFile(new URL("package.json", folder), "utf8")) as { description: string };
  return { name, description: manifest.description, folder };
}

/**
 * Takes the template of this name.
 *
 * @throws {CreateError} When there is none.
 */
export function templateNamed(name: string, templates: readonly Template[]): Template {
  const found = templates.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = templates.map((each) => each.name).join(", ");
  throw new CreateError(`--template is expected to be one of ${names}; found "${name}". Name one of them`);
}
