import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/**
 * Packs the packages as a release does. Called by the tests of their contents, by `pack-check.ts`, and by the tests of created projects.
 */

const root = fileURLToPath(new URL(import.meta.url.includes("/dist/") ? "../../../" : "../../", import.meta.url));

/** One package as it would be published. */
export interface Packed {
  readonly name: string;
  readonly version: string;
  /** Where it lies, absolute. */
  readonly filename: string;
  /** In bytes, compressed. */
  readonly size: number;
  /** Paths in the package. */
  readonly files: readonly string[];
}

/** Packs every package into a folder. Throws with pnpm's output when one cannot be packed; what they consist of must be built. */
export async function packAll(destination: string): Promise<ReadonlyMap<string, Packed>> {
  const output = await pnpm("-r", "--filter", "./packages/*", "pack", "--json", "--pack-destination", destination);
  // What the scripts of a package print comes first.
  const list = JSON.parse(output.slice(output.search(/^\[$/m))) as (Omit<Packed, "files"> & {
    files: { path: string }[];
  })[];
  return new Map(list.map((each) => [each.name, { ...each, files: each.files.map(({ path }) => path) }]));
}

/** Calls the repository's pnpm, in its root. Resolves with what it wrote; rejects with that, when it fails. */
export async function pnpm(...args: readonly string[]): Promise<string> {
  const all = ["run", "--silent", "pnpm", "--", ...args];
  const { stdout } = await promisify(execFile)("npm", all, { cwd: root, maxBuffer: 2 ** 26 });
  return stdout;
}
