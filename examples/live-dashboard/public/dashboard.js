// The server pushes a sample every second; this page only draws.
import uPlot from "./uplot/uPlot.esm.js";

/** So many are shown: as many as the server keeps. */
const SHOWN = 120;

const state = document.querySelector("#state");
let samples = [];

const line = (label, key, stroke, unit) => ({ label, key, stroke, unit });
const plots = [
  plot("#load", "Load", [line("Processor", "cpu", "#d9480f", "%"), line("Event loop", "loop", "#1c7ed6", "%")]),
  plot("#bytes", "Memory", [line("Resident", "memory", "#2b8a3e", "MiB"), line("Heap", "heap", "#9c36b5", "MiB")]),
];

function plot(selector, title, lines) {
  const place = document.querySelector(selector);
  // What a canvas draws does not follow the colours of the page by itself.
  const text = () => getComputedStyle(document.body).color;
  const axis = { stroke: text, grid: { stroke: "#8884", width: 1 }, ticks: { stroke: "#8884", width: 1 } };
  const value = (unit) => (_plot, number) => (number === null ? "–" : `${number.toFixed(1)} ${unit}`);
  const chart = new uPlot(
    {
      title,
      width: place.clientWidth,
      height: 220,
      scales: {
        // A single sample stands at the right, as the latest always does.
        x: { range: (_plot, first, last) => [first !== null && first === last ? last - SHOWN : first, last] },
        y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] },
      },
      axes: [axis, axis],
      series: [{}, ...lines.map(({ label, stroke, unit }) => ({ label, stroke, width: 2, value: value(unit) }))],
    },
    [[], ...lines.map(() => [])],
    place,
  );
  new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: 220 })).observe(place);
  return () =>
    chart.setData([samples.map(({ at }) => at / 1000), ...lines.map(({ key }) => samples.map((each) => each[key]))]);
}

function draw() {
  for (const redraw of plots) redraw();
  const latest = samples.at(-1);
  if (latest === undefined) return;
  for (const [key, unit] of Object.entries({ cpu: "%", loop: "%", memory: "MiB", heap: "MiB" }))
    document.querySelector(`#${key}`).textContent = `${latest[key].toFixed(1)} ${unit}`;
}

function connect(attempt = 0) {
  const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/samples`);
  let failures = attempt;
  socket.addEventListener("open", () => {
    failures = 0;
    state.textContent = "Connected.";
  });
  socket.addEventListener("message", (event) => {
    const message = JSON.parse(event.data);
    samples = message.type === "history" ? message.samples : [...samples, message.sample].slice(-SHOWN);
    draw();
  });
  socket.addEventListener("close", (event) => {
    state.textContent = "Not connected. Trying again soon.";
    // A server that restarts spreads its peers' return; otherwise each waits a random time, so that not all come back at once.
    const retry = /^retry=(\d+)$/.exec(event.reason)?.[1];
    const delay = retry === undefined ? Math.random() * Math.min(30_000, 500 * 2 ** failures) : Number(retry);
    setTimeout(connect, delay, failures + 1);
  });
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
connect();
