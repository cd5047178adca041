/**
 * Makes a tsconfig.json that stands alone of the repository's base and an example's own. Called by `template-files.ts`.
 */

/** As much of a tsconfig.json as the repository uses. */
export interface CompilerConfig {
  readonly extends?: string;
  readonly compilerOptions?: Readonly<Record<string, unknown>>;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly references?: unknown;
}

/** Options that are about many projects in one repository. */
const OF_THE_WORKSPACE = new Set(["composite", "customConditions", "declarationMap", "tsBuildInfoFile"]);

/** Joins both; what is about the workspace is left out. */
export function standaloneConfig(base: CompilerConfig, example: CompilerConfig): CompilerConfig {
  const options = Object.entries({ ...base.compilerOptions, ...example.compilerOptions });
  const { include = base.include, exclude = base.exclude } = example;
  const config = {
    compilerOptions: Object.fromEntries(options.filter(([name]) => !OF_THE_WORKSPACE.has(name))),
    ...(include && { include }),
    ...(exclude && { exclude }),
  };
  // The folder of the tsconfig.json that extends another: here there is one only.
  return JSON.parse(JSON.stringify(config).replaceAll("${configDir}/", "")) as CompilerConfig;
}
