import { describe, expect, it } from "vitest";
import { anchorsOf, blocksOf, commentFilesOf, complaintsOf, filesOf, linksOf } from "./doc-blocks.js";

const page = `# Page

\`\`\`ts
const a = 1;
\`\`\`

\`\`\`ts continue
const b = a;
\`\`\`

## One

\`\`\`ts file=src/x.ts
export const x = 1;
\`\`\`

\`\`\`ts file=src/y.ts
export { x } from "./x.js";
\`\`\`

## Two

\`\`\`ts file=src/x.ts
export const x = 2;
\`\`\`

\`\`\`sh
echo no
\`\`\`
`;

describe("filesOf", () => {
  it("joins what goes on, and gives each state of a project", () => {
    const files = filesOf("docs/page.md", blocksOf("docs/page.md", page));
    expect(files.map(({ path, code }) => [path, code.join("|")])).toEqual([
      ["docs-page/block-4.ts", "const a = 1;|const b = a;"],
      ["docs-page/section-1/src/x.ts", "export const x = 1;"],
      ["docs-page/section-1/src/y.ts", 'export { x } from "./x.js";'],
      ["docs-page/section-2/src/x.ts", "export const x = 2;"],
      ["docs-page/section-2/src/y.ts", 'export { x } from "./x.js";'],
    ]);
    expect(files[0]!.lines).toEqual([4, 8]);
  });

  it("refuses a flag that it does not know", () => {
    const blocks = blocksOf("a.md", "```ts skip\nlet a;\n```");
    expect(() => filesOf("a.md", blocks)).toThrow('a.md:1 has a block "ts skip"');
  });

  it("leaves out programs of other libraries, and takes none of ours for one", () => {
    const other = blocksOf("a.md", '```ts of=nestjs\nimport { Module } from "@nestjs/common";\n```');
    expect(filesOf("a.md", other)).toEqual([]);
    const ours = blocksOf("a.md", '```ts of=nestjs\nimport { Session } from "wirespring";\n```');
    expect(() => filesOf("a.md", ours)).toThrow('a.md:1 has a block "ts of=nestjs" that imports wirespring');
  });
});

describe("blocksOf", () => {
  it("takes the indent of a list away, and longer fences as they are", () => {
    const [block] = blocksOf("a.md", "- x\n\n  ```ts\n  let a;\n  ```");
    expect(block).toMatchObject({ code: ["let a;"], line: 4 });
    expect(blocksOf("a.md", "````md\n```ts\nlet a;\n```\n````")).toMatchObject([{ language: "md" }]);
  });

  it("refuses a block that is never closed", () => {
    expect(() => blocksOf("a.md", "```ts\nlet a;")).toThrow("a.md:2 has a block that is never closed");
  });
});

describe("commentFilesOf", () => {
  it("imports what the example uses and does not declare", () => {
    const source =
      "const before = 1;\n/**\n * Makes it.\n *\n * ```ts\n * class B extends A {}\n * ```\n */\nexport class A {}\n";
    expect(commentFilesOf("src/a.ts", source, new Map([["pkg", ["A", "B", "C"]]]))).toEqual([
      {
        path: "comments/src-a-6.ts",
        page: "src/a.ts",
        code: ['import { A } from "pkg";', "class B extends A {}"],
        lines: [0, 6],
      },
    ]);
  });
});

describe("complaintsOf", () => {
  it("tells the line of the page", () => {
    const files = filesOf("docs/page.md", blocksOf("docs/page.md", page));
    const output = "pages/docs-page/block-4.ts(2,7): error TS1: bad\n  more of it\nerror TS2: worse\n";
    expect(complaintsOf(output, files)).toEqual([
      { page: "docs/page.md", text: "docs/page.md:8 error TS1: bad" },
      { page: "", text: "error TS2: worse" },
    ]);
  });
});

describe("linksOf and anchorsOf", () => {
  it("leave addresses and code out", () => {
    const text = "[a](b.md#c) [d](https://example.com) `[e](f)`\n```ts\nx[0](y)\n```\n[`g`](h.ts)";
    expect(linksOf(text).map(({ target }) => target)).toEqual(["b.md#c", "h.ts"]);
  });

  it("name headings as GitHub does", () => {
    expect([...anchorsOf("# Who it is: authenticate and `roles`\n## A page")]).toEqual([
      "who-it-is-authenticate-and-roles",
      "a-page",
    ]);
  });
});
