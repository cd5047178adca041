import { resolved, type Module } from "./module-graph.js";
import type { ExportedName } from "./module-outline.js";

/**
 * The public faces of the packages: what each exports, compared with the committed list, and whether it is documented. Called by `faces.test.ts`.
 */

/** The names of one face, each list sorted. */
export interface Face {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

/** The source behind each import that users write. */
export const faceSources: Readonly<Record<string, string>> = {
  wirespring: "packages/wirespring/src/index.ts",
  "wirespring/spi": "packages/wirespring/src/spi.ts",
  "@wirespring/testing": "packages/testing/src/index.ts",
  "@wirespring/testing/contract": "packages/testing/src/contract.ts",
};

/** Lists what a face exports. */
export function faceOf(module: Module): Face {
  const names = (type: boolean): string[] =>
    module.outline.exports
      .filter((each) => each.type === type)
      .map(({ name }) => name)
      .toSorted();
  return { values: names(false), types: names(true) };
}

/** Tells how a face differs from its committed list, and what to do about it. */
export function faceChanges(name: string, now: Face, listed: Face): string[] {
  return (["values", "types"] as const).flatMap((kind) => {
    const added = now[kind].filter((each) => !listed[kind].includes(each));
    const gone = listed[kind].filter((each) => !now[kind].includes(each));
    return [
      ...added.map(
        (each) =>
          `"${name}" exports ${each}, which is not public yet. If it should be: add it to "${kind}" in test/architecture/faces.json, in the same commit`,
      ),
      ...gone.map(
        (each) =>
          `"${name}" no longer exports ${each}, on which users build. If that is meant: remove it from "${kind}" in test/architecture/faces.json, in the same commit, and say so in the changelog`,
      ),
    ];
  });
}

/** Tells every name of a face whose declaration has no doc comment, or one that says nothing in a sentence. */
export function undocumented(face: Module, modules: ReadonlyMap<string, Module>): string[] {
  return face.outline.exports.flatMap((exported) =>
    declarationsOf(face.path, exported, modules).flatMap(({ path, name, doc, line }) => {
      const sentence = doc === undefined ? "" : textOf(doc);
      if (/\p{L}.*[.:]/su.test(sentence)) return [];
      return [
        `${path}:${line} ${name} is public and ${doc === undefined ? "has no doc comment" : "its doc comment has no sentence"}`,
      ];
    }),
  );
}

interface Declared {
  readonly path: string;
  readonly name: string;
  readonly doc: string | undefined;
  readonly line: number;
}

/** Follows a name to where it is declared; a namespace to all that is in it. */
function declarationsOf(path: string, exported: ExportedName, modules: ReadonlyMap<string, Module>): Declared[] {
  const { name, doc, line, from } = exported;
  if (from === undefined) return [{ path, name, doc, line }];
  const target = modules.get(resolved(path, from.specifier));
  if (target === undefined) return [{ path, name, doc, line }];
  if (from.name === "*") return target.outline.exports.flatMap((each) => declarationsOf(target.path, each, modules));
  const origin = target.outline.exports.find((each) => each.name === from.name);
  return origin === undefined ? [{ path, name, doc, line }] : declarationsOf(target.path, origin, modules);
}

function textOf(doc: string): string {
  return doc
    .replace(/^\/\*\*|\*\/$/g, "")
    .replace(/^\s*\* ?/gm, "")
    .trim();
}
