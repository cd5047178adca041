import { join } from "node:path";
import { mirror } from "./mirror.js";
import { readVersions, root } from "./repository.js";
import { exampleNames, templateFiles, type Files } from "./template-files.js";

/**
 * Makes the folder `templates` of all examples. Run by pnpm before it packs this package.
 */

const versions = readVersions();
const all: Files = new Map(
  exampleNames().flatMap((name) =>
    [...templateFiles(name, versions)].map(([path, content]): [string, Buffer] => [`${name}/${path}`, content]),
  ),
);
mirror(all, join(root, "packages/create-wirespring/templates"));
