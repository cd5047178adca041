/** What one row of the table of toolchains says: how a program is made, how it is run, and what must come of it. Read by the suite. */

/** A program, one of `programs/`, under one compiler and one runtime. */
export interface Toolchain {
  /** Unique; the name of the test. */
  readonly name: string;
  /** The folder with its `package.json` and settings: what has to be installed. */
  readonly project: string;
  /** A file of `programs/`. */
  readonly program: string;
  /** What the user's own `package.json` says. Default `module`. */
  readonly type?: "module" | "commonjs";
  /** Makes the program; words as for `run`. */
  readonly build?: readonly string[];
  /** Starts the program. The first word is a binary that the project has installed; `node` is the one that runs the suite. */
  readonly run: readonly string[];
  /** The project whose `node` runs it. Default: the one that runs the suite. */
  readonly node?: string;
  /** What the program must write when it refuses to start, each of them. Default: it starts, and answers. */
  readonly refusal?: readonly string[];
}
