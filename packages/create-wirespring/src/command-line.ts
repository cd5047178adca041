import { parseArgs } from "node:util";
import { CreateError } from "./create-error.js";

/**
 * What the command line asks for. Called by `create.ts`; knows no template and no folder.
 */

/** What somebody has asked for; what is undefined they have not said. */
export interface Wish {
  /** A path, relative to where the program was started. */
  readonly directory?: string | undefined;
  /** The name of a template, not yet looked up. */
  readonly template?: string | undefined;
  /** Whether defaults are taken instead of asking. */
  readonly yes: boolean;
  readonly help: boolean;
}

/** The form of a call, as messages show it. npm keeps for itself what stands before the `--`. */
export const CALL = "npm create wirespring@latest my-app -- --template chat";

/**
 * Reads arguments.
 *
 * @param env Where npm leaves an option that it took for one of its own.
 * @throws {CreateError} When something in them is not known, or is there twice.
 */
export function parseCommandLine(args: readonly string[], env: Readonly<NodeJS.ProcessEnv>): Wish {
  const { values, positionals } = parse(args);
  if (values.template === undefined && env["npm_config_template"] !== undefined)
    throw new CreateError(`--template did not get here: npm took it for an option of its own. Write: ${CALL}`);
  const template = once("--template", values.template);
  if (positionals.length > 1)
    throw new CreateError(
      `one folder is expected, found ${positionals.length}: ${positionals.join(", ")}. Write: ${CALL}`,
    );
  const [directory] = positionals;
  if (directory?.trim() === "")
    throw new CreateError(`the name of a folder is expected, found an empty one. Write: ${CALL}`);
  return { directory, template, yes: values.yes ?? false, help: values.help ?? false };
}

function once(option: string, given: readonly string[] | undefined): string | undefined {
  if (given !== undefined && given.length > 1)
    throw new CreateError(
      `${option} is expected once, found ${given.length} times: ${given.join(", ")}. Leave one of them`,
    );
  return given?.[0];
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        template: { type: "string", short: "t", multiple: true },
        yes: { type: "boolean", short: "y" },
      },
    });
  } catch (error) {
    const { message } = error as Error;
    // Node's first sentence says what was found; the rest is about programs in general.
    const found = message.split(/\.\s|\n/)[0];
    throw new CreateError(`${found}. There are --template <name>, --yes and --help. Write: ${CALL}`, { cause: error });
  }
}
