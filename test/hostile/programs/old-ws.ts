import { createRequire } from "node:module";
import type { HostileProgram } from "../hostile-program.js";
import { program as plain } from "./plain.js";

/** An application whose `ws` is older than what was mended in it against floods. */

const installed = createRequire(import.meta.url)("ws/package.json") as { version: string };
installed.version = "8.22.9";

export const program: HostileProgram = plain;
