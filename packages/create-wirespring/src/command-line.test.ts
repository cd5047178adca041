import { describe, expect, it } from "vitest";
import { parseCommandLine } from "./command-line.js";

describe("parseCommandLine", () => {
  it.each([
    [[], { directory: undefined, template: undefined, yes: false, help: false }],
    [["my-app"], { directory: "my-app" }],
    [["my-app", "--template", "chat"], { directory: "my-app", template: "chat" }],
    [["--template=chat", "my-app"], { directory: "my-app", template: "chat" }],
    [["-t", "chat", "-y", "a/b"], { directory: "a/b", template: "chat", yes: true }],
    [["--help"], { help: true }],
    [["-h"], { help: true }],
  ])("reads %j", (args, wish) => {
    expect(parseCommandLine(args, {})).toMatchObject(wish);
  });

  it.each([
    [["--tempalte", "chat"], "Unknown option '--tempalte'"],
    [["--template"], "argument missing"],
    [["--yes=no"], "does not take an argument"],
    [["a", "b"], "one folder is expected, found 2: a, b"],
    [["a", "-t", "echo", "-t", "chat"], "--template is expected once, found 2 times: echo, chat"],
    [[" "], "the name of a folder is expected, found an empty one"],
  ])("refuses %j and says how to write it", (args, found) => {
    expect(() => parseCommandLine(args, {})).toThrow(found);
  });

  it("tells whoever forgot the -- that npm has kept the template", () => {
    expect(() => parseCommandLine(["my-app", "chat"], { npm_config_template: "true" })).toThrow(
      "npm took it for an option of its own. Write: npm create wirespring@latest my-app -- --template chat",
    );
    expect(parseCommandLine(["-t", "echo"], { npm_config_template: "true" }).template).toBe("echo");
  });
});
