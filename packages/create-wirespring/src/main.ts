#!/usr/bin/env node
import { create } from "./create.js";
import { CreateError } from "./create-error.js";

/**
 * The program `create-wirespring`, which `npm create wirespring` starts: gives `create.ts` what belongs to the process.
 */

const { stdin, stdout, env } = process;

try {
  const text = await create({
    args: process.argv.slice(2),
    env,
    cwd: process.cwd(),
    templates: new URL("../templates/", import.meta.url),
    terminal: stdin.isTTY && stdout.isTTY ? { input: stdin, output: stdout } : undefined,
  });
  stdout.write(text);
} catch (error) {
  // Of anything else, the stack is what its author needs.
  console.error(error instanceof CreateError ? `create-wirespring: ${error.message}` : error);
  process.exitCode = 1;
}
