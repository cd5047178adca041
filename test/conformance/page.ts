import type { ConformanceCase } from "./case-list.js";
import { deviations } from "./deviations.js";
import { rules, type Rule } from "./rules.js";
import { tckClasses, type TckClass } from "./tck-classes.js";

/**
 * Writes docs/reference/conformance.md from the TCK's classes, the rules and the cases that there are. A pure function; the test beside it compares
 * the page with what is committed.
 */

/** Gives the whole page. */
export function conformancePage(cases: readonly ConformanceCase[]): string {
  const shown = new Map(cases.map((each) => [each.id, each]));
  return (
    [
      INTRODUCTION,
      totals(shown),
      "## Where Wirespring decides otherwise",
      table(["about", "what holds"], deviations),
      "## Rule by rule",
      RULES,
      ...rulesBySection(shown),
      "## Class by class",
      CLASSES,
      table(
        ["class", "cases", "shown", "remark"],
        tckClasses.map((each) => classRow(each, shown)),
      ),
      "## Cases that are changed",
      table(["case", "change"], changedRows(cases)),
      "",
    ]
      .join("\n\n")
      .trimEnd() + "\n"
  );
}

const INTRODUCTION = `# Conformance

<!-- Written by test/conformance/page.ts; \`npm run conformance:page\` writes it anew. -->

Jakarta WebSocket has a test suite of its own, the TCK: 93 classes with 749 tests, in Java. Wirespring's suite says each of them again in TypeScript,
with the same stimulus and the same outcome, in code of its own; where the original cannot fail, or looks at half of what it is named after, ours looks
at the whole. \`npm run conformance\` runs it, each case on a \`ws\` socket and on a connection in memory where no bytes are looked at. The TCK
itself was not run: it is Java. "Conforms" means here: a case with this name exists and passes.`;

const RULES = `The TCK is silent about a part of what Jakarta WebSocket asks for. These are all its rules; where the TCK has no test, ours is named after the rule.`;

const CLASSES = `"Shown" are the cases that exist; what is not shown yet is not claimed.`;

function totals(shown: ReadonlyMap<string, ConformanceCase>): string {
  const possible = tckClasses.filter((each) => each.impossible === undefined);
  const ids = possible.flatMap(idsOf);
  const gaps = rules.filter(({ gap, verdict }) => gap === true && verdict !== "none");
  const without = rules.filter(({ verdict }) => verdict === "none");
  const none = tckClasses.filter((each) => each.impossible !== undefined).flatMap(idsOf).length;
  return table(
    ["", "all", "shown", "not yet shown"],
    [
      row("tests of the TCK that can be said in TypeScript", ids),
      row(
        "rules that the TCK leaves out",
        gaps.map(({ number }) => `J-${number}`),
      ),
      ["tests of the TCK that cannot", `${none}`, "", ""],
      ["rules that do not apply", `${without.length}`, "", ""],
    ],
  );

  function row(name: string, all: readonly string[]): string[] {
    const there = all.filter((id) => shown.has(id)).length;
    return [name, `${all.length}`, `${there}`, `${all.length - there}`];
  }
}

function rulesBySection(shown: ReadonlyMap<string, ConformanceCase>): string[] {
  const sections = [...new Set(rules.map(({ section }) => section))];
  return sections.flatMap((section) => [
    `### ${section}`,
    table(
      ["rule", "about", "verdict", "shown by"],
      rules.filter((each) => each.section === section).map((rule) => ruleRow(rule, shown)),
    ),
  ]);
}

function ruleRow(rule: Rule, shown: ReadonlyMap<string, ConformanceCase>): string[] {
  const verdict = { holds: "holds", changed: "changed", none: "does not apply" }[rule.verdict];
  return [
    `J-${rule.number}`,
    rule.title,
    rule.note === undefined ? verdict : `${verdict}: ${rule.note}`,
    rule.verdict === "none" ? "" : evidence(rule, shown),
  ];
}

function evidence({ number, gap, shownBy }: Rule, shown: ReadonlyMap<string, ConformanceCase>): string {
  const own = shown.has(`J-${number}`) ? [`\`J-${number}\``] : [];
  if (gap === true) return own[0] ?? "not yet shown";
  if (shownBy.length === 0) return own[0] ?? "not yet shown";
  const ids = idsMatching(shownBy);
  const there = ids.filter((id) => shown.has(id));
  if (there.length === 0) return own[0] ?? "not yet shown";
  const byClass = new Map<string, string[]>();
  for (const id of there) {
    const [name, method] = id.split(" #") as [string, string];
    byClass.set(name, [...(byClass.get(name) ?? []), method]);
  }
  const named = [...byClass].map(([name, methods]) =>
    methods.length > 3
      ? `\`${name}\` (${methods.length})`
      : methods.map((method) => `\`${name} #${method}\``).join(", "),
  );
  const rest = ids.length - there.length;
  return [...own, ...named].join(", ") + (rest === 0 ? "" : `; ${rest} not yet shown`);
}

/** The ids that `class#method` with stars means. */
export function idsMatching(patterns: readonly string[]): string[] {
  const matchers = patterns.map((pattern) => {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("?", ".")
      .replaceAll("*", ".*");
    return new RegExp(`^${source.replace("#", " #")}$`);
  });
  return tckClasses
    .filter((each) => each.impossible === undefined)
    .flatMap(idsOf)
    .filter((id) => matchers.some((matcher) => matcher.test(id)));
}

function idsOf({ name, methods }: TckClass): string[] {
  return methods.map((method) => `${name} #${method}`);
}

function classRow(each: TckClass, shown: ReadonlyMap<string, ConformanceCase>): string[] {
  const ids = idsOf(each);
  if (each.impossible !== undefined)
    return [`\`${each.name}\``, `${ids.length}`, "", `cannot be said: ${each.impossible}`];
  const missing = each.methods.filter((_method, index) => !shown.has(ids[index]!));
  const remark =
    missing.length === 0
      ? ""
      : missing.length === ids.length
        ? "not yet shown"
        : `not yet shown: ${missing.join(", ")}`;
  return [`\`${each.name}\``, `${ids.length}`, `${ids.length - missing.length}`, remark];
}

function changedRows(cases: readonly ConformanceCase[]): string[][] {
  return cases.flatMap(({ id, changed }) => (changed === undefined ? [] : [[`\`${id}\``, changed]]));
}

/** A table as the formatter would leave it: padded, so that the page needs no formatting. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_name, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, at) => cell.padEnd(widths[at]!)).join(" | ")} |`;
  return [
    line(cells[0]!),
    `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`,
    ...cells.slice(1).map(line),
  ].join("\n");
}
