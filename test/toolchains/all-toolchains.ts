import type { Toolchain } from "./toolchain.js";

/** The table of `docs/reference/toolchains.md`, row by row. */

/** What a handler's parameter without a type is told, and a constructor's: class, method, parameter, what was expected, and the cure. */
const SAY_IT = [
  "RoomEndpoint.said, parameter 1: its type is not known at run time, because the compiler emitted no metadata",
  "but @OnMessage takes one message, Session, AbortSignal and @PathParam parameters, told by their types. Say it: @Arg(String), @Arg(Session) or @Arg(Line)",
  "RoomEndpoint.said, parameter 2: its type is not known at run time",
  "RoomEndpoint.said, parameter 3: its type is not known at run time",
  "but @PathParam gives string, number, boolean or bigint, told by its type. Say it: @Arg(String) or @Arg(Number), or give @PathParam a converter",
  "RoomEndpoint: parameter 1 of its constructor has no type at run time",
  'Compile with "emitDecoratorMetadata" (esbuild and tsx cannot), decorate the class that has the constructor, or say @inject(token) on the parameter',
  "[WS_DEPLOYMENT_FAILED]",
];

/** The same of a bean. */
const NAME_THE_BEAN = [
  "RoomConfig.endpointExporter(): a bean is named by its return type and this method has none at run time",
  "Name the bean: @Bean({ token: SomeClass })",
  "[WS_DEPLOYMENT_FAILED]",
];

const STANDARD = [
  "RoomEndpoint: its decorators were called as standard (TC39) decorators",
  'set "experimentalDecorators": true and "emitDecoratorMetadata": true',
  "[WS_DEPLOYMENT_FAILED]",
];

const RUN_TYPED = ["node", "out/typed.js"];

const tsc = (version: string): readonly Toolchain[] => [
  { name: `tsc ${version}, ESM`, project: `tsc-${version}`, program: "typed.ts", build: ["tsc"], run: RUN_TYPED },
  {
    name: `tsc ${version}, CommonJS`,
    project: `tsc-${version}`,
    program: "typed.ts",
    type: "commonjs",
    // The types of the packages are checked once.
    build: ["tsc", "--skipLibCheck"],
    run: RUN_TYPED,
  },
];

const node = (version: string): readonly Toolchain[] => [
  ...tsc("7").map((row) => ({ ...row, name: `Node ${version}, ${row.name}`, node: `node-${version}` })),
  {
    name: `Node ${version}, JavaScript, ESM`,
    project: "plain",
    program: "plain.mjs",
    node: `node-${version}`,
    run: ["node", "src/plain.mjs"],
  },
  {
    name: `Node ${version}, JavaScript, CommonJS`,
    project: "plain",
    program: "plain.cjs",
    type: "commonjs",
    node: `node-${version}`,
    run: ["node", "src/plain.cjs"],
  },
];

/** Without `emitDecoratorMetadata`. */
const UNTYPED_TSC = ["tsc", "--emitDecoratorMetadata", "false"];

const SWC = ["swc", "src", "--out-dir", "out", "--strip-leading-paths"];
const UNTYPED_SWC = [...SWC, "-C", "jsc.transform.decoratorMetadata=false"];

const ESBUILD = ["esbuild", "--bundle", "--platform=node", "--target=node20"];
const BUNDLED = ["--format=cjs", "--outfile=out/main.cjs"];
const UNBUNDLED = ["--format=esm", "--packages=external", "--outfile=out/main.js"];

const NODE_24 = { project: "plain", node: "node-24" } as const;

export const allToolchains: readonly Toolchain[] = [
  ...tsc("5.9"),
  ...tsc("6"),
  ...tsc("7"),
  {
    name: "tsc without emitDecoratorMetadata, all types said",
    project: "tsc-7",
    program: "marked.ts",
    build: UNTYPED_TSC,
    run: ["node", "out/marked.js"],
  },
  {
    name: "tsc without emitDecoratorMetadata, types not said",
    project: "tsc-7",
    program: "forgotten.ts",
    build: UNTYPED_TSC,
    run: ["node", "out/forgotten.js"],
    refusal: SAY_IT,
  },
  { name: "SWC, ESM", project: "swc", program: "typed.ts", build: SWC, run: RUN_TYPED },
  {
    name: "SWC, CommonJS",
    project: "swc",
    program: "typed.ts",
    type: "commonjs",
    build: [...SWC, "-C", "module.type=commonjs"],
    run: RUN_TYPED,
  },
  {
    name: "SWC without decoratorMetadata, all types said",
    project: "swc",
    program: "marked.ts",
    build: UNTYPED_SWC,
    run: ["node", "out/marked.js"],
  },
  {
    name: "SWC without decoratorMetadata, types not said",
    project: "swc",
    program: "forgotten.ts",
    build: UNTYPED_SWC,
    run: ["node", "out/forgotten.js"],
    refusal: SAY_IT,
  },
  { name: "Vite with Oxc", project: "vite", program: "typed.ts", build: ["vite", "build"], run: RUN_TYPED },
  {
    name: "tsx, all types said",
    project: "tsx",
    program: "marked.ts",
    run: ["node", "--import", "tsx", "src/marked.ts"],
  },
  {
    name: "tsx, types not said",
    project: "tsx",
    program: "forgotten.ts",
    run: ["node", "--import", "tsx", "src/forgotten.ts"],
    refusal: SAY_IT,
  },
  {
    name: "tsx, a bean's type not said",
    project: "tsx",
    program: "typed.ts",
    run: ["node", "--import", "tsx", "src/typed.ts"],
    refusal: NAME_THE_BEAN,
  },
  {
    name: "esbuild, packages in the bundle, all types said",
    project: "esbuild",
    program: "marked.ts",
    build: [...ESBUILD, "src/marked.ts", ...BUNDLED],
    run: ["node", "out/main.cjs"],
  },
  {
    name: "esbuild, packages beside the bundle, all types said",
    project: "esbuild",
    program: "marked.ts",
    build: [...ESBUILD, "src/marked.ts", ...UNBUNDLED],
    run: ["node", "out/main.js"],
  },
  {
    name: "esbuild, types not said",
    project: "esbuild",
    program: "forgotten.ts",
    build: [...ESBUILD, "src/forgotten.ts", ...BUNDLED],
    run: ["node", "out/main.cjs"],
    refusal: SAY_IT,
  },
  {
    name: "esbuild without experimentalDecorators",
    project: "esbuild",
    program: "standard.ts",
    build: [...ESBUILD, "src/standard.ts", ...BUNDLED, "--tsconfig-raw={}"],
    run: ["node", "out/main.cjs"],
    refusal: STANDARD,
  },
  { name: "Bun", project: "bun", program: "typed.ts", run: ["bun", "src/typed.ts"] },
  {
    name: "Bun, packages in a bundle",
    project: "bun",
    program: "typed.ts",
    build: ["bun", "build", "src/typed.ts", "--target=bun", "--outfile=out/main.js"],
    run: ["bun", "out/main.js"],
  },
  { name: "Bun, all types said", project: "bun", program: "marked.ts", run: ["bun", "src/marked.ts"] },
  ...node("20"),
  ...node("22"),
  ...node("24"),
  ...node("latest"),
  {
    ...NODE_24,
    name: "Node 24, types stripped",
    program: "standard.ts",
    run: ["node", "src/standard.ts"],
    refusal: ["SyntaxError"],
  },
];
