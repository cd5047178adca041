import type { Module } from "./module-graph.js";

/**
 * Which part of the framework may know which other one: the way of a connection from top to bottom. Data first; the judges below it are pure.
 */

/** A layer of `packages/wirespring/src`. It may import itself and every layer below it, and nothing above. */
export interface Layer {
  readonly name: string;
  /** Paths below `packages/wirespring/src/`. */
  readonly files: RegExp;
}

/** From top to bottom. Each source belongs to the first layer that takes its path. */
export const layers: readonly Layer[] = [
  { name: "faces", files: /^(index|spi)\.ts$/ },
  { name: "context", files: /^context\// },
  { name: "deployer", files: /^(endpoint-exporter|endpoint-selection|server-container|endpoint-deployer)\.ts$/ },
  { name: "client", files: /^client\// },
  { name: "upgrade", files: /^upgrade\// },
  { name: "broadcast", files: /^broadcast\// },
  { name: "deployment", files: /^deployment\// },
  { name: "endpoint", files: /^endpoint\// },
  { name: "session", files: /^session\// },
  { name: "codec", files: /^codec\// },
  { name: "ground", files: /^[^/]+\.ts$/ },
];

/** An import that points upwards all the same, and why that is right. */
export interface UpwardImport {
  readonly from: RegExp;
  readonly to: string;
  readonly because: string;
}

/** Every one of these is an import of types: nothing of it is left at run time. */
export const upwardImports: readonly UpwardImport[] = [
  {
    from: /^codec\//,
    to: "endpoint/endpoint-config.ts",
    because: "a codec's init takes the EndpointConfig, and a codec is named by its Class",
  },
  {
    from: /^session\/session\.ts$/,
    to: "endpoint/client-endpoint-config.ts",
    because: "the container of a session opens further connections, and connectToServer takes a ClientEndpointConfig",
  },
];

/** A package that is not ours, and the only sources that may know it. */
export interface OutsidePackage {
  readonly name: string;
  readonly files: RegExp;
  readonly because: string;
}

/** Paths below `packages/`. Node's own modules are free for all. */
export const outsidePackages: readonly OutsidePackage[] = [
  {
    name: "ws",
    files: /^wirespring\/src\/(upgrade|client)\/ws-/,
    because: "behind the Transport nothing knows what carries a message",
  },
  { name: "reflect-metadata", files: /^wirespring\/src\/index\.ts$/, because: "it must be the first import of all" },
  {
    name: "tsyringe",
    files:
      /^wirespring\/src\/((endpoint|context|deployment)\/|client\/(client-deployer|web-socket-container)\.ts$|(endpoint-exporter|endpoint-selection|server-container|endpoint-deployer)\.ts$|codec\/codec-decorators\.ts$)/,
    because: "what carries messages needs no container; a codec class is made injectable where it is declared",
  },
  {
    name: "wirespring/spi",
    files: /^testing\/src\//,
    because: "the test kit stands on the face for authors of transports",
  },
  {
    name: "wirespring",
    files: /^testing\/src\/(test-(application|client|deployment)|log-notes|persona)\.ts$/,
    because: "an application under test is deployed as every application is; the rest of the test kit knows none",
  },
  { name: "vitest", files: /^testing\/src\/contract\b/, because: "only the contract suites are tests themselves" },
];

const CORE = "packages/wirespring/src/";

/** Tells every import of the core that points upwards, and every source that no layer takes. */
export function upwardImportsOf(
  modules: ReadonlyMap<string, Module>,
  table: readonly Layer[] = layers,
  allowed: readonly UpwardImport[] = upwardImports,
): string[] {
  const rankOf = (path: string): number => table.findIndex(({ files }) => files.test(path));
  return [...modules.values()].flatMap(({ path, internal }) => {
    if (!path.startsWith(CORE)) return [];
    const from = path.slice(CORE.length);
    const rank = rankOf(from);
    if (rank < 0) return [`${path} belongs to no layer: put it into one, or name its layer in import-rules.ts`];
    return internal.flatMap(({ path: target, dependency: { line, typeOnly } }) => {
      const to = target.slice(CORE.length);
      if (rankOf(to) >= rank) return [];
      if (typeOnly && allowed.some((each) => each.from.test(from) && each.to === to)) return [];
      return [
        `${path}:${line} imports ${to}: "${table[rank]!.name}" lies below "${table[rankOf(to)]?.name ?? "nothing"}", and imports point downwards only. Move what both need below both`,
      ];
    });
  });
}

/** Tells every import of a package by a source that must not know it, and every internal import that leads nowhere. */
export function strayImportsOf(
  modules: ReadonlyMap<string, Module>,
  allowed: readonly OutsidePackage[] = outsidePackages,
): string[] {
  return [...modules.values()].flatMap(({ path, internal, external }) => {
    const own = path.replace(/^packages\//, "");
    const lost = internal
      .filter((each) => !modules.has(each.path))
      .map(
        ({ dependency }) =>
          `${path}:${dependency.line} imports ${dependency.specifier}, which is no source of its package`,
      );
    const stray = external
      .filter(({ specifier }) => !specifier.startsWith("node:"))
      .filter(({ specifier }) => !allowed.some(({ name, files }) => name === specifier && files.test(own)))
      .map(({ specifier, line }) => {
        const rule = allowed.find(({ name }) => name === specifier);
        const why = rule === undefined ? "nothing here may" : rule.because;
        return `${path}:${line} imports ${specifier}: ${why} (import-rules.ts)`;
      });
    return [...lost, ...stray];
  });
}
