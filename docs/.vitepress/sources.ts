import { readFileSync, readdirSync, statSync } from "node:fs";
import { extname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { pathOutside, sourcePageOf } from "./markdown.js";

/**
 * The pages of files outside of `docs`: whatever a page links to, and what those link to in turn. A promise names its test, and the reader of the
 * site gets to see it.
 */

const root = fileURLToPath(new URL("../../", import.meta.url));
const LINK = /\]\(([^)\s]+)\)/g;

/** A page of a file or folder. */
export interface SourcePage {
  readonly params: { readonly page: string; readonly title: string };
  readonly content: string;
}

/** Makes a page of each file and folder that is linked to. */
export function sourcePages(): SourcePage[] {
  const pages = new Map<string, SourcePage>();
  const waiting = markdownUnder("docs").flatMap((path) =>
    linksOf(readFileSync(join(root, path), "utf8"), posix.relative("docs", path)),
  );
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const page = sourcePageOf(path);
    if (pages.has(page)) continue;
    const { content, links } = statSync(join(root, path)).isDirectory() ? folderPage(path) : filePage(path);
    pages.set(page, { params: { page, title: path }, content });
    waiting.push(...links);
  }
  return [...pages.values()];
}

function markdownUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return /^(node_modules|api|source|dist|\..*)$/.test(entry.name) ? [] : markdownUnder(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

function linksOf(markdown: string, page: string): string[] {
  return [...markdown.matchAll(LINK)].flatMap(([, target]) => pathOutside(page, target!) ?? []);
}

function filePage(path: string): { content: string; links: string[] } {
  const text = readFileSync(join(root, path), "utf8");
  if (path.endsWith(".md")) return markdownPage(path, text);
  // Colours for all tests would take longer than the whole rest of the site.
  const language = path.startsWith("examples/") ? extname(path).slice(1) : "text";
  return { content: `# ${path}\n\n\`\`\`\`${language}\n${text}\n\`\`\`\`\n`, links: [] };
}

function folderPage(path: string): { content: string; links: string[] } {
  const files = filesOf(path);
  const readme = files.find((file) => file === posix.join(path, "README.md"));
  const { content, links } =
    readme === undefined
      ? { content: `# ${path}\n`, links: [] }
      : markdownPage(readme, readFileSync(join(root, readme), "utf8"));
  const listed = files.filter((file) => file !== readme);
  const list = listed.map((file) => `- [${posix.relative(path, file)}](${sourcePageOf(file)}.md)`).join("\n");
  return { content: `${content}\n## Files\n\n${list}\n`, links: [...links, ...listed] };
}

/** The text of a page that lies elsewhere, with links that are right from here. */
function markdownPage(path: string, text: string): { content: string; links: string[] } {
  const links: string[] = [];
  const content = text.replace(LINK, (link, target: string) => {
    if (/^([a-z]+:|#)/.test(target)) return link;
    const [file, anchor] = target.split("#") as [string, string?];
    const found = posix.join(posix.dirname(path), file);
    const inside = found.startsWith("docs/");
    if (!inside) links.push(found);
    const there = inside ? posix.relative("docs/source", found) : `${sourcePageOf(found)}.md`;
    return `](${there}${anchor === undefined ? "" : `#${anchor}`})`;
  });
  return { content, links };
}

/** The files of an example: what its author has written. */
function filesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) return /^(node_modules|dist)$/.test(entry.name) ? [] : filesOf(path);
      return /\.(ts|js|html|css|json|md)$/.test(entry.name) ? [path] : [];
    })
    .sort();
}
