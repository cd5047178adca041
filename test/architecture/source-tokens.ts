/**
 * Splits TypeScript into tokens, as exactly as finding imports, exports and their comments needs. The compiler in use has no API for this.
 * Called by `module-outline`; calls nothing.
 */

/** A piece of source: what it is, its text, and the doc comment that stands before it. */
export interface Token {
  readonly kind: "word" | "string" | "template" | "regex" | "number" | "mark";
  /** For a string, its content. */
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  /** The last comment before it, when that is a doc comment. */
  readonly doc: string | undefined;
}

/** Words after which a slash begins a regular expression. */
const BEFORE_REGEX = new Set([
  "return",
  "typeof",
  "case",
  "in",
  "of",
  "do",
  "else",
  "void",
  "delete",
  "throw",
  "await",
]);

const SPACE = /\s+/y;
const LINE_COMMENT = /\/\/[^\n]*/y;
const BLOCK_COMMENT = /\/\*[\s\S]*?\*\//y;
const WORD = /[\p{ID_Start}$_#@][\p{ID_Continue}$]*/uy;
const NUMBER = /\d[\w.]*/y;
const STRING = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const REGEX = /\/(?![*/])(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const MARK = /=>|[\s\S]/y;

/** Lists the tokens of a source. Template literals are one token, with everything that is in them. */
export function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let doc: string | undefined;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  const consume = (text: string): void => {
    at += text.length;
    for (const character of text) if (character === "\n") line++;
  };
  const add = (kind: Token["kind"], text: string, content = text): void => {
    tokens.push({ kind, text: content, line, doc });
    doc = undefined;
    consume(text);
  };
  while (at < source.length) {
    const skipped = match(SPACE) ?? match(LINE_COMMENT);
    if (skipped !== undefined) {
      consume(skipped);
      continue;
    }
    const comment = match(BLOCK_COMMENT);
    if (comment !== undefined) {
      if (comment.startsWith("/**")) doc = comment;
      consume(comment);
      continue;
    }
    const string = match(STRING);
    if (string !== undefined) add("string", string, string.slice(1, -1));
    else if (source[at] === "`") add("template", source.slice(at, templateEnd(source, at)));
    else if (match(WORD) !== undefined) add("word", match(WORD)!);
    else if (match(NUMBER) !== undefined) add("number", match(NUMBER)!);
    else if (regexMayBegin(tokens.at(-1)) && match(REGEX) !== undefined) add("regex", match(REGEX)!);
    else add("mark", match(MARK)!);
  }
  return tokens;
}

function regexMayBegin(previous: Token | undefined): boolean {
  if (previous === undefined) return true;
  if (previous.kind === "word") return BEFORE_REGEX.has(previous.text);
  return previous.kind === "mark" && ![")", "]", "}"].includes(previous.text);
}

/** The place behind the template literal that begins here; code in `${}` may hold further ones. */
function templateEnd(source: string, start: number): number {
  let at = start + 1;
  while (at < source.length && source[at] !== "`") {
    if (source[at] === "\\") at += 2;
    else if (source.startsWith("${", at)) at = substitutionEnd(source, at + 2);
    else at++;
  }
  return at + 1;
}

function substitutionEnd(source: string, start: number): number {
  let depth = 1;
  let at = start;
  while (at < source.length && depth > 0) {
    STRING.lastIndex = at;
    const string = STRING.exec(source)?.[0];
    if (string !== undefined) at += string.length;
    else if (source[at] === "`") at = templateEnd(source, at);
    else {
      if (source[at] === "{") depth++;
      if (source[at] === "}") depth--;
      at++;
    }
  }
  return at;
}
