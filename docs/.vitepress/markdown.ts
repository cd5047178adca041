import { posix } from "node:path";
import type { MarkdownRenderer } from "vitepress";

/**
 * How our Markdown becomes pages: anchors as on GitHub, links that leave `docs` to pages of the site, names of files above their code. Used by the
 * site's configuration and by its pages of sources.
 */

/** How the libraries write their names. */
const LIBRARIES: Readonly<Record<string, string>> = { nestjs: "NestJS", "socket.io": "Socket.IO" };

/** Makes the anchor that GitHub makes of a heading, so that one link is right in both places. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}

/** Names the page of a file or folder of the repository, without its folder: `test-integration-proxy-test-ts`. */
export function sourcePageOf(path: string): string {
  return path.replace(/\/$/, "").replace(/[^\w-]/g, "-");
}

/** Says where a link of a page leads, as a path in the repository; undefined for anything else and for what stays in `docs`. */
export function pathOutside(page: string, target: string): string | undefined {
  if (/^([a-z]+:|#|\/)/.test(target)) return undefined;
  const path = posix.join("docs", posix.dirname(page), target.replace(/#.*$/, ""));
  return path.startsWith("docs/") ? undefined : path;
}

/** Makes links to files of the repository lead to their page here. */
export function linksToSources(md: MarkdownRenderer): void {
  md.core.ruler.push("sources", ({ tokens, env }) => {
    const page = (env as { relativePath: string }).relativePath;
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const outside = token.type === "link_open" ? pathOutside(page, token.attrGet("href") ?? "") : undefined;
      if (outside !== undefined)
        token.attrSet("href", `${posix.relative(posix.dirname(page), "source") || "."}/${sourcePageOf(outside)}.md`);
    }
  });
}

/** Puts the name of a block with `file=` above it, and says of which library a block with `of=` is. */
export function titlesOfFiles(md: MarkdownRenderer): void {
  const fence = md.renderer.rules.fence!;
  md.renderer.rules.fence = (...given) => {
    const info = given[0][given[1]]!.info;
    const other = /\bof=(\S+)/.exec(info)?.[1];
    const title = /\bfile=(\S+)/.exec(info)?.[1] ?? (other && `with ${LIBRARIES[other] ?? other}`);
    const html = fence(...given);
    return title === undefined
      ? html
      : `<div class="titled"><p class="title">${md.utils.escapeHtml(title)}</p>${html}</div>`;
  };
}
