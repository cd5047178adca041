import { defineConfig } from "vitepress";
import { anchorOf, linksToSources, titlesOfFiles } from "./markdown.js";
import { navigation, sidebar } from "./navigation.js";

/**
 * The documentation as a site. Built by `npm run docs`, which installs what is needed here and writes the API reference first.
 */
export default defineConfig({
  title: "Wirespring",
  description: "WebSocket endpoints for TypeScript, declared as in Jakarta and Spring",
  lang: "en-GB",
  srcExclude: ["node_modules/**", "README.md"],
  outDir: "dist",
  cleanUrls: false,
  // A page that leads nowhere fails the build.
  ignoreDeadLinks: false,
  head: [["link", { rel: "icon", href: "data:," }]],
  markdown: {
    anchor: { slugify: anchorOf },
    config(md) {
      linksToSources(md);
      titlesOfFiles(md);
    },
    languageAlias: { haproxy: "nginx" },
  },
  themeConfig: {
    nav: navigation,
    sidebar: sidebar(),
    outline: { level: [2, 3] },
    search: {
      provider: "local",
      options: {
        // Sources are there for links; nobody looks for words in them.
        _render: async (source, env, md) => (env.relativePath.startsWith("source/") ? "" : md.render(source, env)),
        miniSearch: { searchOptions: { boostDocument: (id: string) => (id.startsWith("/api/") ? 0.5 : 1) } },
      },
    },
    docFooter: { prev: "Before", next: "Next" },
  },
});
