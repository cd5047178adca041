import { sendFile } from "./piecewise.js";

const element = (id) => document.querySelector(`#${id}`);
const form = element("form");
const state = element("state");
const progress = element("progress");

let running;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [file] = element("file").files;
  running = new AbortController();
  setRunning(true);
  element("receipt").hidden = true;
  progress.value = 0;
  state.textContent = "Sending…";
  const url = `${location.origin.replace(/^http/, "ws")}/pieces/${encodeURIComponent(file.name)}`;
  try {
    const receipt = await sendFile(file, url, {
      signal: running.signal,
      progress(received) {
        progress.value = received / file.size;
        state.textContent = `${megabytes(received)} of ${megabytes(file.size)}`;
      },
    });
    progress.value = 1;
    state.textContent = "The server has it.";
    show(receipt);
  } catch (error) {
    state.textContent = error.message;
  }
  setRunning(false);
});

element("cancel").addEventListener("click", () => running?.abort());

function setRunning(isRunning) {
  element("send").disabled = isRunning;
  element("file").disabled = isRunning;
  element("cancel").disabled = !isRunning;
}

function show({ name, size, sha256 }) {
  element("name").textContent = name;
  element("size").textContent = `${size.toLocaleString()} bytes`;
  element("sha256").textContent = sha256;
  element("receipt").hidden = false;
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
