import type { Sources } from "./module-graph.js";

/**
 * What no committed file may have in it. The patterns are put together from pieces, so that this file does not match itself.
 */

/** Something that must not be in a file, and why. */
export interface Forbidden {
  readonly name: string;
  readonly pattern: RegExp;
  /** Which files are looked at. Default: all. */
  readonly files?: RegExp;
  readonly because: string;
}

const join = (...pieces: string[]): string => pieces.join("");
const REGISTRY = join("regis", "try");

export const forbidden: readonly Forbidden[] = [
  {
    name: "address in the lockfile",
    pattern: new RegExp(join("https?:", "//", "|", "tar", "ball:")),
    files: /(^|\/)pnpm-lock\.yaml$/,
    because:
      "it names the package source of one machine; everybody else's install fails. Install again with the default one",
  },
  {
    name: "package source",
    pattern: new RegExp(
      [
        join("https?:", "//", `[^\\s/"'\`)]*(${REGISTRY}|arti`, "factory|ver", "daccio|nexus)"),
        join(`\\b${REGISTRY}\\.[a-z0-9-]+\\.[a-z]{2,}`),
        join(`\\b${REGISTRY}["']?\\s*[=:]\\s*["']?https?:`),
        join("\\btar", "ball:"),
        join("_auth", "Token"),
      ].join("|"),
      "i",
    ),
    because: "where packages come from is set on each machine, not in the repository",
  },
  {
    name: "path of one machine",
    pattern: new RegExp(
      [
        join("(^|[^\\w.-])/", "work/(main|shared)\\b"),
        join("(^|[^\\w.-])/", "root/"),
        join("(^|[^\\w.-])/(ho", "me|Us", "ers)/[a-z]+/"),
        join("[A-Z]:\\\\", "Users\\\\"),
      ].join("|"),
    ),
    because: "it exists nowhere else",
  },
  {
    name: "manager field",
    pattern: new RegExp(join('"(package', "Manager|dev", 'Engines)"\\s*:')),
    files: /(^|\/)package\.json$/,
    because: "npm stops, or downloads another package manager, when it sees one; engines.pnpm says the version",
  },
  {
    name: "note to do without an issue",
    pattern: new RegExp(join("\\b(TO", "DO|FIX", "ME|XX", "X|HA", "CK)\\b(?!\\s*\\(?#\\d)")),
    files: /\.(ts|js|mjs|md|html|css|ya?ml|json)$/,
    because: "it is forgotten; give it an issue and its number",
  },
];

/** Tells every line of a file that has something forbidden in it. */
export function forbiddenIn(files: Sources, rules: readonly Forbidden[] = forbidden): string[] {
  return rules.flatMap(({ name, pattern, files: only = /^/, because }) =>
    [...files]
      .filter(([path]) => only.test(path))
      .flatMap(([path, text]) =>
        pattern.test(text)
          ? text
              .split("\n")
              .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} has a ${name}: ${because}`] : []))
          : [],
      ),
  );
}
