import { relative, resolve } from "node:path";
import { CALL, parseCommandLine, type Wish } from "./command-line.js";
import { CreateError } from "./create-error.js";
import { writeProject } from "./project.js";
import { Questions, type Conversation } from "./questions.js";
import { expectFree, packageName } from "./target.js";
import { findTemplates, templateNamed, type Template } from "./template.js";

/**
 * The whole of a call, from arguments to a project. Called by `main.ts`; everything it touches of the process is handed in.
 */

/** Where the program runs. */
export interface Surroundings {
  readonly args: readonly string[];
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Where relative paths begin. */
  readonly cwd: string;
  /** Ends with a slash. */
  readonly templates: URL;
  /** Whom to ask; undefined where nobody sits at the other end. */
  readonly terminal?: Conversation | undefined;
}

/** The folder that is offered where none is named. */
const USUAL_DIRECTORY = "wirespring-app";

type Templates = readonly [Template, ...Template[]];

/**
 * Makes a project, or says how to.
 *
 * @returns What to print.
 * @throws {CreateError} When that cannot be done; nothing was overwritten then.
 */
export async function create({ args, env, cwd, templates: folder, terminal }: Surroundings): Promise<string> {
  const wish = parseCommandLine(args, env);
  const templates = await findTemplates(folder);
  if (wish.help) return help(templates);
  // What was named is looked at before anything is asked.
  if (wish.template !== undefined) templateNamed(wish.template, templates);
  if (wish.directory !== undefined) await expectFree(resolve(cwd, wish.directory));

  const { directory, template } = await complete(wish, templates, terminal);
  const path = resolve(cwd, directory);
  const name = packageName(path);
  await expectFree(path);
  await writeProject(template, path, name);
  return nextSteps(template, path, cwd, commandsFor(env["npm_config_user_agent"]));
}

async function complete(wish: Wish, templates: Templates, terminal: Conversation | undefined) {
  const { directory, template: named } = wish;
  const template = named === undefined ? undefined : templateNamed(named, templates);
  if (directory !== undefined && template !== undefined) return { directory, template };
  if (wish.yes) return { directory: directory ?? USUAL_DIRECTORY, template: template ?? templates[0] };
  if (terminal !== undefined) {
    using questions = new Questions(terminal);
    return {
      directory: directory ?? (await questions.directory(USUAL_DIRECTORY)),
      template: template ?? (await questions.template(templates)),
    };
  }
  if (directory !== undefined) return { directory, template: template ?? templates[0] };
  throw new CreateError(
    `the folder of the project is expected, found none, and no terminal to ask on. Write: ${CALL}; or give --yes for ${USUAL_DIRECTORY}`,
  );
}

function help(templates: Templates): string {
  const width = Math.max(...templates.map(({ name }) => name.length));
  const lines = templates.map(({ name, description }) => `  ${name.padEnd(width)}  ${description}`);
  return `Starts a Wirespring project in a new or empty folder.

  npm create wirespring@latest
  npm create wirespring@latest my-app
  ${CALL}

Options, after the --:
  -t, --template <name>  what to begin with; default ${templates[0].name}
  -y, --yes              ask nothing, take defaults: the folder ${USUAL_DIRECTORY}, the template ${templates[0].name}
  -h, --help             print this

Without --yes, what is missing is asked for on a terminal.

Templates:
${lines.join("\n")}
`;
}

/** How a package manager is called. */
interface Commands {
  readonly install: string;
  readonly start: string;
  readonly test: string;
}

/** The manager that started this program is the one that its user has. */
function commandsFor(userAgent = "npm"): Commands {
  const manager = /^(npm|pnpm|yarn|bun)\b/.exec(userAgent)?.[1] ?? "npm";
  // `bun test` is Bun's own test runner, not the project's.
  const run = manager === "bun" ? "bun run" : manager;
  return { install: `${manager} install`, start: `${run} start`, test: `${run} test` };
}

function nextSteps(template: Template, path: string, cwd: string, { install, start, test }: Commands): string {
  const way = relative(cwd, path);
  const enter = way === "" ? "" : `\n  cd ${/^[\w./@-]+$/.test(way) ? way : JSON.stringify(way)}`;
  return `Made ${path} from the template ${template.name}.
${template.description}.

Two commands, and it runs:
${enter}
  ${install}
  ${start}

Its tests: ${test}. What to look at: README.md
`;
}
