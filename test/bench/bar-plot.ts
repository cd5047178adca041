/**
 * Horizontal bars with whiskers, as SVG text: light and dark, without a script or a font of its own. Pure; called by the page.
 */

export interface Bar {
  readonly label: string;
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** The number as it is written beside the bar. */
  readonly text: string;
  readonly emphasis: boolean;
}

export interface Plot {
  readonly title: string;
  readonly bars: readonly Bar[];
  /** Where a line is drawn from top to bottom: what all are compared with. */
  readonly mark?: number | undefined;
}

const WIDTH = 720;
const LABELS = 170;
const NUMBERS = 150;
const ROW = 24;
const TOP = 34;

const STYLE = `text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-weight:600}.bar{fill:#8c959f}.own{fill:#0969da}.whisker{stroke:#24292f}.mark{stroke:#cf222e;stroke-dasharray:4 3}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#6e7681}.own{fill:#4493f8}.whisker{stroke:#e6edf3}}`;

/** Draws a plot. Bars may lie below zero; the scale has room for every whisker. */
export function barPlot({ title, bars, mark }: Plot): string {
  const values = bars.flatMap(({ least, most }) => [least, most]);
  const low = Math.min(0, ...values, mark ?? 0);
  const high = Math.max(...values, mark ?? 0, low + Number.EPSILON);
  const x = (value: number): string =>
    (LABELS + ((value - low) / (high - low)) * (WIDTH - LABELS - NUMBERS)).toFixed(1);
  const height = TOP + bars.length * ROW + 8;
  const line = (style: string, from: number, to: number, top: number, bottom: number): string =>
    `<line class="${style}" x1="${x(from)}" x2="${x(to)}" y1="${top}" y2="${bottom}"/>`;
  const drawn = bars.map(({ label, median, least, most, text, emphasis }, index) => {
    const top = TOP + index * ROW;
    const width = (Number(x(Math.max(0, median))) - Number(x(Math.min(0, median)))).toFixed(1);
    return [
      `<text x="${LABELS - 8}" y="${top + 16}" text-anchor="end">${escaped(label)}</text>`,
      `<rect class="${emphasis ? "own" : "bar"}" x="${x(Math.min(0, median))}" y="${top + 4}" width="${width}" height="${ROW - 8}"/>`,
      line("whisker", least, most, top + ROW / 2, top + ROW / 2),
      `<text x="${WIDTH - NUMBERS + 8}" y="${top + 16}">${escaped(text)}</text>`,
    ].join("");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<text class="title" x="8" y="20">${escaped(title)}</text>`,
    ...drawn,
    ...(mark === undefined ? [] : [line("mark", mark, mark, TOP, height - 8)]),
    "</svg>\n",
  ].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
