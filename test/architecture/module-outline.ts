import { tokensOf, type Token } from "./source-tokens.js";

/**
 * What a module imports and exports, read from its tokens. Called by `module-graph`, `faces` and the tests of files.
 */

/** One `import` or `export ... from`, a dynamic `import()` and the `import("x").T` of a type included. */
export interface Dependency {
  readonly specifier: string;
  readonly line: number;
  /** Whether it disappears when the module is compiled. */
  readonly typeOnly: boolean;
  readonly reexport: boolean;
}

/** One exported name. */
export interface ExportedName {
  readonly name: string;
  readonly line: number;
  readonly type: boolean;
  /** Its doc comment, when it is declared here. */
  readonly doc: string | undefined;
  /** Where it comes from, when it is re-exported. */
  readonly from?: { readonly specifier: string; /** `*` for a namespace. */ readonly name: string };
}

/** Everything the rules want to know of a module. */
export interface ModuleOutline {
  readonly dependencies: readonly Dependency[];
  readonly exports: readonly ExportedName[];
  /** `export * from "x"`: names nobody has listed. */
  readonly openExports: readonly { readonly specifier: string; readonly line: number }[];
}

const DECLARATIONS = new Set(["class", "function", "const", "let", "var", "interface", "type", "enum", "namespace"]);
const MODIFIERS = new Set(["declare", "abstract", "async"]);
/** What follows `export` or `import` when it is the name of a member. */
const AFTER_MEMBER_NAME = new Set(["(", ":", "?", ",", "=", "}"]);

/** Reads a module's imports and exports, in their order. */
export function outlineOf(source: string): ModuleOutline {
  const tokens = tokensOf(source);
  const dependencies: Dependency[] = [];
  const exports: ExportedName[] = [];
  const openExports: { specifier: string; line: number }[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!;
    if (token.kind !== "word" || tokens[index - 1]?.text === ".") continue;
    if (token.text === "import") addImport(tokens, index, dependencies);
    if (token.text === "export" && !AFTER_MEMBER_NAME.has(tokens[index + 1]?.text ?? ""))
      addExport(tokens, index, { dependencies, exports, openExports });
  }
  return { dependencies, exports, openExports };
}

function addImport(tokens: readonly Token[], index: number, dependencies: Dependency[]): void {
  const { line } = tokens[index]!;
  const next = tokens[index + 1];
  if (next?.kind === "string") {
    dependencies.push({ specifier: next.text, line, typeOnly: false, reexport: false });
  } else if (next?.text === "(") {
    const specifier = tokens[index + 2];
    const inType = [":", "<", "|", "&", "typeof", "="].includes(tokens[index - 1]?.text ?? "");
    if (specifier?.kind === "string")
      dependencies.push({ specifier: specifier.text, line, typeOnly: inType, reexport: false });
  } else if (next !== undefined && next.text !== ".") {
    const from = fromClause(tokens, index + 1);
    if (from === undefined) return;
    const names = specifiersBetween(tokens, index + 1, from.at);
    const typeOnly = next.text === "type" && tokens[index + 2]?.text !== "from";
    const allTypes = next.text === "{" && names.length > 0 && names.every(({ type }) => type);
    dependencies.push({ specifier: from.specifier, line, typeOnly: typeOnly || allTypes, reexport: false });
  }
}

function addExport(
  tokens: readonly Token[],
  index: number,
  found: {
    readonly dependencies: Dependency[];
    readonly exports: ExportedName[];
    readonly openExports: { specifier: string; line: number }[];
  },
): void {
  const { line, doc } = tokens[index]!;
  const typed = tokens[index + 1]?.text === "type" && ["{", "*"].includes(tokens[index + 2]?.text ?? "");
  const start = index + (typed ? 2 : 1);
  const first = tokens[start]?.text;
  if (first !== "{" && first !== "*") {
    const declared = declaration(tokens, start);
    // The further signatures of an overloaded function say nothing new.
    if (declared !== undefined && !found.exports.some(({ name }) => name === declared.name))
      found.exports.push({ ...declared, line, doc });
    return;
  }
  const from = fromClause(tokens, start);
  if (from !== undefined) found.dependencies.push({ specifier: from.specifier, line, typeOnly: typed, reexport: true });
  if (first === "{") {
    for (const { name, alias, type } of specifiersBetween(tokens, start, from?.at ?? tokens.length)) {
      const origin = from === undefined ? {} : { from: { specifier: from.specifier, name } };
      found.exports.push({ name: alias, line, type: typed || type, doc: undefined, ...origin });
    }
  } else if (from !== undefined && tokens[start + 1]?.text === "as") {
    const name = tokens[start + 2]!.text;
    found.exports.push({ name, line, type: typed, doc, from: { specifier: from.specifier, name: "*" } });
  } else if (from !== undefined) {
    found.openExports.push({ specifier: from.specifier, line });
  }
}

function declaration(tokens: readonly Token[], start: number): { name: string; type: boolean } | undefined {
  let at = start;
  while (MODIFIERS.has(tokens[at]?.text ?? "")) at++;
  const keyword = tokens[at]?.text ?? "";
  if (!DECLARATIONS.has(keyword)) return { name: "default", type: false };
  const name = tokens[at + 1]?.text === "*" ? tokens[at + 2] : tokens[at + 1];
  return name && { name: name.text, type: keyword === "interface" || keyword === "type" };
}

/** Finds `from "x"` of the clause that begins here; a clause has words, commas, braces and stars only. */
function fromClause(tokens: readonly Token[], start: number): { specifier: string; at: number } | undefined {
  for (let at = start; at < tokens.length; at++) {
    const token = tokens[at]!;
    const next = tokens[at + 1];
    if (token.text === "from" && next?.kind === "string") return { specifier: next.text, at };
    if (token.kind === "mark" && !["{", "}", ",", "*"].includes(token.text)) return undefined;
    if (token.text === "}" && next?.text !== "from") return undefined;
  }
  return undefined;
}

function specifiersBetween(
  tokens: readonly Token[],
  start: number,
  end: number,
): { name: string; alias: string; type: boolean }[] {
  const names: { name: string; alias: string; type: boolean }[] = [];
  const open = tokens.findIndex((token, at) => at >= start && token.text === "{");
  if (open < 0 || open >= end) return names;
  let words: string[] = [];
  for (let at = open + 1; at < end; at++) {
    const { text } = tokens[at]!;
    if (text !== "," && text !== "}") {
      words.push(text);
      continue;
    }
    if (words.length > 0) {
      const type = words[0] === "type" && words.length > 1 && words[1] !== "as";
      const [name, , alias = name] = type ? words.slice(1) : words;
      names.push({ name: name!, alias: alias!, type });
    }
    words = [];
    if (text === "}") break;
  }
  return names;
}
