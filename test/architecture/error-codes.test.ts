import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageSources, root } from "./repository.js";
import { tokensOf } from "./source-tokens.js";

/** Every error code of ours, and of `ws` where we name it. */
const CODE = /\bWS_[A-Z0-9_]+\b/g;

/** The codes that a source has as code: a comment makes no error. */
function codesIn(source: string): readonly string[] {
  const code = tokensOf(source).filter(({ kind }) => kind !== "regex");
  return code.flatMap(({ text }) => text.match(CODE) ?? []);
}

/** The codes that a page explains: one heading each. */
function headingsIn(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#{2,4} (WS_[A-Z0-9_]+)$/gm)].map(([, code]) => code!);
}

/** What is made without the functions that end a message with its code: the class names. */
function bareErrorsIn(source: string): readonly string[] {
  const code = tokensOf(source).map(({ text }) => text);
  return code.filter(
    (text, index) =>
      code[index - 1] === "new" &&
      /^((Type|Range|Syntax|Aggregate)?Error|(Decode|Encode|Deployment|Session)Exception)$/.test(text),
  );
}

/** Where there are such errors, and how many: what only a fault of ours would throw, what is wrapped before anybody sees it, and what is the application's. */
const BARE: Readonly<Record<string, number>> = {
  // What an application threw, and was no error; and those functions.
  "errors.ts": 4,
  "session/session-exception.ts": 1,
  // The errors of several codecs.
  "codec/codec-chain.ts": 1,
  // Bugs.
  "deployment/live-endpoint.ts": 1,
  "endpoint/instance-maker.ts": 1,
  "endpoint/instance-plan.ts": 1,
  // The cause of a SessionException.
  "upgrade/ws-writes.ts": 1,
};

/** What stands below a code's heading, up to the next heading. */
function sectionOf(markdown: string, code: string): string {
  const [, section = ""] = markdown.split(new RegExp(`^#{2,4} ${code}$`, "m"));
  return section.split(/^#/m)[0]!;
}

describe("docs/reference/errors.md", () => {
  const page = readFileSync(join(root, "docs/reference/errors.md"), "utf8");
  const headings = headingsIn(page);
  const sources = [...packageSources()].filter(([path]) => path.startsWith("packages/wirespring/src/"));
  const codes = new Set(sources.flatMap(([, source]) => codesIn(source)));

  it("has a heading for every code in the source, and no other", () => {
    expect(codes.size).toBeGreaterThan(20);
    expect([...headings].sort()).toEqual([...codes].sort());
  });

  it("is right that errors have a code: they are made in errors.ts and session-exception.ts, which end the message with it", () => {
    const found = sources
      .map(([path, source]) => [path.replace("packages/wirespring/src/", ""), bareErrorsIn(source).length] as const)
      .filter(([path, count]) => count > 0 && !/\.test(\.fixture)?\.ts$/.test(path));
    expect(Object.fromEntries(found)).toEqual(BARE);
  });

  it.each(headings)("says of %s what the cause is, and the cure", (code) => {
    const section = sectionOf(page, code);
    expect(section).toMatch(/^- \*\*Cause\*\*: \S/m);
    expect(section).toMatch(/^- \*\*Cure\*\*: \S/m);
  });
});

describe("codesIn", () => {
  it("reads strings, types, templates and keys, and leaves comments out", () => {
    const source = [
      "// WS_IN_A_LINE",
      "/** Throws WS_IN_A_COMMENT. */",
      'const a: "WS_TYPE" = "WS_STRING";',
      "const b = { WS_KEY: `${x} WS_TEMPLATE` };",
    ].join("\n");
    expect(codesIn(source)).toEqual(["WS_TYPE", "WS_STRING", "WS_KEY", "WS_TEMPLATE"]);
  });
});

describe("bareErrorsIn", () => {
  it("finds the classes of JavaScript, and those that applications make, too", () => {
    const source =
      "// new Error()\nthrow new TypeError(`a`); throw new IllegalStateError(b); const c: Error = new Error('new Error()'); new DecodeException(d);";
    expect(bareErrorsIn(source)).toEqual(["TypeError", "Error", "DecodeException"]);
  });
});

describe("headingsIn and sectionOf", () => {
  const page = "# Errors\n\n## WS_A\n\n- one\n\n### WS_A_B\n\ntwo `WS_C`\n\n## More\n";

  it("take headings that are a code and nothing else, and what is below them", () => {
    expect(headingsIn(page)).toEqual(["WS_A", "WS_A_B"]);
    expect(sectionOf(page, "WS_A").trim()).toBe("- one");
    expect(sectionOf(page, "WS_A_B").trim()).toBe("two `WS_C`");
  });
});
