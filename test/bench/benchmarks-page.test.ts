import { describe, expect, it } from "vitest";
import { benchmarksPage } from "./benchmarks-page.js";
import type { MachineFacts } from "./machine-facts.js";
import type { CaseResult } from "./result.js";
import type { Summary } from "./statistics.js";

const machine: MachineFacts = {
  date: "2030-01-02",
  processor: "A processor",
  cores: 2,
  memory: "8 GiB",
  system: "Linux 6.1",
  node: "20.19.0",
  versions: { ws: "8.23.0", Bun: "1.4.5" },
  bufferutil: false,
};
const about = (median: number): Summary => ({ median, least: median - 1, most: median + 1, count: 5 });

function result(control: number): CaseResult {
  return {
    row: "P2",
    name: "sync",
    title: "Echo",
    metric: "cpu",
    outcomes: [
      { id: "wirespring", title: "Wirespring", compared: about(7), perSecond: about(1e6), cpu: about(2) },
      { id: "ws", title: "ws", compared: { median: 1, least: 1, most: 1, count: 5 } },
      { id: "bun", title: "Bun" },
    ],
    verdicts: [{ against: "ws", must: 6, aim: 13, reached: about(7), grade: "must" }],
    control: { median: control, least: control, most: control, count: 5 },
  };
}

function page(control = 1, quick = false): { page: string; plots: Map<string, string> } {
  const plots = new Map(benchmarksPage({ machine, results: [result(control)], quick }));
  const text = plots.get("benchmarks.md")!;
  plots.delete("benchmarks.md");
  return { page: text, plots };
}

describe("benchmarksPage", () => {
  it("says what was measured, on what and with what", () => {
    const { page: text } = page();
    expect(text).toContain("Measured on 2030-01-02: A processor, 2 cores, 8 GiB, Linux 6.1, Node 20.19.0, loopback.");
    expect(text).toContain("ws 8.23.0, Bun 1.4.5; `bufferutil` is not installed.");
    expect(text).toContain("| P2 sync | Echo | ws | 7.00 (6.00..8.00) | 6.00 | 13.0 | 1.00 (1.00..1.00) |");
    expect(text).toContain("| Wirespring | 7.00 (6.00..8.00) | 1.00 M (1,000 k..1.00 M) | 2.00 (1.00..3.00) |");
    expect(text).toContain("| Bun | - | - | - |");
  });

  it("links each plot that it has, with a bar for whoever was measured", () => {
    const { page: text, plots } = page();
    expect([...plots.keys()]).toEqual(["benchmarks/p2-sync.svg"]);
    expect(text).toContain("](benchmarks/p2-sync.svg)");
    const plot = plots.get("benchmarks/p2-sync.svg")!;
    expect(plot.match(/<rect/g)).toHaveLength(2);
    expect(plot).toContain('class="mark"');
  });

  it("warns of a quick run, and of a control that was not steady", () => {
    const warnings = [/A quick run/, /The control was not steady/];
    const found = (text: string): boolean[] => warnings.map((warning) => warning.test(text));
    expect(found(page(1).page)).toEqual([false, false]);
    expect(found(page(1, true).page)).toEqual([true, false]);
    expect(found(page(1.2).page)).toEqual([false, true]);
  });
});
