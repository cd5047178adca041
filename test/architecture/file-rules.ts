import { outlineOf } from "./module-outline.js";
import type { Sources } from "./module-graph.js";
import { tokensOf } from "./source-tokens.js";

/**
 * What every file has to keep to: its name, its length, what it leaves to others. Pure functions over texts by path.
 */

/** A name that says what sort of code a file has, and not what the code is. */
const KINDS = new Set(["util", "utils", "helper", "helpers", "common", "types", "interfaces", "misc", "constants"]);

/** Beyond this, a file hides a second thing. The aim is 300. */
const LONGEST_FILE = 450;

/** Where names come from that set a timer or read the time. */
const TIME = new Set(["setTimeout", "setInterval", "Date", "performance"]);

/** Tells files and folders that are named after a kind. */
export function namedAfterKind(paths: Iterable<string>): string[] {
  return [...paths].flatMap((path) => {
    const words = path.split("/").map((segment) => segment.split(".")[0]!.split("-").at(-1)!.toLowerCase());
    const kind = words.find((word) => KINDS.has(word));
    return kind === undefined ? [] : [`${path} is named after a kind, "${kind}": name it after the thing it is`];
  });
}

/** Tells files that are too long. */
export function tooLong(sources: Sources, most = LONGEST_FILE): string[] {
  return [...sources].flatMap(([path, text]) => {
    const lines = text.trimEnd().split("\n").length;
    return lines <= most ? [] : [`${path} has ${lines} lines, at most are ${most}: it hides a second thing. Split it`];
  });
}

/** Tells files that pass on names of other files, though they are no face. */
export function barrels(sources: Sources, faces: Iterable<string>): string[] {
  const allowed = new Set(faces);
  return [...sources].flatMap(([path, text]) =>
    outlineOf(text)
      .dependencies.filter(({ reexport }) => reexport && !allowed.has(path))
      .map(
        ({ line, specifier }) =>
          `${path}:${line} re-exports ${specifier}: only a face does that. Import it where it is declared`,
      ),
  );
}

/** Tells files that use time other than through the Clock they were given. */
export function ownTime(sources: Sources, clocks: readonly string[]): string[] {
  return [...sources].flatMap(([path, text]) => {
    if (clocks.includes(path)) return [];
    const tokens = tokensOf(text);
    return tokens
      .filter(
        ({ kind, text: word }, index) =>
          kind === "word" &&
          TIME.has(word) &&
          tokens[index - 1]?.text !== "." &&
          !(word === "Date" && isGivenDate(tokens[index + 1]?.text, tokens[index + 2]?.text)),
      )
      .map(
        ({ line, text: word }) =>
          `${path}:${line} uses ${word}: all time comes from the Clock, else no test can hold it still`,
      );
  });
}

/** Whether `Date` stands for a moment that somebody has said, as a type or with an argument; not for now. */
function isGivenDate(next: string | undefined, second: string | undefined): boolean {
  return next !== "." && !(next === "(" && second === ")");
}

/** Tells default exports: a name that each importer makes up. */
export function defaultExports(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) =>
    outlineOf(text)
      .exports.filter(({ name }) => name === "default")
      .map(({ line }) => `${path}:${line} has a default export: name it`),
  );
}

/** Tells sources that do not begin with what they are: internal ones need a comment before their first declaration. */
export function unexplained(sources: Sources): string[] {
  return [...sources]
    .filter(([, text]) => !/^\s*(\/\*\*|\/\/)/m.test(text))
    .map(([path]) => `${path} has no comment that says what it is`);
}
