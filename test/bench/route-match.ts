/**
 * Looks paths up among many templates, in a process of its own: half of the templates have one variable, a quarter two, a quarter none, and all
 * variables are given. Arguments: which matcher, number of templates, milliseconds. Prints matches a second of
 * processor time. Started by the measurement.
 */

type Match = (path: string) => ReadonlyMap<string, string> | undefined;

/** Lookups between two looks at the clock. */
const BATCH = 512;

function templates(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    if (index % 4 === 0) return `/area${index % 97}/page${index}/all`;
    return index % 4 === 1 ? `/area${index % 97}/item${index}/{id}/{part}` : `/area${index % 97}/room${index}/{id}`;
  });
}

/** The router's own, by way of the request target as it comes. */
async function wirespring(all: readonly string[]): Promise<Match> {
  // Inside of the package, and built: no face exports them.
  const upgrade = new URL("../../../packages/wirespring/dist/upgrade/", import.meta.url);
  const { parseTemplate, TemplateTrie } = (await import(
    new URL("uri-template.js", upgrade).href
  )) as typeof import("../../packages/wirespring/src/upgrade/uri-template.js");
  const { parseTarget } = (await import(
    new URL("request-target.js", upgrade).href
  )) as typeof import("../../packages/wirespring/src/upgrade/request-target.js");
  const trie = new TemplateTrie<number>();
  for (const [index, path] of all.entries()) {
    const template = parseTemplate(path);
    if ("problem" in template) throw new Error(template.problem);
    trie.add(template, index);
  }
  return (path) => {
    const target = parseTarget(path);
    return typeof target === "string" ? undefined : trie.match(target)?.variables;
  };
}

/** A list of regular expressions, as one writes a router in an afternoon. */
function expressions(all: readonly string[]): Match {
  const list = all.map((path) => ({
    names: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!),
    expression: new RegExp(`^${path.replaceAll(/\{\w+\}/g, "([^/]+)")}$`),
  }));
  return (path) => {
    for (const { names, expression } of list) {
      const found = expression.exec(path);
      if (found !== null) return new Map(names.map((name, index) => [name, found[index + 1]!]));
    }
    return undefined;
  };
}

async function matcher(name: string, all: readonly string[]): Promise<Match> {
  return name === "expressions" ? expressions(all) : wirespring(all);
}

/** Paths in an order without a pattern, each with the variables it must give. */
function paths(all: readonly string[], count: number): { path: string; variables: Record<string, string> }[] {
  let seed = 1;
  return Array.from({ length: count }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    const variables: Record<string, string> = {};
    const path = all[seed % all.length]!.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      variables[name] = `${name}${seed % 1_000}`;
      return variables[name];
    });
    return { path, variables };
  });
}

const [name = "wirespring", count = "10000", milliseconds = "500"] = process.argv.slice(2);
const all = templates(Number(count));
const match = await matcher(name, all);
const asked = paths(all, 8_192);
for (const { path, variables } of asked.slice(0, BATCH)) {
  const found = JSON.stringify(Object.fromEntries(match(path) ?? []));
  if (found !== JSON.stringify(variables)) throw new Error(`${path} gave ${found}`);
}

let matched = 0;
let at = 0;

/** Matches a second of processor time: nobody else is waited for, and what else the machine does is not counted. */
function run(duration: number): number {
  const began = process.cpuUsage();
  let elapsed = 0;
  let done = 0;
  while (elapsed < duration) {
    for (let index = 0; index < BATCH; index++) {
      if (match(asked[at]!.path) !== undefined) matched++;
      at = (at + 1) % asked.length;
    }
    done += BATCH;
    const { user, system } = process.cpuUsage(began);
    elapsed = (user + system) / 1_000;
  }
  return (done / elapsed) * 1_000;
}

run(Number(milliseconds) / 3);
console.log(`matches ${run(Number(milliseconds))}`);
// Counted, so that no lookup can be left out.
if (matched === 0) throw new Error("nothing matched");
