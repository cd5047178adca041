import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { Questions } from "./questions.js";
import type { Template } from "./template.js";

const template = (name: string): Template => ({ name, description: `About ${name}`, folder: new URL("file:///x/") });
const templates = [template("echo"), template("chat")] as const;

/** Asks for folder and template of somebody who has typed all of this already. */
async function answers(typed: string): Promise<{ directory: string; template: string; output: string }> {
  const output = new PassThrough();
  const written = text(output);
  const questions = new Questions({ input: new PassThrough().end(typed), output });
  try {
    const directory = await questions.directory("wirespring-app");
    const chosen = await questions.template([...templates]);
    output.end();
    return { directory, template: chosen.name, output: await written };
  } finally {
    questions[Symbol.dispose]();
  }
}

describe("Questions", () => {
  it("takes the folder and the template, by name or number", async () => {
    expect(await answers("my-app\nchat\n")).toMatchObject({ directory: "my-app", template: "chat" });
    expect(await answers("  my-app \n 2 \n")).toMatchObject({ directory: "my-app", template: "chat" });
  });

  it("takes what stands in brackets for an empty answer", async () => {
    const { output, ...taken } = await answers("\n\n");
    expect(taken).toEqual({ directory: "wirespring-app", template: "echo" });
    expect(output).toContain("[wirespring-app]");
    expect(output).toContain("[echo]");
  });

  it("shows every template, and asks again for one that does not exist", async () => {
    const { template: chosen, output } = await answers("a\n3\nchats\n1\n");
    expect(chosen).toBe("echo");
    expect(output).toContain("  1  echo  About echo\n  2  chat  About chat\n");
    expect(output).toContain('There is no template "3".');
    expect(output).toContain('There is no template "chats".');
  });

  it.each(["", "my-app\n"])("says so when the input ends after %j", async (typed) => {
    await expect(answers(typed)).rejects.toThrow(
      "an answer was expected, and the input has ended. Nothing was written",
    );
  });
});
