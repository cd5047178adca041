/**
 * The code in documentation: cut out of Markdown and of doc comments, laid out as files that a compiler can take, each line remembering where
 * it stands. Pure functions over texts by path; `documentation.test.ts` writes the files and compiles them.
 */

/** One fenced block. */
export interface Block {
  readonly language: string;
  /** The words after the language: `continue`, `file=src/main.ts`. */
  readonly flags: readonly string[];
  readonly code: readonly string[];
  /** Line of the first line of code, counted from 1. */
  readonly line: number;
  /** How many `##` headings stand before it. */
  readonly section: number;
}

/** A file that was put together from blocks. */
export interface BlockFile {
  readonly path: string;
  readonly page: string;
  readonly code: readonly string[];
  /** The line of the page for each line of the code; 0 for lines that are not of the page. */
  readonly lines: readonly number[];
}

/** The flag of a program of another library. */
const OTHERS = /^of=\S+$/;

const FENCE = /^(\s*)(`{3,})\s*([^`]*)$/;

/** Cuts all fenced blocks out of Markdown. Throws for one that is never closed. */
export function blocksOf(page: string, markdown: string): Block[] {
  const blocks: Block[] = [];
  let section = 0;
  let open: { indent: string; fence: string; info: string; code: string[]; line: number } | undefined;
  for (const [index, line] of markdown.split("\n").entries()) {
    const fence = FENCE.exec(line);
    if (open === undefined) {
      if (line.startsWith("## ")) section++;
      if (fence !== null)
        open = { indent: fence[1]!, fence: fence[2]!, info: fence[3]!.trim(), code: [], line: index + 2 };
    } else if (fence !== null && fence[3] === "" && fence[2]!.length >= open.fence.length) {
      const [language = "", ...flags] = open.info.split(/\s+/);
      blocks.push({ language, flags, code: open.code, line: open.line, section });
      open = undefined;
    } else {
      open.code.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    }
  }
  if (open !== undefined) throw new Error(`${page}:${open.line} has a block that is never closed`);
  return blocks;
}

/**
 * Lays the TypeScript of a page out: a block of its own is a module, `continue` goes on with the one before, and `file=` makes a project, of
 * which every section that changes it gives one state. A program `of=` another library is left out: it is shown beside ours and compiled with the
 * site, where that library is. Throws for flags that nobody knows, and for a program of another library that uses ours.
 */
export function filesOf(page: string, blocks: readonly Block[]): BlockFile[] {
  const folder = page.replace(/\.md$/, "").replaceAll("/", "-");
  const single: BlockFile[] = [];
  for (const { code, flags, line } of blocks.filter(({ language }) => language === "ts")) {
    const flag = flags.join(" ");
    const before = single.at(-1);
    const lines = code.map((_, offset) => line + offset);
    if (OTHERS.test(flag)) {
      if (code.join("\n").includes('"wirespring'))
        throw new Error(`${page}:${line - 1} has a block "ts ${flag}" that imports wirespring: ours are compiled`);
    } else if (flag === "") single.push({ path: `${folder}/block-${line}.ts`, page, code, lines });
    else if (flag === "continue" && before !== undefined)
      single[single.length - 1] = { ...before, code: [...before.code, ...code], lines: [...before.lines, ...lines] };
    else if (!/^file=\S+$/.test(flag))
      throw new Error(
        `${page}:${line - 1} has a block "ts ${flag}": expected nothing, "continue" behind another block, "file=name.ts" or "of=library"`,
      );
  }
  return [...single, ...projectStates(page, folder, blocks)];
}

function projectStates(page: string, folder: string, blocks: readonly Block[]): BlockFile[] {
  const states: BlockFile[] = [];
  let project = new Map<string, Block>();
  const sections = new Set(blocks.filter(nameOf).map(({ section }) => section));
  for (const section of sections) {
    const changed = blocks.filter((block) => block.section === section && nameOf(block) !== undefined);
    project = new Map([...project, ...changed.map((block) => [nameOf(block)!, block] as const)]);
    for (const [name, { code, line }] of project)
      states.push({
        path: `${folder}/section-${section}/${name}`,
        page,
        code,
        lines: code.map((_, offset) => line + offset),
      });
  }
  return states;
}

/** The name of a block that is a file. */
function nameOf({ flags }: Block): string | undefined {
  return flags.find((flag) => flag.startsWith("file="))?.slice("file=".length);
}

/**
 * Lays the examples in the doc comments of a source out, each as a module. What the faces export is imported for them: a comment shows
 * how a name is used, not where it comes from.
 */
export function commentFilesOf(
  path: string,
  source: string,
  names: ReadonlyMap<string, readonly string[]>,
): BlockFile[] {
  const files: BlockFile[] = [];
  for (const comment of source.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const start = source.slice(0, comment.index).split("\n").length;
    const text = comment[0].replace(/^[ \t]*\* ?/gm, "");
    for (const { language, code, line } of blocksOf(path, text)) {
      if (language !== "ts") continue;
      const first = start + line - 1;
      const imports = importsFor(code.join("\n"), names);
      files.push({
        path: `comments/${path.replaceAll("/", "-").replace(/\.ts$/, "")}-${first}.ts`,
        page: path,
        code: [...imports, ...code],
        lines: [...imports.map(() => 0), ...code.map((_, offset) => first + offset)],
      });
    }
  }
  return files;
}

function importsFor(code: string, names: ReadonlyMap<string, readonly string[]>): string[] {
  const words = new Set(code.match(/[A-Za-z_$][\w$]*/g));
  const declared = new Set(
    [...code.matchAll(/\b(?:class|function|const|let|interface|type)\s+(\w+)/g)].map(([, name]) => name!),
  );
  return [...names].flatMap(([module, exported]) => {
    const used = exported.filter((name) => words.has(name) && !declared.has(name));
    return used.length === 0 ? [] : [`import { ${used.join(", ")} } from "${module}";`];
  });
}

/** One complaint of the compiler, where the reader finds it. */
export interface Complaint {
  readonly page: string;
  readonly text: string;
}

/** Turns the compiler's output into complaints about pages. A line that names no file of ours is one about everything. */
export function complaintsOf(output: string, files: readonly BlockFile[]): Complaint[] {
  return output
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("  "))
    .map((text) => {
      const place = /^(.*)\((\d+),\d+\): (.*)$/.exec(text);
      const file = files.find(({ path }) => place?.[1]!.endsWith(path));
      if (place === null || file === undefined) return { page: "", text };
      return { page: file.page, text: `${file.page}:${file.lines[Number(place[2]) - 1] ?? "?"} ${place[3]}` };
    });
}

/** A link in a page to a file of the repository. */
export interface Link {
  readonly text: string;
  readonly target: string;
  readonly line: number;
}

/** Lists the relative links of a page, those in its code left out. */
export function linksOf(markdown: string): Link[] {
  let inBlock = false;
  return markdown.split("\n").flatMap((line, index) => {
    if (/^\s*```/.test(line)) inBlock = !inBlock;
    if (inBlock) return [];
    return [...line.replace(/`[^`]*`/g, (code) => code.replace(/[[\]()]/g, " ")).matchAll(/\[([^\]]*)\]\(([^)\s]+)\)/g)]
      .map(([, text, target]) => ({ text: text!, target: target!, line: index + 1 }))
      .filter(({ target }) => !/^[a-z]+:/.test(target));
  });
}

/** The anchors that GitHub makes of a page's headings. */
export function anchorsOf(markdown: string): Set<string> {
  const headings = markdown.matchAll(/^#{1,6} (.+)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .trim()
        .replaceAll(" ", "-"),
    ),
  );
}
