import { describe, expect, it } from "vitest";
import { parseTarget } from "./request-target.js";

describe("parseTarget", () => {
  it.each([
    ["/", "/", [""], null],
    ["/chat", "/chat", ["chat"], null],
    ["/chat/", "/chat/", ["chat", ""], null],
    ["/chat/blue?name=ann&x=%2f", "/chat/blue", ["chat", "blue"], "name=ann&x=%2f"],
    ["/chat?", "/chat", ["chat"], ""],
    ["/chat?/../a//b?c", "/chat", ["chat"], "/../a//b?c"],
    ["/a%20b/%C3%A9", "/a b/é", ["a b", "é"], null],
    ["/%2525", "/%25", ["%25"], null],
    ["/a;b=c,d:@", "/a;b=c,d:@", ["a;b=c,d:@"], null],
    ["/A/...", "/A/...", ["A", "..."], null],
  ])("splits and decodes %s (J-40, J-41, J-42)", (target, path, segments, queryString) => {
    expect(parseTarget(target)).toEqual({ path, segments, queryString, encodedSeparator: false });
  });

  it.each([
    undefined,
    "",
    "//",
    "///x",
    "//evil/chat",
    "http://[",
    "http://evil/chat",
    "ws://evil/chat",
    "*",
    "#frag",
    "/a#frag",
    "/a?b#frag",
    "chat",
    "?x",
    "/a//b",
    "/a//",
    "/.",
    "/..",
    "/a/./b",
    "/a/../b",
    "/rooms/%2e%2e/admin",
    "/rooms/%2E/admin",
    "/rooms/.%2e/",
    "/a\\b",
    "/a b",
    "/a\tb",
    "/a\r\nb",
    "/a\u0000",
    "/a\u007f",
    "/é",
    "/a?é",
  ])("refuses %j for its form (T13, T15, T16)", (target) => {
    expect(parseTarget(target)).toBe("target");
  });

  it.each(["/%E0%A4%A", "/%", "/%zz", "/%e", "/a/%ff", "/%c0%af", "/%ed%a0%80", "/%u0041"])(
    "refuses %s for its encoding (T14)",
    (target) => {
      expect(parseTarget(target)).toBe("encoding");
    },
  );

  it.each([
    ["/rooms/..%2f..%2fadmin", ["rooms", "../../admin"]],
    ["/a%2Fb", ["a/b"]],
    ["/a%5cb", ["a\\b"]],
    ["/a%00", ["a\u0000"]],
  ])("marks %s, which hides a separator (T15)", (target, segments) => {
    expect(parseTarget(target)).toMatchObject({ segments, encodedSeparator: true });
  });

  it("gives the segments that a split of the same path gives, when it is not ambiguous (T15)", () => {
    for (const target of ["/", "/a", "/a/", "/a%20b/c", "/%C3%A9/x/"]) {
      const parsed = parseTarget(target);
      if (typeof parsed === "string") throw new Error(target);
      expect(parsed.path.slice(1).split("/")).toEqual(parsed.segments);
    }
  });

  it("never throws and never lets a dot, an empty segment or a foreign host through, in 200 000 random targets (T13)", () => {
    const pieces = [
      "/",
      "/",
      "//",
      ".",
      "..",
      "%2e",
      "%2F",
      "%",
      "%zz",
      "%E0%A4%A",
      "a",
      "é",
      "\\",
      "?",
      "#",
      "http:",
      " ",
    ];
    let seed = 7;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    let taken = 0;
    for (let round = 0; round < 200_000; round++) {
      let target = random(8) === 0 ? "" : "/";
      for (let count = random(7); count > 0; count--)
        target += random(4) === 0 ? String.fromCharCode(random(256)) : pieces[random(pieces.length)]!;
      const parsed = parseTarget(target);
      if (typeof parsed === "string") continue;
      taken++;
      const bad =
        !target.startsWith("/") ||
        parsed.segments.some((each) => each === "." || each === "..") ||
        parsed.segments.slice(0, -1).includes("");
      if (bad) expect.fail(`took ${JSON.stringify(target)}`);
    }
    expect(taken).toBeGreaterThan(10_000);
  });

  it("takes time linear to the target's length (T17)", () => {
    for (const target of ["/".repeat(16_384), `/${"a".repeat(16_384)}!`, "/a".repeat(8_192), "/%41".repeat(4_096)]) {
      let fastest = Infinity;
      for (let round = 0; round < 10; round++) {
        const start = performance.now();
        parseTarget(target);
        fastest = Math.min(fastest, performance.now() - start);
      }
      expect(fastest).toBeLessThan(10);
    }
  });
});
