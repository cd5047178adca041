import { createInterface, type Interface } from "node:readline";
import { CreateError } from "./create-error.js";
import type { Template } from "./template.js";

/**
 * Asks on a terminal for what the command line has not said. Called by `create.ts`; Enter takes what stands in brackets.
 */

/** What is read from and written to. */
export interface Conversation {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/** Puts questions, one after another. */
export class Questions implements Disposable {
  readonly #lines: Interface;
  /** Keeps what is typed before it is asked for. */
  readonly #answers: AsyncIterator<string>;
  readonly #output: NodeJS.WritableStream;

  constructor({ input, output }: Conversation) {
    this.#lines = createInterface({ input, output });
    this.#answers = this.#lines[Symbol.asyncIterator]();
    this.#output = output;
  }

  /** Asks for the folder. */
  async directory(usual: string): Promise<string> {
    return (await this.#ask(`Folder of the project [${usual}]: `)) || usual;
  }

  /** Asks for one of the templates, by number or name, until it is one of them. */
  async template(templates: readonly [Template, ...Template[]]): Promise<Template> {
    const width = Math.max(...templates.map(({ name }) => name.length));
    this.#say("Templates:");
    for (const [index, { name, description }] of templates.entries())
      this.#say(
        `  ${String(index + 1).padStart(String(templates.length).length)}  ${name.padEnd(width)}  ${description}`,
      );
    for (;;) {
      const answer = (await this.#ask(`Template, by number or name [${templates[0].name}]: `)) || "1";
      const chosen = templates.find(({ name }, index) => answer === name || answer === String(index + 1));
      if (chosen !== undefined) return chosen;
      this.#say(`There is no template "${answer}".`);
    }
  }

  async #ask(question: string): Promise<string> {
    this.#lines.setPrompt(question);
    this.#lines.prompt();
    const { value, done } = await this.#answers.next();
    if (done !== true) return value.trim();
    // Ctrl-C or Ctrl-D.
    this.#say("");
    throw new CreateError("an answer was expected, and the input has ended. Nothing was written");
  }

  #say(line: string): void {
    this.#output.write(`${line}\n`);
  }

  [Symbol.dispose](): void {
    this.#lines.close();
  }
}
