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
  const { path, template } = await complete(wish, templates, cwd, terminal);
  const name = packageName(path);
  await writeProject(template, path, name);
  return nextSteps(template, path, cwd, commandsFor(env["npm_config_user_agent"]));
}

/** Finds out what the wish leaves open. What was named, or answered, is looked at before anything more is asked. */
async function complete(wish: Wish, templates: Templates, cwd: string, terminal: Conversation | undefined) {
  const named = wish.template === undefined ? undefined : templateNamed(wish.template, templates);
  const free = async (directory: string): Promise<string> => {
    const path = resolve(cwd, directory);
    await expectFree(path);
    return path;
  };
  if (wish.directory !== undefined && (named !== undefined || wish.yes || terminal === undefined))
    return { path: await free(wish.directory), template: named ?? templates[0] };
  if (wish.yes) return { path: await free(USUAL_DIRECTORY), template: named ?? templates[0] };
  if (terminal === undefined)
    throw new CreateError(
      `the folder of the project is expected, found none, and no terminal to ask on. Write: ${CALL}; or give --yes for ${USUAL_DIRECTORY}`,
    );
  using questions = new Questions(terminal);
  const path = await free(wish.directory ?? (await questions.directory(USUAL_DIRECTORY)));
  return { path, template: named ?? (await questions.template(templates)) };
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
  // Newer Yarns do not run what a script has before it.
  const start = manager === "yarn" ? "yarn build && yarn start" : `${run} start`;
  return { install: `${manager} install`, start, test: `${run} test` };
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
