import { describe, expect, it } from "vitest";
import { barPlot, type Bar } from "./bar-plot.js";

const bar = (median: number, more: Partial<Bar> = {}): Bar => ({
  label: "x",
  median,
  least: median,
  most: median,
  text: String(median),
  emphasis: false,
  ...more,
});

const numbers = (svg: string, pattern: RegExp): number[] =>
  [...svg.matchAll(pattern)].map(([, value]) => Number(value));
const widths = (svg: string): number[] => numbers(svg, /<rect [^>]*width="([\d.-]+)"/g);

describe("barPlot", () => {
  it("draws bars to scale, the longest whisker within the room there is", () => {
    const svg = barPlot({ title: "t", bars: [bar(1), bar(2, { least: 1, most: 4 })] });
    expect(widths(svg)).toEqual([100, 200]);
    expect(numbers(svg, /class="whisker" x1="([\d.]+)"/g)[1]).toBe(270);
    expect(numbers(svg, /class="whisker" x1="[\d.]+" x2="([\d.]+)"/g)[1]).toBe(570);
  });

  it("draws what is below zero to the left of it", () => {
    const svg = barPlot({ title: "t", bars: [bar(-1), bar(3)] });
    expect(numbers(svg, /<rect [^>]*x="([\d.]+)"/g)).toEqual([170, 270]);
    expect(widths(svg)).toEqual([100, 300]);
  });

  it("has room for the mark also when all bars are shorter", () => {
    const svg = barPlot({ title: "t", bars: [bar(0.5)], mark: 1 });
    expect(widths(svg)).toEqual([200]);
    expect(numbers(svg, /class="mark" x1="([\d.]+)"/g)).toEqual([570]);
  });

  it("stands out where it should, and escapes what XML would take for its own", () => {
    const svg = barPlot({ title: `a < "b" & c`, bars: [bar(1, { emphasis: true, label: "<x>" })] });
    expect(svg).toContain('<rect class="own"');
    expect(svg).toContain("a &lt; &quot;b&quot; &amp; c");
    expect(svg).toContain("&lt;x>");
  });

  it("can be drawn of nothing, and of zeros", () => {
    for (const bars of [[], [bar(0)]]) expect(barPlot({ title: "t", bars })).not.toMatch(/NaN|Infinity/);
  });
});
