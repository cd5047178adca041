import { describe, expect, it } from "vitest";
import { standaloneReadme } from "./readme.js";

const readme = (run: string, more = ""): string => `# Echo\n\n## Run\n\n${run}\n${more}`;

describe("standaloneReadme", () => {
  it("says how to run a project instead of an example", () => {
    const example = readme(
      "From the root of the repository:\n\n```sh\nnpm run setup && npm run build\nnode examples/echo/dist/main.js\n```",
      "\n```sh\nPORT=1 node examples/echo/dist/main.js\nnode examples/echo/dist/main.js ws://x\nnode examples/echo/dist/client.js\n```\n",
    );
    expect(standaloneReadme("echo", example)).toBe(
      "# {{name}}\n\n## Run\n\nIn this folder:\n\n```sh\nnpm install\nnpm start\n```\n" +
        "\n```sh\nPORT=1 npm start\nnpm start -- ws://x\nnode dist/client.js\n```\n",
    );
  });

  it("puts the installation before npm start, where the repository's own does it", () => {
    const example = readme("From the root of the repository:\n\n```sh\nnpm start\n```");
    expect(standaloneReadme("chat", example)).toContain("In this folder:\n\n```sh\nnpm install\nnpm start\n```");
  });

  it("names another example as a template, and makes other links of the repository plain words", () => {
    const example = readme(
      "```sh\nnpm start\n```",
      "For [clients](../client), see [limits](../../docs/topics/limits.md#all).",
    );
    expect(standaloneReadme("chat", example)).toContain("For clients (the template `client`), see limits.");
  });

  it.each([
    ["node examples/other/dist/main.js", 'line 9: expected nothing about the repository, found "examples/"'],
    ["It is a part of the repository.", 'found "the repository"'],
    ["![x](../y.png)", 'found "](../"'],
    ["[x]: ../y", 'found "]: ../"'],
  ])("refuses %s", (line, message) => {
    expect(() => standaloneReadme("echo", readme("```sh\nnpm start\n```", `${line}\n`))).toThrow(message);
  });

  it("refuses one that does not say how it is run", () => {
    expect(() => standaloneReadme("echo", "# Echo\n")).toThrow('it has no "npm install"');
  });
});
