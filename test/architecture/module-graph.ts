import { posix } from "node:path";
import { outlineOf, type Dependency, type ModuleOutline } from "./module-outline.js";

/**
 * The modules of a package and who imports whom. Pure functions over texts by path, so that a test can feed them a bad example.
 */

/** Sources by their path, as `packages/wirespring/src/limits.ts`. */
export type Sources = ReadonlyMap<string, string>;

/** One module: its outline, and its imports of other modules of the same sources. */
export interface Module {
  readonly path: string;
  readonly outline: ModuleOutline;
  readonly internal: readonly { readonly path: string; readonly dependency: Dependency }[];
  readonly external: readonly Dependency[];
}

/** Reads all sources. An internal import that leads nowhere is kept with the path it names. */
export function modulesOf(sources: Sources): ReadonlyMap<string, Module> {
  const modules = new Map<string, Module>();
  for (const [path, source] of sources) {
    const outline = outlineOf(source);
    const internal = outline.dependencies
      .filter(({ specifier }) => specifier.startsWith("."))
      .map((dependency) => ({ path: resolved(path, dependency.specifier), dependency }));
    const external = outline.dependencies.filter(({ specifier }) => !specifier.startsWith("."));
    modules.set(path, { path, outline, internal, external });
  }
  return modules;
}

/** The path of the source that an import in a file names. */
export function resolved(importer: string, specifier: string): string {
  return posix.join(posix.dirname(importer), specifier).replace(/\.js$/, ".ts");
}

/** Finds import cycles, each as the chain of its files, the first once more at the end. Imports of types count. */
export function cyclesOf(modules: ReadonlyMap<string, Module>): string[] {
  const cycles = new Map<string, string>();
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const seen = trail.indexOf(path);
    if (seen >= 0) {
      const members = trail.slice(seen);
      cycles.set(members.toSorted().join(), [...members, path].join(" -> "));
      return;
    }
    if (done.has(path)) return;
    trail.push(path);
    for (const next of modules.get(path)?.internal ?? []) visit(next.path);
    trail.pop();
    done.add(path);
  };
  for (const path of modules.keys()) visit(path);
  return [...cycles.values()];
}
