import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * The kept inputs, `test/fuzz/corpus/*.txt`: a line of JSON for each, `#` before a remark. Where fuzzers start from, and what the ordinary tests
 * replay.
 */

/** The kept inputs of a fuzzer, in the order of its file. */
export function keptInputs<T>(name: string): readonly T[] {
  // The compiled fuzzers, below `dist`, read the same files.
  const path = ["./corpus/", "../../fuzz/corpus/"]
    .map((folder) => fileURLToPath(new URL(`${folder}${name}.txt`, import.meta.url)))
    .find((each) => existsSync(each));
  if (path === undefined) throw new Error(`test/fuzz/corpus/${name}.txt is missing`);
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.flatMap((line) => (line === "" || line.startsWith("#") ? [] : [JSON.parse(line) as T]));
}
