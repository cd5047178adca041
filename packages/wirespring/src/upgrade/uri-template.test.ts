import { PathParameters } from "../path-parameters.js";
import { describe, expect, it } from "vitest";
import { parseTarget, type RequestTarget } from "./request-target.js";
import { canonicalForm, parseTemplate, TemplateTrie, type TemplateOptions, type UriTemplate } from "./uri-template.js";

function template(path: string): UriTemplate {
  const parsed = parseTemplate(path);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed;
}

function target(path: string): RequestTarget {
  const parsed = parseTarget(path);
  if (typeof parsed === "string") throw new Error(`${path} was refused: ${parsed}`);
  return parsed;
}

/** A trie in which every template's value is its own text. */
function trieOf(paths: readonly string[], options?: TemplateOptions): TemplateTrie<string> {
  const trie = new TemplateTrie<string>();
  for (const path of paths) expect(trie.add(template(path), path, options)).toBeUndefined();
  return trie;
}

describe("parseTemplate", () => {
  it.each([
    ["/", []],
    ["/chat", []],
    ["/chat/", []],
    ["/chat/{room}", ["room"]],
    ["/{a}/x/{b-2}/{c.d_E}", ["a", "b-2", "c.d_E"]],
    ["/caf%C3%A9", []],
    ["/with space", []],
    ["/a=b;c", []],
  ])("takes %s (J-29, J-31)", (path, variables) => {
    expect(template(path)).toMatchObject({ path, variables });
  });

  it("decodes literals and keeps a trailing slash as a last empty segment", () => {
    expect(template("/caf%C3%A9/{x}/").segments).toEqual([{ literal: "café" }, { variable: "x" }, { literal: "" }]);
  });

  it.each<[unknown, string]>([
    [undefined, "has a path that is not a string but undefined"],
    [null, "has a path that is not a string but null"],
    [7, "has a path that is not a string but of type number"],
    ["", 'has the path "", which does not start with "/"'],
    ["chat", 'has the path "chat", which does not start with "/"'],
    ["//", 'has the path "//", which contains "//"'],
    ["/a//b", 'has the path "/a//b", which contains "//"'],
    [
      "/a/../b",
      'has the path "/a/../b", whose segment ".." no request can reach: requests with "." and ".." are refused',
    ],
    ["/a/.", 'has the path "/a/.", whose segment "." no request can reach: requests with "." and ".." are refused'],
    [
      "/%2e%2e",
      'has the path "/%2e%2e", whose segment "%2e%2e" no request can reach: requests with "." and ".." are refused',
    ],
    ["/100%", 'has the path "/100%", whose segment "100%" is not valid percent-encoding: write "%" as "%25"'],
    ["/{a}/x/{a}", 'has the path "/{a}/x/{a}", which names the variable {a} twice'],
    ["/a?b", 'has the path "/a?b", whose segment "a?b" contains a character that no request\'s path can have'],
    ["/a#b", 'has the path "/a#b", whose segment "a#b" contains a character that no request\'s path can have'],
    ["/a\\b", 'has the path "/a\\b", whose segment "a\\b" contains a character that no request\'s path can have'],
    ["/a%2Fb", 'has the path "/a%2Fb", whose segment "a%2Fb" contains a character that no request\'s path can have'],
  ])("says what is wrong with %j (J-29, J-30)", (path, problem) => {
    expect(parseTemplate(path)).toEqual({ problem });
  });

  it.each(["{b}c", "b{c}", "{a}{b}", "{}", "{a", "a}", "{+a}", "{#a}", "{a*}", "{a:3}", "{a,b}", "{a b}", "{{a}}"])(
    "refuses %s, which is neither literal nor one variable (J-31)",
    (segment) => {
      expect(parseTemplate(`/x/${segment}`)).toEqual({
        problem: `has the path "/x/${segment}", whose segment "${segment}" is neither literal nor one {variable}: a variable is a whole segment, its name letters, digits, ".", "_" and "-"`,
      });
    },
  );
});

