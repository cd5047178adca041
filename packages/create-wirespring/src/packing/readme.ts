import { NAME } from "../project.js";

/**
 * Makes an example's README true for a project of its own. Called by `template-files.ts`.
 *
 * Examples are run from the root of the repository, a project from its own folder; that is what has to be said in other words.
 */

/** Rewrites the README of an example. Throws when something in it is still about the repository. */
export function standaloneReadme(example: string, text: string): string {
  const rules: readonly (readonly [RegExp, string])[] = [
    [/^# .*$/m, `# ${NAME}`],
    [/\bFrom the root of the repository\b/g, "In this folder"],
    [/\bfrom the root of the repository\b/g, "in this folder"],
    [/\bnpm run setup && npm run build\b/g, "npm install"],
    // With arguments, npm wants them behind a separator.
    [new RegExp(`\\bnode examples/${example}/dist/main\\.js(?= +[^\\s#])`, "g"), "npm start --"],
    [new RegExp(`\\bnode examples/${example}/dist/main\\.js`, "g"), "npm start"],
    [new RegExp(`\\bnpx vitest run examples/${example}\\b`, "g"), "npm test"],
    [new RegExp(`\\bexamples/${example}/`, "g"), ""],
    // What lies beside the example does not come along; another example is a template, too.
    [/(?<!!)\[([^\]]+)\]\(\.\.\/([\w-]+)\/?\)/g, "$1 (the template `$2`)"],
    [/(?<!!)\[([^\]]+)\]\(\.\.\/[^)]*\)/g, "$1"],
  ];
  const rewritten = rules.reduce((so, [pattern, words]) => so.replace(pattern, words), text);
  const installed = rewritten.includes("npm install")
    ? rewritten
    : rewritten.replace(/^```sh\nnpm start\b/m, "```sh\nnpm install\nnpm start");
  refuseLeftovers(example, installed);
  return installed;
}

function refuseLeftovers(example: string, text: string): void {
  for (const [index, line] of text.split("\n").entries()) {
    const found = /\bthe repository\b|\bexamples\/|\](?:\(|: )\.\.\/|npm run setup/.exec(line)?.[0];
    if (found !== undefined)
      throw new Error(
        `examples/${example}/README.md, as a template, line ${index + 1}: expected nothing about the repository, found "${found}". ` +
          "Say it as the other examples do, or add a rule to packages/create-wirespring/src/packing/readme.ts",
      );
  }
  for (const wanted of ["npm install", "npm start"])
    if (!text.includes(wanted))
      throw new Error(
        `examples/${example}/README.md is expected to say how it is run; as a template it has no "${wanted}"`,
      );
}
