import { describe, expect, it } from "vitest";
import { faceSources } from "./faces.js";
import { barrels, defaultExports, namedAfterKind, ownTime, tooLong, unexplained } from "./file-rules.js";
import { filesUnder, packageSources } from "./repository.js";

const sources = packageSources();
const bad = (path: string, text: string): ReadonlyMap<string, string> => new Map([[path, text]]);

describe("the sources", () => {
  it("have names of things, not of kinds", () => {
    const code = [...filesUnder().keys()].filter((path) => /^(packages|examples|test)\//.test(path));
    expect(namedAfterKind(code)).toEqual([]);
  });

  it("are short", () => {
    expect(tooLong(sources)).toEqual([]);
  });

  it("say what they are", () => {
    expect(unexplained(sources)).toEqual([]);
  });

  it("leave re-exports to the faces", () => {
    expect(barrels(sources, Object.values(faceSources))).toEqual([]);
  });

  it("export by name only", () => {
    expect(defaultExports(sources)).toEqual([]);
  });

  it("take time from the clock only", () => {
    const core = new Map([...sources].filter(([path]) => path.startsWith("packages/wirespring/")));
    expect(ownTime(core, ["packages/wirespring/src/clock.ts"])).toEqual([]);
  });
});

describe("namedAfterKind", () => {
  it.each(["src/utils.ts", "src/session-helpers.ts", "src/common/x.ts", "src/types.test.ts", "test/constants.ts"])(
    "refuses %s",
    (path) => {
      expect(namedAfterKind([path])).toHaveLength(1);
    },
  );

  it.each(["src/return-type.ts", "src/utf8-check.ts", "src/commonly.ts"])("accepts %s", (path) => {
    expect(namedAfterKind([path])).toEqual([]);
  });
});

describe("tooLong", () => {
  it("counts lines, the last line break aside", () => {
    expect(tooLong(bad("a.ts", "1\n2\n3\n"), 3)).toEqual([]);
    expect(tooLong(bad("a.ts", "1\n2\n3\n4\n"), 3)).toEqual([
      "a.ts has 4 lines, at most are 3: it hides a second thing. Split it",
    ]);
  });
});

describe("barrels", () => {
  it("refuses a re-export outside of a face", () => {
    const sources = bad("src/session/index.ts", 'export { Session } from "./session.js";');
    expect(barrels(sources, [])).toHaveLength(1);
    expect(barrels(sources, ["src/session/index.ts"])).toEqual([]);
    expect(barrels(bad("a.ts", 'import { a } from "./a.js"; export const b = a;'), [])).toEqual([]);
  });
});

describe("ownTime", () => {
  it.each(["setTimeout(() => {}, 1);", "const now = Date.now();", "const d = new Date();", "performance.now();"])(
    "refuses %s",
    (text) => {
      expect(ownTime(bad("a.ts", text), [])).toHaveLength(1);
      expect(ownTime(bad("a.ts", text), ["a.ts"])).toEqual([]);
    },
  );

  it("accepts the word in a comment, a string and as a member", () => {
    expect(ownTime(bad("a.ts", "function f(date: Date): Date { return new Date(date); }"), [])).toEqual([]);
    expect(ownTime(bad("a.ts", '// setTimeout\nconst a = "Date"; socket.setTimeout(0);'), [])).toEqual([]);
  });
});

describe("defaultExports and unexplained", () => {
  it("refuse a bad source", () => {
    expect(defaultExports(bad("a.ts", "export default class A {}"))).toHaveLength(1);
    expect(unexplained(bad("a.ts", "export class A {}"))).toHaveLength(1);
    expect(unexplained(bad("a.ts", "/** Is an A. */\nexport class A {}"))).toEqual([]);
  });
});