describe("canonicalForm", () => {
  it("is equal for equivalent templates only (J-33)", () => {
    expect(canonicalForm(template("/a/{x}"))).toBe(canonicalForm(template("/a/{y}")));
    expect(canonicalForm(template("/caf%C3%A9"))).toBe(canonicalForm(template("/café")));
    expect(canonicalForm(template("/a/{x}"))).not.toBe(canonicalForm(template("/a/{x}/")));
    expect(canonicalForm(template("/a/{x}"))).not.toBe(canonicalForm(template("/a/b")));
  });
});

describe("TemplateTrie", () => {
  /** All combinations of literal and variable for one, two and three segments, as the TCK deploys them. */
  const combinations = [
    "/a",
    "/{a}",
    "/c/d",
    "/c/{d}",
    "/{c}/d",
    "/{c}/{d}",
    "/a/c/d",
    "/a/c/{d}",
    "/a/{c}/d",
    "/{a}/c/d",
    "/a/{c}/{d}",
    "/{a}/c/{d}",
    "/{a}/{c}/d",
    "/{a}/{c}/{d}",
  ];

  it.each([
    ["/a", "/a", {}],
    ["/x", "/{a}", { a: "x" }],
    ["/c/d", "/c/d", {}],
    ["/c/x", "/c/{d}", { d: "x" }],
    ["/x/d", "/{c}/d", { c: "x" }],
    ["/x/y", "/{c}/{d}", { c: "x", d: "y" }],
    ["/a/c/d", "/a/c/d", {}],
    ["/a/c/x", "/a/c/{d}", { d: "x" }],
    ["/a/x/d", "/a/{c}/d", { c: "x" }],
    ["/x/c/d", "/{a}/c/d", { a: "x" }],
    ["/a/x/y", "/a/{c}/{d}", { c: "x", d: "y" }],
    ["/x/c/y", "/{a}/c/{d}", { a: "x", d: "y" }],
    ["/x/y/d", "/{a}/{c}/d", { a: "x", c: "y" }],
    ["/x/y/z", "/{a}/{c}/{d}", { a: "x", c: "y", d: "z" }],
  ])("leads %s to %s, whatever the order of deployment (J-34, J-36)", (path, expected, variables) => {
    for (const order of [combinations, combinations.toReversed()]) {
      const match = trieOf(order).match(target(path));
      expect(match?.value).toBe(expected);
      expect([...match!.variables]).toEqual(Object.entries(variables));
    }
  });

  it.each(["/a/c/d/e", "/a/c/d/", "/", "/a/"])("finds nothing for %s (J-35, J-38, J-39)", (path) => {
    expect(trieOf(combinations).match(target(path))).toBeUndefined();
  });

  it("ranks complete matches: a literal that leads nowhere gives way (J-37)", () => {
    const trie = trieOf(["/a/b/c", "/{x}/b/d", "/{x}/{y}/e"]);
    expect(trie.match(target("/a/b/d"))).toEqual({ value: "/{x}/b/d", variables: new PathParameters(["x"], ["a"]) });
    expect([...trie.match(target("/a/b/e"))!.variables]).toEqual([
      ["x", "a"],
      ["y", "b"],
    ]);
    expect(trie.match(target("/a/b/f"))).toBeUndefined();
  });

  it("forgets the variables of a dead end (J-37)", () => {
    const trie = trieOf(["/a/{y}/c", "/{x}/{z}/d"]);
    expect([...trie.match(target("/a/b/d"))!.variables]).toEqual([
      ["x", "a"],
      ["z", "b"],
    ]);
  });

  it("prefers the first literal over two later ones (J-36)", () => {
    const trie = trieOf(["/{x}/b/c", "/a/{y}/{z}"]);
    expect(trie.match(target("/a/b/c"))?.value).toBe("/a/{y}/{z}");
  });

  it("compares case and decodes segments (J-36, J-41)", () => {
    const trie = trieOf(["/Rooms/{name}", "/caf%C3%A9"]);
    expect(trie.match(target("/rooms/x"))).toBeUndefined();
    expect(trie.match(target("/Rooms/a%20b=c;d"))?.variables.get("name")).toBe("a b=c;d");
    expect(trie.match(target("/caf%c3%a9"))?.value).toBe("/caf%C3%A9");
  });

  it("takes an encoded slash for no separator (J-41)", () => {
    const trie = trieOf(["/a/b", "/{x}"]);
    expect(trie.match(target("/a%2Fb"))).toEqual({ value: "/{x}", variables: new PathParameters(["x"], ["a/b"]) });
  });

  it.each(["__proto__", "constructor", "toString"])("takes %s for a text like any other (T28)", (name) => {
    const trie = trieOf(["/x", `/${name}/y`]);
    expect(trie.match(target(`/${name}`))).toBeUndefined();
    expect(trie.match(target(`/${name}/y`))?.value).toBe(`/${name}/y`);
  });

  it("tells a trailing slash apart, unless it is told not to (J-39)", () => {
    const strict = trieOf(["/a", "/b/{x}/"]);
    expect(strict.match(target("/a/"))).toBeUndefined();
    expect(strict.match(target("/b/1"))).toBeUndefined();
    expect(strict.match(target("/b/1/"))?.variables.get("x")).toBe("1");
    const lenient = trieOf(["/a", "/b/{x}/"], { ignoreTrailingSlash: true });
    for (const path of ["/a", "/a/", "/b/1", "/b/1/"]) expect(lenient.match(target(path)), path).toBeDefined();
    expect(lenient.match(target("/b/"))).toBeUndefined();
  });

  it("reports the template that is there already, and changes nothing (J-32, J-33)", () => {
    const trie = trieOf(["/a/{x}", "/b"]);
    expect(trie.add(template("/a/{y}"), "other")).toBe("/a/{x}");
    expect(trie.add(template("/b/"), "other", { ignoreTrailingSlash: true })).toBe("/b");
    expect(trie.match(target("/b/"))).toBeUndefined();
    expect(trie.match(target("/a/1"))?.value).toBe("/a/{x}");
    expect(trie.add(template("/b/"), "other")).toBeUndefined();
  });

  it("forgets what is removed, and nothing else", () => {
    const trie = trieOf(combinations);
    for (const path of combinations) {
      expect(trie.remove(template(path))).toBe(true);
      expect(trie.remove(template(path))).toBe(false);
      expect(trie.find(template(path))).toBeUndefined();
    }
    for (const path of ["/a", "/x", "/a/c/d", "/x/y/z"]) expect(trie.match(target(path))).toBeUndefined();
    const lenient = trieOf(["/a", "/a/b"], { ignoreTrailingSlash: true });
    lenient.remove(template("/a"), { ignoreTrailingSlash: true });
    expect(["/a", "/a/", "/a/b", "/a/b/"].map((path) => lenient.match(target(path))?.value)).toEqual([
      undefined,
      undefined,
      "/a/b",
      "/a/b",
    ]);
  });

  it("visits every node once at most for a path made to mislead it (T17)", () => {
    // All ways to write ten segments as "a" or a variable, all ending in a literal that the path does not have.
    const trie = trieOf(
      Array.from(
        { length: 1024 },
        (_, bits) =>
          Array.from({ length: 10 }, (_segment, index) => (bits & (1 << index) ? "/a" : `/{v${index}}`)).join("") +
          "/end",
      ),
    );
    const hostile = target("/a".repeat(10) + "/other");
    let fastest = Infinity;
    for (let round = 0; round < 20; round++) {
      const start = performance.now();
      expect(trie.match(hostile)).toBeUndefined();
      fastest = Math.min(fastest, performance.now() - start);
    }
    expect(fastest).toBeLessThan(1);
  });
});
