import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DefaultTheme } from "vitepress";

/**
 * The way through the pages: a tutorial, how-to, reference and topics. Every page is in it: one that is not named here comes last in its part, under
 * its own heading.
 */

const docs = fileURLToPath(new URL("../", import.meta.url));

/** Groups of a part, in the order of reading; `""` has no heading of its own. */
const order = {
  "how-to": {
    "": ["start-a-project", "existing-server", "authentication", "sending", "testing", "client"],
    "Into production": ["nginx", "kubernetes", "scaling"],
    "Come from": ["from-jakarta", "from-nestjs", "from-socket-io", "from-ws"],
  },
  reference: {
    "": ["decorators", "parameters", "codecs", "session", "remote-endpoint", "broadcaster", "configuration", "testing"],
    "What holds": ["errors", "conformance", "packages", "benchmarks"],
  },
  topics: {
    "": ["websocket-or-polling", "lifecycle", "ordering", "delivery", "messages", "handshake", "beans"],
    "In the large": ["limits", "backpressure", "performance", "security", "deploying"],
  },
} as const satisfies Record<string, Record<string, readonly string[]>>;

const parts = { "how-to": "How-to", reference: "Reference", topics: "Topics" } as const;
type Part = keyof typeof parts;

/** The four parts, at the top of every page. */
export const navigation: DefaultTheme.NavItem[] = [
  { text: "Tutorial", link: "/tutorial", activeMatch: "^/tutorial" },
  { text: "How-to", link: "/how-to/existing-server", activeMatch: "^/how-to/" },
  { text: "Reference", link: "/reference/decorators", activeMatch: "^/(reference|api)/" },
  { text: "Topics", link: "/topics/lifecycle", activeMatch: "^/(topics/|architecture)" },
];

/** The pages of all parts, beside every page. */
export function sidebar(): DefaultTheme.SidebarItem[] {
  return [
    { text: "Tutorial", items: [itemOf("tutorial")] },
    part("how-to"),
    part("reference", { text: "API, generated", collapsed: true, items: apiItems() }),
    part("topics", itemOf("architecture")),
  ];
}

function part(name: Part, ...further: DefaultTheme.SidebarItem[]): DefaultTheme.SidebarItem {
  const groups: Record<string, readonly string[]> = order[name];
  const named = Object.values(groups).flat();
  const there = pagesOf(name);
  const items = Object.entries(groups).flatMap(([text, pages]) => {
    const found = pages.filter((page) => there.includes(page)).map((page) => itemOf(`${name}/${page}`));
    return text === "" ? found : [{ text, items: found }];
  });
  const rest = there.filter((page) => !named.includes(page)).map((page) => itemOf(`${name}/${page}`));
  return { text: parts[name], collapsed: false, items: [...items, ...rest, ...further] };
}

function pagesOf(folder: string): string[] {
  const names = readdirSync(`${docs}${folder}`).filter((name) => name.endsWith(".md"));
  return names.map((name) => name.slice(0, -".md".length)).sort();
}

function itemOf(page: string): DefaultTheme.SidebarItem {
  const heading = /^# (.+)$/m.exec(readFileSync(`${docs}${page}.md`, "utf8"))?.[1];
  if (heading === undefined) throw new Error(`docs/${page}.md has no heading of the first level`);
  return { text: heading.replaceAll("`", ""), link: `/${page}` };
}

/** What TypeDoc has written: the names of each face, in one list. */
function apiItems(): DefaultTheme.SidebarItem[] {
  const faces = {
    wirespring: "wirespring/index",
    "wirespring/spi": "wirespring/spi",
    "@wirespring/testing": "@wirespring/testing",
  };
  if (!existsSync(`${docs}api`)) return [];
  const overviews = ["api/index", "api/wirespring/index"].map((link) => ({ text: "Overview", link: `/${link}` }));
  const lists = Object.entries(faces).map(([text, folder]) => ({
    text,
    collapsed: true,
    items: [{ text: "Overview", link: `/api/${folder}/index` }, ...namesIn(`api/${folder}`)],
  }));
  return [...overviews, ...lists];
}

function namesIn(folder: string): DefaultTheme.SidebarItem[] {
  const pages = readdirSync(`${docs}${folder}`, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.includes("/"),
  );
  return pages
    .filter((path) => path.endsWith(".md"))
    .map((path) => {
      // `namespaces/Decoder/classes/Text.md` is `Decoder.Text`, and `namespaces/Decoder/index.md` is `Decoder`.
      const names = path.replace(/(\/index)?\.md$/, "").split("/");
      return { text: names.filter((_, index) => index % 2 === 1).join("."), link: `/${folder}/${path.slice(0, -3)}` };
    })
    .sort((one, other) => one.text.localeCompare(other.text));
}
